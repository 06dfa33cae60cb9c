"""A sheet as labeled images, laid out as the page shows it at first: the last axis across, the others down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from components.images.contact_sheet import SheetGrid, Tile, animated_sheet, contact_sheet
from components.library import Library
from components.library.records import SheetCell, StoredSheet
from components.ui.sheets.sheet_json import reason_of

Places = tuple[int, ...]


def labeled_image(library: Library, sheet: StoredSheet, cells: Sequence[SheetCell]) -> bytes:
    """Return the sheet as a PNG of its thumbnails, with the values of its axes and the reasons of empty cells."""
    tiles = {cell.places: _tile(library, cell) for cell in cells}
    return contact_sheet(_grid(sheet.name, sheet.axes, tiles))


def animation(library: Library, sheet: StoredSheet, cells: Sequence[SheetCell], axis: int) -> bytes:
    """Return the sheet as a WebP animation: a frame for each value of an axis, which is the frame's title."""
    rest = [*sheet.axes[:axis], *sheet.axes[axis + 1 :]]
    tiles: dict[int, dict[Places, Tile]] = {}
    for cell in cells:
        frame = tiles.setdefault(cell.places[axis], {})
        frame[(*cell.places[:axis], *cell.places[axis + 1 :])] = _tile(library, cell)
    label = sheet.axes[axis]["label"]
    titles = [f"{label}: {value['text']}" for value in sheet.axes[axis]["values"]]
    return animated_sheet([_grid(title, rest, tiles.get(place, {})) for place, title in enumerate(titles)])


def _grid(title: str, axes: Sequence[Mapping[str, Any]], tiles: Mapping[Places, Tile]) -> SheetGrid:
    *down, across = [[str(value["text"]) for value in axis["values"]] for axis in axes] or [[""]]
    rows = list(product(*(range(len(values)) for values in down)))
    labels = [" · ".join(values[place] for values, place in zip(down, row, strict=True)) for row in rows]
    none = Tile(None, "")
    found = [[tiles.get((*row, place) if axes else (), none) for place in range(len(across))] for row in rows]
    return SheetGrid(title, across, labels, found)


def _tile(library: Library, cell: SheetCell) -> Tile:
    image = cell.cover
    path = library.file("thumbnail", image.sha256) if image is not None else None
    return Tile(path, "" if path else reason_of(cell) or cell.state)
