"""Measure images and say what was measured. Nothing here understands what an image shows."""
