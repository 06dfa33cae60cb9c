"""What is a person's own: what they keep from others, and the connections that they keep."""
