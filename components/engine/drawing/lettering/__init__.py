"""Typefaces, and how a prompt is set in them."""
