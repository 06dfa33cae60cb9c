"""What a server can do: asked by the smallest real requests, and kept."""
