"""Which runs and sheets only their owner sees, changing that, and what the library asks before changes.

`visible` keeps what is private from others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Subquery,
    and_,
    delete,
    exists,
    not_,
    or_,
    select,
    true,
    union_all,
    update,
)

from components.library.db.chunks import chunks
from components.library.db.schema import inputs, outputs, runs, sheet_cells, sheets
from components.library.db.tables.input_tables import sheet_inputs
from components.library.db.tables.team_tables import own_files
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.parameters import Inputs

EDITED_OUTPUT = "edited"  # key in the extra of a run or a template: the output that its first image was made of


def privacy_of(
    owner: str,
    is_private: bool,
    parent_output: str | None = None,
    extra: Mapping[str, Any] | None = None,
    content: Sequence[str] = (),
) -> dict[str, ColumnElement[bool]]:
    """Return the column `is_private` of a new run's or sheet's row; nothing for one that is the team's.

    It is private if its person says so, or if it follows something private of theirs: its sheet, the run that it was
    made from, or one of its images, whose SHA-256 are `content`. That is a condition to insert, so it costs no query.
    Without an owner it is the team's.
    """
    if not owner:
        return {}
    if is_private:
        return {"is_private": true()}
    extra = extra or {}
    found: list[ColumnElement[bool]] = []
    place = extra.get("sheet")
    sheet_id = place.get("id") if isinstance(place, Mapping) else extra.get("check")
    if isinstance(sheet_id, str):
        found.append(exists().where(sheets.c.id == sheet_id, sheets.c.is_private, sheets.c.owner == owner))
    parents = {one for one in (parent_output, extra.get(EDITED_OUTPUT)) if one and isinstance(one, str)}
    if parents:
        parent, of = runs.alias("parent"), outputs.alias("of_parent")
        same = and_(of.c.id.in_(sorted(parents)), of.c.run_id == parent.c.id)
        found.append(exists().where(same, parent.c.is_private, parent.c.owner == owner))
    if content:
        found.append(_has_own_private(owner, content))
    return {"is_private": or_(*found)} if found else {}


def content_of(given: Inputs) -> list[str]:
    """Return the SHA-256 of input images, with their mask and markup."""
    return [one.sha256 for one in (*given.images, given.mask, given.markup) if one is not None]


def _has_own_private(owner: str, content: Sequence[str]) -> ColumnElement[bool]:
    """Return whether one of these SHA-256 is of something private of this owner, and of nothing that the team sees."""

    def of(name: str, which: Callable[[FromClause], ColumnElement[bool]]) -> Subquery:
        run, sheet = runs.alias(f"{name}_run"), sheets.alias(f"{name}_sheet")
        found = []
        for table, holder in ((outputs, run), (inputs, run), (sheet_inputs, sheet)):
            one = table.alias(f"{name}_{table.name}")
            same = holder.c.id == (one.c.sheet_id if holder is sheet else one.c.run_id)
            found.append(select(one.c.sha256).where(same, one.c.sha256.in_(sorted(set(content))), which(holder)))
        return union_all(*found).subquery(name)

    own = of("own", lambda one: and_(one.c.is_private, one.c.owner == owner))
    shown = of("shown", lambda one: not_(one.c.is_private))
    return exists().where(own.c.sha256.not_in(select(shown.c.sha256)))


def set_private(
    library: LibraryHandle, is_private: bool, *, run_ids: Sequence[str] = (), output_ids: Sequence[str] = ()
) -> None:
    """Let only their owners see these runs and those of these outputs, or the team again.

    What asked models about images that become private becomes private with them, and stays it. Runs without an owner
    stay the team's: nobody would see them. Raise LibraryUnavailable, and NotAllowed if one belongs to somebody else.
    """
    library.require_own("run", run_ids)
    library.require_own("output", output_ids)
    shown: set[tuple[str, str]] = set()
    with explained(library.folder), library.engine.begin() as connection:
        for column, ids in ((runs.c.id, run_ids), (outputs.c.id, output_ids)):
            for piece in chunks(ids):
                of = select(outputs.c.run_id).where(outputs.c.id.in_(piece))
                these = runs.c.id.in_(piece) if column is runs.c.id else runs.c.id.in_(of)
                shown |= _set_runs(connection, and_(these, runs.c.owner != ""), is_private)
    _take_back(library, shown)


def set_sheet_private(library: LibraryHandle, sheet_id: str, is_private: bool) -> None:
    """Let only its owner see a sheet with all runs that they made for it, or show the sheet to the team again.

    Its runs stay private then: which of them were private before, one by one, is not known. Raise LibraryUnavailable,
    and NotAllowed if it belongs to somebody else.
    """
    library.require_own("sheet", [sheet_id])
    with explained(library.folder), library.engine.begin() as connection:
        owner = connection.execute(select(sheets.c.owner).where(sheets.c.id == sheet_id)).scalar_one_or_none()
        if not owner:
            return
        shown: set[tuple[str, str]] = set()
        if is_private:
            content = select(sheet_inputs.c.sha256).where(sheet_inputs.c.sheet_id == sheet_id)
            shown = {(one, owner) for one in connection.execute(content).scalars()}
            cells = select(sheet_cells.c.run_id).where(sheet_cells.c.sheet_id == sheet_id)
            place, check = runs.c.extra["sheet"]["id"].as_string(), runs.c.extra["check"].as_string()
            about = or_(runs.c.id.in_(cells), place == sheet_id, check == sheet_id)
            shown |= _set_runs(connection, and_(about, runs.c.owner == owner), is_private)
        # Last: an admin who makes it private does not see it any more.
        connection.execute(update(sheets).where(sheets.c.id == sheet_id).values(is_private=is_private))
    _take_back(library, shown)


def _set_runs(connection: Connection, these: ColumnElement[bool], is_private: bool) -> set[tuple[str, str]]:
    """Change whether runs are private, and the questions about their images too.

    Return the SHA-256 and owners of what becomes private.
    """
    shown: set[tuple[str, str]] = set()
    if is_private:
        for table in (outputs, inputs):
            held = select(table.c.sha256, runs.c.owner).join(runs, runs.c.id == table.c.run_id).where(these)
            shown |= {(row.sha256, row.owner) for row in connection.execute(held)}
        images = select(outputs.c.sha256).join(runs, runs.c.id == outputs.c.run_id).where(these)
        about = select(inputs.c.run_id).where(inputs.c.sha256.in_(images))
        questions = runs.c.id.in_(about), runs.c.extra["check"].as_string().is_not(None), runs.c.owner != ""
        asked = list(connection.execute(select(runs.c.id).where(*questions)).scalars())
        for piece in chunks(asked):
            connection.execute(update(runs).where(runs.c.id.in_(piece)).values(is_private=True))
    connection.execute(update(runs).where(these).values(is_private=is_private))
    return shown


def _take_back(library: LibraryHandle, shown: Collection[tuple[str, str]]) -> None:
    """Forget that others than the owner have added these files, pairs of SHA-256 and owner."""
    with explained(library.folder), library.unfiltered().engine.begin() as connection:
        for owner in {owner for _, owner in shown}:
            for piece in chunks(sorted(sha256 for sha256, whose in shown if whose == owner)):
                theirs = own_files.c.sha256.in_(piece), own_files.c.person != owner
                connection.execute(delete(own_files).where(*theirs))
