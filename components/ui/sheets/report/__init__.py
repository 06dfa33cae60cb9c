"""The report of a sheet: one page of plain HTML to share or print."""
