"""Cells of sheets that are sent at a time that a person set."""
