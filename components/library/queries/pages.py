"""Keyset pagination of runs, for any filter, by time, cost or stars.

A page starts after the last run of the previous page, not at an offset. So page 1,000 costs as much as page 1, and
runs that are added meanwhile shift nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, GenerativeSelect, Select, exists, literal, not_, or_, select, tuple_

from components.library.db.chunks import is_short, listed
from components.library.db.rows import stored_output, stored_run
from components.library.db.schema import (
    ANSWER,
    IN_TRASH,
    IS_ANSWER,
    IS_RATED,
    IS_REJECTED,
    IS_STARRED,
    RUN_IN_TRASH,
    collection_outputs,
    inputs,
    output_tags,
    outputs,
    runs,
)
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries import fulltext
from components.library.records import StoredOutput, StoredRun

Order = Literal["newest", "cost", "stars"]

BATCH = 500


@dataclass(frozen=True)
class Filter:
    """Conditions on runs and outputs; None and "" match any. `since` and `until` are unix seconds.

    `words` are prefixes that must all match words of the prompt, the answer, or an output's tags, title, note or
    revised prompt; quoted words must be adjacent, and emoji and the like must occur literally. `rating` is a minimum
    from 1 to 5, or 0 for unrated outputs. `starred`, `rating`, `rejected`, `tag`, `collection`, `size` (width and
    height in pixels), `images_only` (no answers) and `in_trash` select outputs: only matching outputs are returned, and
    only runs that have one. With `in_trash`, runs without outputs that are in the trash themselves match too.
    """

    words: str = ""
    operation: str | None = None
    model: str | None = None
    owner: str | None = None
    connection_id: str | None = None
    states: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    has_mask: bool | None = None
    starred: bool | None = None
    rating: int | None = None
    rejected: bool | None = None
    tag: str | None = None
    collection: str | None = None
    in_trash: bool = False
    size: tuple[int, int] | None = None
    images_only: bool = False


@dataclass(frozen=True)
class Cursor:
    """The last run of a page; valid for the same filter and order.

    `key` is the run's sort key: its `created`, its cost in millionths of a dollar, or its row id in the full-text
    index of SQLite. `part` is the number of its part of the order, and `created` orders runs of equal cost.
    """

    key: float
    id: str
    part: int = 0
    created: float | None = None


@dataclass(frozen=True)
class FoundRun:
    """A run and its matching outputs, in order.

    `first_input` is the SHA-256 of the first input image, only for a run without images; else None.
    """

    run: StoredRun
    outputs: tuple[StoredOutput, ...]
    first_input: str | None = None


@dataclass(frozen=True)
class Page:
    """Runs in the requested order; `after` is the cursor for the next page, None on the last page."""

    runs: tuple[FoundRun, ...]
    after: Cursor | None


def page(
    library: LibraryHandle, wanted: Filter, *, after: Cursor | None = None, limit: int = 24, order: Order = "newest"
) -> Page:
    """Return the next `limit` runs.

    "cost" sorts the most expensive first and unknown costs last, "stars" runs with a starred output first; ties are
    newest first. Raise LibraryUnavailable.
    """
    with explained(library.folder), library.engine.connect() as connection:
        cursors = _cursors(connection, wanted, after, limit + 1, order)
        ids = [cursor.id for cursor in cursors[:limit]]
        rows = connection.execute(select(runs).where(runs.c.id.in_(ids))).mappings()
        found = {row["id"]: stored_run(row) for row in rows}
        of_runs: dict[str, list[StoredOutput]] = {}
        matching = select(outputs).where(outputs.c.run_id.in_(ids), *_of_outputs(wanted, one_by_one=True))
        for row in connection.execute(matching.order_by(outputs.c.position, outputs.c.role.desc())).mappings():
            of_runs.setdefault(row["run_id"], []).append(stored_output(row))
        with_images = {one.run_id for some in of_runs.values() for one in some if one.role != ANSWER}
        first_inputs = _first_inputs(connection, [run_id for run_id in ids if run_id not in with_images])
    return Page(
        tuple(
            FoundRun(found[run_id], tuple(of_runs.get(run_id, ())), first_inputs.get(run_id))
            for run_id in ids
            if run_id in found
        ),
        cursors[limit - 1] if len(cursors) > limit else None,
    )


def _first_inputs(connection: Connection, run_ids: Sequence[str]) -> dict[str, str]:
    if not run_ids:
        return {}
    first = inputs.c.run_id.in_(run_ids), inputs.c.role == "image", inputs.c.position == 0
    return {row.run_id: row.sha256 for row in connection.execute(select(inputs).where(*first))}


def all_ids(library: LibraryHandle, wanted: Filter) -> tuple[list[str], list[str]]:
    """Return the ids of all matching outputs, and of the matching runs without outputs. Raise LibraryUnavailable."""
    output_ids: list[str] = []
    run_ids: list[str] = []
    after: Cursor | None = None
    while True:
        found = page(library, wanted, after=after, limit=BATCH)
        for one in found.runs:
            output_ids += [output.id for output in one.outputs]
            run_ids += [] if one.outputs else [one.run.id]
        after = found.after
        if after is None:
            return output_ids, run_ids


# Order


@dataclass(frozen=True)
class _OrderPart:
    """A part of an order, before all runs of the next part: its runs, and their sort columns, descending."""

    columns: tuple[ColumnElement[Any], ...]
    conditions: tuple[ColumnElement[bool], ...] = ()

    def query(self, base: Select[Any], after: Cursor | None) -> Select[Any]:
        """Return a query for the part's runs, or those after a cursor, with the sort columns and `id`."""
        if after is not None:
            values = {1: (after.key,), 2: (after.key, after.id), 3: (after.key, after.created, after.id)}
            last = [literal(value) for value in values[len(self.columns)]]
            base = base.where(tuple_(*self.columns) < tuple_(*last) if last[1:] else self.columns[0] < last[0])
        named = [column.label(f"key_{position}") for position, column in enumerate(self.columns)]
        return (
            base.with_only_columns(*named, runs.c.id)
            .where(*self.conditions)
            .order_by(*(column.desc() for column in self.columns))
        )


def _parts(connection: Connection, order: Order, by_words: fulltext.Found) -> Sequence[_OrderPart]:
    newest = (runs.c.created, runs.c.id)
    if order == "cost":
        known = runs.c.cost_micros.is_not(None)
        return _OrderPart((runs.c.cost_micros, *newest), (known,)), _OrderPart(newest, (not_(known),))
    if order == "stars":
        starred = (IS_STARRED, outputs.c.deleted_at.is_(None))
        has_star = _listed_or(connection, select(outputs.c.run_id).where(*starred), _has(*starred))
        no_star = not_(_has(*starred))
        return _OrderPart(newest, (has_star,)), _OrderPart(newest, (no_star,))
    return (_OrderPart(by_words.newest),)


def _cursors(connection: Connection, wanted: Filter, after: Cursor | None, limit: int, order: Order) -> list[Cursor]:
    conditions = [*_of_runs(wanted), *_by_outputs(connection, wanted)]
    by_words = fulltext.find(connection, fulltext.parse_search(wanted.words))
    base = by_words.query.where(*conditions)
    found: list[Cursor] = []
    for number, part in enumerate(_parts(connection, order, by_words)):
        if (after is not None and number < after.part) or len(found) == limit:
            continue
        query = part.query(base, after if after is not None and number == after.part else None)
        rows = connection.execute(query.limit(limit - len(found))).all()
        found += [Cursor(row[0], row.id, number, row[1] if len(part.columns) == 3 else None) for row in rows]
    return found


# Filters


def _of_runs(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    for column in (runs.c.operation, runs.c.model, runs.c.owner, runs.c.connection_id):
        if (value := getattr(wanted, column.name)) is not None:
            yield column == value
    if wanted.states:
        yield runs.c.state.in_(wanted.states)
    if wanted.since is not None:
        yield runs.c.created >= wanted.since
    if wanted.until is not None:
        yield runs.c.created < wanted.until
    if wanted.has_mask is not None:
        masked = exists().where(inputs.c.run_id == runs.c.id, inputs.c.role == "mask")
        yield masked if wanted.has_mask else ~masked


def _of_outputs(wanted: Filter, *, one_by_one: bool) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on outputs: `one_by_one` to check a few of them, else to list all that match."""
    yield IN_TRASH if wanted.in_trash else outputs.c.deleted_at.is_(None)
    if wanted.starred is not None:
        yield IS_STARRED if wanted.starred else not_(IS_STARRED)
    if wanted.rating is not None:
        # The first half lets SQLite use the partial index.
        yield IS_RATED & (outputs.c.rating >= wanted.rating) if wanted.rating else not_(IS_RATED)
    if wanted.rejected is not None:
        yield IS_REJECTED if wanted.rejected else not_(IS_REJECTED)
    if wanted.images_only:
        yield not_(IS_ANSWER)
    if wanted.size is not None:
        yield outputs.c.width == wanted.size[0]
        yield outputs.c.height == wanted.size[1]
    for value, which, output_id in (
        (wanted.tag, output_tags.c.tag, output_tags.c.output_id),
        (wanted.collection, collection_outputs.c.collection_id, collection_outputs.c.output_id),
    ):
        if value is not None and one_by_one:
            yield exists().where(which == value, output_id == outputs.c.id)
        elif value is not None:
            yield outputs.c.id.in_(select(output_id).where(which == value))


def _by_outputs(connection: Connection, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on runs that follow from those on outputs."""
    one_by_one = tuple(_of_outputs(wanted, one_by_one=True))
    rare = wanted.in_trash or wanted.starred or wanted.rating or wanted.rejected
    if rare or any(value is not None for value in (wanted.tag, wanted.collection, wanted.size)):
        listing = select(outputs.c.run_id).where(*_of_outputs(wanted, one_by_one=False))
        if wanted.in_trash:
            in_trash = listing.union_all(select(runs.c.id).where(RUN_IN_TRASH))
            yield _listed_or(connection, in_trash, or_(_has(*one_by_one), RUN_IN_TRASH))
        else:
            yield _listed_or(connection, listing, _has(*one_by_one))
    elif wanted.images_only or any(value is not None for value in (wanted.starred, wanted.rating, wanted.rejected)):
        yield _has(*one_by_one)
    else:
        # A run whose outputs are all in the trash or deleted for good is hidden; one that never had any is shown.
        none_trashed = not_(_has(IN_TRASH)) & not_(RUN_IN_TRASH)
        none_purged = (runs.c.purged_count == 0) & not_(runs.c.purged)
        yield or_(none_trashed & none_purged, _has(*one_by_one))


def _listed_or(
    connection: Connection, listing: GenerativeSelect, one_by_one: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a run is in a list if that is short, else the same to check run by run."""
    return runs.c.id.in_(listed(listing)) if is_short(connection, listing) else one_by_one


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a run has an output, looked for run by run.

    For EXISTS, PostgreSQL may read the outputs of all runs first, although a page needs those of a few.
    """
    found = select(literal(1)).where(outputs.c.run_id == runs.c.id, *conditions).limit(1)
    return found.scalar_subquery().is_not(None)
