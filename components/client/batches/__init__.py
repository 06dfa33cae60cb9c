"""`POST /batches`: many requests in one file that the server answers within 24 hours."""
