"""Files on S3-compatible storage, with a cache of bounded size on this disk."""
