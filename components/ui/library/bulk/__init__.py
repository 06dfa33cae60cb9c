"""What is done with many chosen images at once."""
