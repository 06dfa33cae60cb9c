"""Blind votes on the images of a sheet, and the ranking that they make."""
