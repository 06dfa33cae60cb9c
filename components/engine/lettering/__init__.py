"""Type for posters: fonts, line breaks, and sizes that fill a box."""
