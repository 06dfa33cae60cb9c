"""Open files that claim to be images: safely, within limits of pixels and memory."""
