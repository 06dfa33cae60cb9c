"""The input images of stored sheets: those of all its cells, kept as long as the sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from components.library.db.rows import input_image, input_rows
from components.library.db.tables.input_tables import sheet_inputs
from components.library.errors import LibraryUnavailable, explained
from components.library.queries.sheet_cells import left_out_of
from components.library.records import StoredSheet
from components.library.store import Library
from components.parameters import InputImage, Inputs
from components.parameters.sheets import SheetTemplate, read_template

# Input images by role and SHA-256, as a recipe names them.
InputsByContent = Mapping[tuple[str, str], InputImage]


def add_inputs(connection: Connection, sheet_id: str, inputs: Inputs) -> None:
    """Add the images that a sheet does not have yet, after those that it has."""
    columns = sheet_inputs.c.role, sheet_inputs.c.sha256
    known = {tuple(row) for row in connection.execute(select(*columns).where(sheet_inputs.c.sheet_id == sheet_id))}
    last = select(func.max(sheet_inputs.c.position)).where(sheet_inputs.c.sheet_id == sheet_id)
    found = connection.execute(last).scalar()
    first = 0 if found is None else found + 1
    rows = {(row["role"], row["sha256"]): row for row in reversed(input_rows(inputs, sheet_id=sheet_id))}
    new = [{**row, "position": first + row["position"]} for key, row in rows.items() if key not in known]
    if new:
        connection.execute(insert(sheet_inputs), new)


def inputs_of_sheet(library: Library, sheet_id: str) -> InputsByContent:
    """Return a sheet's input images by role and SHA-256, in their order, without those whose file is missing."""
    query = select(sheet_inputs).where(sheet_inputs.c.sheet_id == sheet_id)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.order_by(sheet_inputs.c.position)).all()
    paths = {row.sha256: library.file("input", row.sha256) for row in rows}
    return {
        (row.role, row.sha256): input_image(row._mapping, path)
        for row in rows
        if (path := paths[row.sha256]) is not None
    }


def stored_template(library: Library, sheet: StoredSheet) -> SheetTemplate:
    """Return a sheet's template with its images and the cells that are left out of it now.

    Raise LibraryUnavailable where the file of an image is missing. Without it, it would be another sheet: without its
    mask, an edit may change the whole image.
    """
    found = inputs_of_sheet(library, sheet.id)
    count = select(func.count()).where(sheet_inputs.c.sheet_id == sheet.id)
    with explained(library.folder), library.engine.connect() as connection:
        missing = connection.execute(count).scalar_one() - len(found)
    if missing:
        raise LibraryUnavailable(
            f"{missing} of this sheet's input images {'is' if missing == 1 else 'are'} no longer in the library.",
            "Make a new sheet with the images that are left.",
        )
    return replace(
        read_template(sheet.template, is_ours=True),
        inputs=Inputs(
            tuple(image for (role, _), image in found.items() if role == "image"),
            *(next((image for (role, _), image in found.items() if role == one), None) for one in ("mask", "markup")),
        ),
        left_out=left_out_of(library, sheet.id),
    )


def inputs_of_recipe(recipe: Mapping[str, Any], inputs: InputsByContent) -> Inputs | None:
    """Return the images that a cell's recipe names; None where one of them is missing."""
    found: dict[str, list[InputImage]] = {"image": [], "mask": [], "markup": []}
    for one in recipe.get("inputs", ()):
        image = inputs.get((one["role"], one["sha256"]))
        if image is None:
            return None
        found[one["role"]].append(image)
    return Inputs(tuple(found["image"]), *(next(iter(found[role]), None) for role in ("mask", "markup")))
