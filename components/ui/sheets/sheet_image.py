"""A sheet as one labelled image, laid out as the page shows it at first: the last axis across, the others down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.images.contact_sheet import Tile, contact_sheet
from components.library import Library
from components.library.records import SheetCell, StoredSheet
from components.ui.sheets.sheet_json import reason_of


def labelled_image(library: Library, sheet: StoredSheet, cells: Sequence[SheetCell]) -> bytes:
    """Return the sheet as a PNG of its thumbnails, with the values of its axes and the reasons of empty cells."""
    *down, across = [[str(value["text"]) for value in axis["values"]] for axis in sheet.axes] or [[""]]
    rows: dict[tuple[int, ...], None] = dict.fromkeys(cell.places[:-1] for cell in cells)
    found: Mapping[tuple[int, ...], SheetCell] = {cell.places: cell for cell in cells}
    labels = [" · ".join(values[place] for values, place in zip(down, row, strict=True)) for row in rows]
    tiles = [
        [_tile(library, found.get((*row, place) if sheet.axes else ())) for place in range(len(across))] for row in rows
    ]
    return contact_sheet(sheet.name, across, labels, tiles)


def _tile(library: Library, cell: SheetCell | None) -> Tile:
    if cell is None:
        return Tile(None, "")
    image = cell.cover
    path = library.file("thumbnail", image.sha256) if image is not None else None
    return Tile(path, "" if path else reason_of(cell) or cell.state)
