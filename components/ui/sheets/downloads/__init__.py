"""What of a sheet can be downloaded."""
