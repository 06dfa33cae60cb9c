"""Stored sheets: written completely before anything is sent, then changed one cell at a time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, insert, or_, select, update

from components.library.db.dialects import lock_row, upsert
from components.library.db.rows import dollars, in_micros
from components.library.db.schema import outputs, sheet_cells, sheets, word_lists
from components.library.errors import explained
from components.library.queries.cell_cover import IS_IMAGE
from components.library.queries.sheet_cells import LEFT_OUT, left_out_of
from components.library.records import StoredSheet
from components.library.sheets.sheet_inputs import add_inputs
from components.library.store import Library
from components.library.team.privacy import content_of, privacy_of
from components.parameters import estimate
from components.parameters.recipes.recipe import recipe
from components.parameters.sheets import Cell, Plan, SheetTemplate, read_template, with_sheet

LONGEST_NAME = 200
CANCELLED = "cancelled"
MOST_LISTS = 200
MOST_WORDS = 12  # of a search for sheets


def new_sheet(
    library: Library,
    template: SheetTemplate,
    plan: Plan,
    *,
    name: str,
    owner: str,
    connection_id: str,
    connection_name: str,
    cap: Decimal | None = None,
    trimmed: frozenset[tuple[int, ...]] = frozenset(),
    is_private: bool = False,
) -> str:
    """Store a sheet with all its cells, none of them sent, and return its id.

    `cap` is in dollars; cells at the `trimmed` places are kept and not run. Only its owner sees a private one; one made
    from something private of theirs is.
    """
    sheet_id = f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}"
    row = {
        "id": sheet_id,
        "name": name.strip()[:LONGEST_NAME] or "Sheet",
        "owner": owner,
        "created": time.time(),
        "connection_id": connection_id,
        "connection_name": connection_name,
        "template": template.as_json(),
        "axes": _axes(plan),
        "cap_micros": in_micros(cap),
        **privacy_of(owner, is_private, extra=template.extra, content=content_of(template.inputs)),
    }
    with explained(library.folder):
        inputs = library.keep_inputs(template.inputs)
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(sheets).values(**row))
        add_inputs(connection, sheet_id, inputs)
        _add_cells(connection, sheet_id, 0, [_trim(cell, trimmed) for cell in plan.cells])
    return sheet_id


def extend_sheet(
    library: Library,
    sheet_id: str,
    template: SheetTemplate,
    plan: Plan,
    *,
    wanted: Collection[tuple[int, ...]] | None = None,
) -> list[int]:
    """Store a sheet's larger template and the cells that it did not have; return the positions of those to run.

    With an axis more than before, the known cells have its first value. Of the new cells, only those at the `wanted`
    places are run; None for all. Raise NotAllowed for somebody else's sheet.
    """
    library.require_own("sheet", [sheet_id])
    with explained(library.folder):
        inputs = library.keep_inputs(template.inputs)
    with explained(library.folder), library.engine.begin() as connection:
        lock_row(connection, sheets.c.id, sheet_id)
        cells = select(sheet_cells.c.position, sheet_cells.c.places).where(sheet_cells.c.sheet_id == sheet_id)
        known: set[tuple[int, ...]] = set()
        for row in connection.execute(cells).all():
            places = (*row.places, *[0] * (len(plan.axes) - len(row.places)))
            known.add(places)
            if len(places) > len(row.places):
                where = sheet_cells.c.sheet_id == sheet_id, sheet_cells.c.position == row.position
                connection.execute(update(sheet_cells).where(*where).values(places=list(places)))
        trimmed = frozenset(cell.places for cell in plan.cells if wanted is not None and cell.places not in wanted)
        missing = [_trim(cell, trimmed) for cell in plan.cells if cell.places not in known]
        values: dict[str, Any] = {"template": template.as_json(), "axes": _axes(plan)}
        owner = connection.execute(select(sheets.c.owner).where(sheets.c.id == sheet_id)).scalar() or ""
        for hides in privacy_of(owner, False, extra=template.extra, content=content_of(inputs)).values():
            values["is_private"] = or_(sheets.c.is_private, hides)
        connection.execute(update(sheets).where(sheets.c.id == sheet_id).values(**values))
        add_inputs(connection, sheet_id, inputs)
        first = _next_position(connection, sheet_id)
        _add_cells(connection, sheet_id, first, missing)
    return [first + place for place, cell in enumerate(missing) if cell.request is not None and not cell.reason]


def _trim(cell: Cell, trimmed: frozenset[tuple[int, ...]]) -> Cell:
    return replace(cell, reason=LEFT_OUT) if cell.request and cell.places in trimmed else cell


def _next_position(connection: Connection, sheet_id: str) -> int:
    last = select(func.max(sheet_cells.c.position)).where(sheet_cells.c.sheet_id == sheet_id)
    found: int | None = connection.execute(last).scalar()
    return 0 if found is None else found + 1


def _axes(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "name": axis.name,
            "label": axis.label,
            "values": [{"value": one.value, "text": one.text} for one in axis.values],
        }
        for axis in plan.axes
    ]


def _add_cells(connection: Connection, sheet_id: str, first: int, cells: Sequence[Cell]) -> None:
    rows = [
        {
            "sheet_id": sheet_id,
            "position": first + place,
            "places": list(cell.places),
            "recipe": recipe(cell.request) if cell.request else None,
            "skipped": cell.reason,
            "estimate_high_micros": in_micros(estimate(cell.request).high) if cell.request else None,
        }
        for place, cell in enumerate(cells)
    ]
    if rows:
        connection.execute(insert(sheet_cells), rows)


def find_sheet(library: Library, sheet_id: str) -> StoredSheet | None:
    """Return a sheet, or None for an unknown id."""
    with explained(library.folder), library.engine.connect() as connection:
        row = connection.execute(select(sheets).where(sheets.c.id == sheet_id)).one_or_none()
    return None if row is None else _stored(row._mapping)


def sheet_of_run(library: Library, run_id: str) -> str | None:
    """Return the id of the sheet that has this run in a cell; None for a run outside sheets."""
    query = select(sheet_cells.c.sheet_id).where(sheet_cells.c.run_id == run_id).limit(1)
    with explained(library.folder), library.engine.connect() as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def portable_recipe(library: Library, recipe: Mapping[str, Any], extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a run's recipe, with the template of its sheet if `extra` of the run names one."""
    place = (extra or {}).get("sheet")
    sheet = find_sheet(library, str(place.get("id"))) if isinstance(place, dict) else None
    if sheet is None:
        return dict(recipe)
    return with_sheet(recipe, replace(read_template(sheet.template), left_out=left_out_of(library, sheet.id)))


def recent_sheets(library: Library, limit: int = 20, words: str = "") -> list[StoredSheet]:
    """Return the newest sheets with all of the `words` in their names, newest first."""
    named = [sheets.c.name.icontains(word, autoescape=True) for word in words.split()[:MOST_WORDS]]
    query = select(sheets).where(*named).order_by(sheets.c.created.desc(), sheets.c.id.desc()).limit(limit)
    with explained(library.folder), library.engine.connect() as connection:
        return [_stored(row._mapping) for row in connection.execute(query)]


def _stored(row: Mapping[Any, Any]) -> StoredSheet:
    values = {str(name): value for name, value in row.items() if name != "cap_micros"}
    return StoredSheet(**values, cap=dollars(row["cap_micros"]))


def change_sheet(library: Library, sheet_id: str, **values: Any) -> None:
    """Change a sheet's `name`, `stopped`, or `cap` in dollars. Raise NotAllowed for somebody else's."""
    library.require_own("sheet", [sheet_id])
    if "cap" in values:
        values["cap_micros"] = in_micros(values.pop("cap"))
    if "name" in values:
        values["name"] = str(values["name"]).strip()[:LONGEST_NAME] or "Sheet"
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(sheets).where(sheets.c.id == sheet_id).values(**values))


def begin_sending(library: Library, sheet_id: str) -> int:
    """Note that a sheet is being sent; return how often it was cancelled. Raise NotAllowed for somebody else's."""
    return _changed_cancels(library, sheet_id, stopped="")


def cancel_sheet(library: Library, sheet_id: str) -> None:
    """Note that a sheet is cancelled, for all who send it until now. Raise NotAllowed for somebody else's."""
    _changed_cancels(library, sheet_id, stopped=CANCELLED, cancels=sheets.c.cancels + 1)


def _changed_cancels(library: Library, sheet_id: str, **values: Any) -> int:
    library.require_own("sheet", [sheet_id])
    change = update(sheets).where(sheets.c.id == sheet_id).values(**values).returning(sheets.c.cancels)
    with explained(library.folder), library.engine.begin() as connection:
        return int(connection.execute(change).scalar() or 0)


def claim_cell(
    library: Library, sheet_id: str, position: int, *, before: str | None, run_id: str, spent: Decimal = Decimal(0)
) -> bool:
    """Give a cell its next run's id, if its run is still `before`; return whether this call did it.

    `spent` are the dollars of all its runs so far. Until the next run has an image, the cell shows the one it has.
    """
    where = (
        sheet_cells.c.sheet_id == sheet_id,
        sheet_cells.c.position == position,
        sheet_cells.c.recipe.is_not(None),
        sheet_cells.c.run_id.is_(None) if before is None else sheet_cells.c.run_id == before,
    )
    has_image = exists().where(outputs.c.run_id == sheet_cells.c.run_id, IS_IMAGE)
    former = case((has_image, sheet_cells.c.run_id), else_=sheet_cells.c.former_run_id)
    values = {"run_id": run_id, "former_run_id": former, "skipped": "", "spent_before_micros": in_micros(spent)}
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(update(sheet_cells).where(*where).values(**values)).rowcount == 1


def note_reason(library: Library, sheet_id: str, position: int, reason: str) -> None:
    """Note why a cell cannot be sent now. Sending it again is still possible, and forgets the reason."""
    where = sheet_cells.c.sheet_id == sheet_id, sheet_cells.c.position == position
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(sheet_cells).where(*where).values(skipped=reason))


def word_list_values(library: Library) -> dict[str, tuple[str, ...]]:
    """Return the saved lists by name."""
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(select(word_lists).order_by(word_lists.c.name).limit(MOST_LISTS)).all()
    return {row.name: tuple(map(str, row.words)) for row in rows}


def save_word_list(library: Library, name: str, values: Sequence[str]) -> None:
    """Save a list under a name, in place of the one that has it; without values, delete it."""
    with explained(library.folder), library.engine.begin() as connection:
        if values:
            upsert(connection, word_lists, {"name": name, "words": list(values)})
        else:
            connection.execute(delete(word_lists).where(word_lists.c.name == name))
