"""Requests in a file that are answered later: `/v1/files` and `/v1/batches`."""
