"""What went wrong, as one error of the tree: read from a status and a body, a proxy's page, or a broken connection."""
