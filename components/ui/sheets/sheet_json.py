"""A sheet as JSON for the browser, and as rows of a CSV table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from components.library.csv_cells import csv_line
from components.library.queries.sheet_cells import SKIPPED
from components.library.queries.sheet_summary import UNDER_WAY
from components.library.records import SheetCell, StoredSheet
from components.parameters.sheets import CONNECTION, IMAGE
from components.ui.base.formatting.money import dollars
from components.ui.base.run_json import RASTER_FORMATS, original_address, thumbnail_address
from components.ui.results.stage.marks import marks_json


def sheet_json(sheet: StoredSheet, cells: Sequence[SheetCell], *, is_active: bool) -> dict[str, Any]:
    """Return a sheet with all its cells. `active`: more will change by itself."""
    return {
        "id": sheet.id,
        "axes": axes_json(sheet),
        "cells": [cell_json(cell) for cell in cells],
        "active": is_active or any(cell.state in UNDER_WAY for cell in cells),
    }


def axes_json(sheet: StoredSheet) -> list[dict[str, Any]]:
    """Return the axes with the texts of their values."""
    return [
        {"name": axis["name"], "label": axis["label"], "values": [one["text"] for one in axis["values"]]}
        for axis in sheet.axes
    ]


def cell_json(cell: SheetCell) -> dict[str, Any]:
    """Return a cell: its places, state and run, and its image with marks by the names of IMAGE_KEYS."""
    found: dict[str, Any] = {"position": cell.position, "places": cell.places, "state": cell.state}
    if cell.state == SKIPPED and cell.recipe is not None:
        found["can_run"] = True
    if cell.run_id is not None:
        found["run"] = cell.run_id
    if (image := cell.cover) is not None:
        found |= {
            "thumb": thumbnail_address(image.sha256, image.format),
            "src": original_address(image.sha256, image.format),
            "content": image.sha256,
            "output": image.id,
            "marks": marks_json(image),
            "pixels": image.format in RASTER_FORMATS,
            "width": image.width,
            "height": image.height,
        }
        if cell.shows_former:
            found["former"] = True
    if reason := reason_of(cell):
        found["reason"] = reason
    several = [f"{cell.images} images"] if cell.images > 1 else []
    if spent := " · ".join([*several, *filter(None, [spent_text(cell.cost, cell.seconds)])]):
        found["spent"] = spent
    return found


def spent_text(cost: Decimal | None, seconds: float | None) -> str:
    """Return what something cost and how long it took, as far as that is known; nothing of what was free."""
    parts = [dollars(cost)] if cost else []
    parts += [f"{seconds:.1f} s"] if seconds is not None else []
    return " · ".join(parts)


def reason_of(cell: SheetCell) -> str:
    """Return why a cell has no image, "" for one that has or will have one."""
    error = cell.error or {}
    return cell.skipped or str(error.get("what") or error.get("title") or "")


def sheet_csv(sheet: StoredSheet, cells: Sequence[SheetCell]) -> str:
    """Return a sheet as CSV: one row for each cell, with its values, how it ended and what it cost."""
    lines = [csv_line([*(axis["label"] for axis in sheet.axes), *COLUMNS])]
    for cell in cells:
        values = [
            axis["values"][place]["text" if axis["name"] in {IMAGE, CONNECTION} else "value"]
            for axis, place in zip(sheet.axes, cell.places, strict=True)
        ]
        image = cell.cover
        row = (
            *(value if not isinstance(value, bool) else str(value).lower() for value in values),
            cell.state,
            reason_of(cell),
            (cell.recipe or {}).get("values", {}).get("prompt"),
            (cell.recipe or {}).get("model"),
            None if cell.cost is None else float(cell.cost),
            cell.run_id,
            image.id if image else None,
            image.starred if image else None,
            image.rating if image and image.rating else None,
        )
        lines.append(csv_line(row))
    return "".join(lines)


COLUMNS = ("state", "reason", "prompt", "model", "cost in dollars", "run", "image", "starred", "rating")
