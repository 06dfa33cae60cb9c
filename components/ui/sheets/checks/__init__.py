"""Checks of a sheet's images: added in a panel, shown at the cells and in the headings, mended by an edit."""
