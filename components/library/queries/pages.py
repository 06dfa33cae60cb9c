"""Runs page by page, newest or dearest or starred first, whatever is filtered by.

A page goes on from the last run of the page before it, not from a count, so that the thousandth page costs as much as
the first, and runs that come meanwhile shift nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, not_, or_, select, tuple_

from components.library.db.rows import stored_output, stored_run
from components.library.db.schema import (
    ANSWER,
    IN_BIN,
    IS_ANSWER,
    IS_RATED,
    IS_REJECTED,
    IS_STARRED,
    RUN_IN_BIN,
    collection_outputs,
    inputs,
    output_tags,
    outputs,
    runs,
)
from components.library.errors import explained
from components.library.queries import fulltext
from components.library.records import StoredOutput, StoredRun

if TYPE_CHECKING:
    from components.library.store import Library

Order = Literal["newest", "cost", "stars"]

# Up to so many outputs, their runs are found from them; of more, some come soon on a walk through the runs in order.
FEW = 500
AT_ONCE = 500


@dataclass(frozen=True)
class Filter:
    """What runs and outputs must be; None and "" stand for any. `since` and `until` are unix seconds.

    `words` must all begin words of the prompt, the answer, or an output's tags, title, note or revised prompt; those in
    quotes one after the other, and what has no words, such as emoji, must be in one of these as it is. `rating` is the
    least of 1 to 5, or 0 for outputs that nobody rated. With `starred`, `rating`, `rejected`, `tag`, `collection`,
    `size` (width and height in pixels), `images_only` (no answers) or `in_bin`, only outputs that are so are given, and
    only runs that have one; with `in_bin` also runs without an output that are there themselves.
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
    in_bin: bool = False
    size: tuple[int, int] | None = None
    images_only: bool = False


@dataclass(frozen=True)
class Cursor:
    """Where a page ended, for the same filter and order.

    `key` is what the last run is ordered by: its `created`, its cost in millionths of a dollar, or its number in the
    index of words; `part` is which part of the order it is in, and `created` decides between runs of the same cost.
    """

    key: float
    id: str
    part: int = 0
    created: float | None = None


@dataclass(frozen=True)
class FoundRun:
    """A run and those of its outputs that were asked for, in their order.

    `went_in` is the SHA-256 of the first picture that went into a run without pictures, None where there is none.
    """

    run: StoredRun
    outputs: tuple[StoredOutput, ...]
    went_in: str | None = None


@dataclass(frozen=True)
class Page:
    """Runs in the order that was asked for; `after` is where the next page begins, None on the last."""

    runs: tuple[FoundRun, ...]
    after: Cursor | None


def page(
    library: Library, asked: Filter, *, after: Cursor | None = None, limit: int = 24, order: Order = "newest"
) -> Page:
    """The next `limit` runs.

    "cost" gives the dearest first, those whose cost is not known last; "stars" those with a starred output first. In
    both, of equal ones the newest comes first. Raises LibraryUnavailable.
    """
    with explained(library.folder), library.engine.connect() as connection:
        places = _places(connection, asked, after, limit + 1, order)
        ids = [place.id for place in places[:limit]]
        rows = connection.execute(select(runs).where(runs.c.id.in_(ids))).mappings()
        found = {row["id"]: stored_run(row) for row in rows}
        of_runs: dict[str, list[StoredOutput]] = {}
        wanted = select(outputs).where(outputs.c.run_id.in_(ids), *_of_outputs(asked, one_by_one=True))
        for row in connection.execute(wanted.order_by(outputs.c.position, outputs.c.role.desc())).mappings():
            of_runs.setdefault(row["run_id"], []).append(stored_output(row))
        pictured = {one.run_id for some in of_runs.values() for one in some if one.role != ANSWER}
        went_in = _went_in(connection, [run_id for run_id in ids if run_id not in pictured])
    return Page(
        tuple(
            FoundRun(found[run_id], tuple(of_runs.get(run_id, ())), went_in.get(run_id))
            for run_id in ids
            if run_id in found
        ),
        places[limit - 1] if len(places) > limit else None,
    )


def _went_in(connection: Connection, run_ids: Sequence[str]) -> dict[str, str]:
    if not run_ids:
        return {}
    first = inputs.c.run_id.in_(run_ids), inputs.c.role == "image", inputs.c.position == 0
    return {row.run_id: row.sha256 for row in connection.execute(select(inputs).where(*first))}


def everything(library: Library, asked: Filter) -> tuple[list[str], list[str]]:
    """The ids of all outputs that fit, and of the runs that fit and have no output. Raises LibraryUnavailable."""
    output_ids: list[str] = []
    run_ids: list[str] = []
    after: Cursor | None = None
    while True:
        found = page(library, asked, after=after, limit=AT_ONCE)
        for one in found.runs:
            output_ids += [output.id for output in one.outputs]
            run_ids += [] if one.outputs else [one.run.id]
        after = found.after
        if after is None:
            return output_ids, run_ids


# Order


@dataclass(frozen=True)
class _OrderPart:
    """A part of an order that comes whole before the next: which runs, and by which columns, greatest first."""

    columns: tuple[ColumnElement[Any], ...]
    conditions: tuple[ColumnElement[bool], ...] = ()

    def query(self, base: Select[Any], after: Cursor | None) -> Select[Any]:
        """The part's runs, or those after a place in it, as the columns and `id`."""
        if after is not None:
            values = {1: (after.key,), 2: (after.key, after.id), 3: (after.key, after.created, after.id)}
            last = [literal(value) for value in values[len(self.columns)]]
            base = base.where(tuple_(*self.columns) < tuple_(*last) if last[1:] else self.columns[0] < last[0])
        named = [column.label(f"key_{place}") for place, column in enumerate(self.columns)]
        return (
            base.with_only_columns(*named, runs.c.id)
            .where(*self.conditions)
            .order_by(*(column.desc() for column in self.columns))
        )


def _parts(connection: Connection, order: Order, by_words: bool) -> Sequence[_OrderPart]:
    newest = (runs.c.created, runs.c.id)
    if order == "cost":
        known = runs.c.cost_micros.is_not(None)
        return _OrderPart((runs.c.cost_micros, *newest), (known,)), _OrderPart(newest, (not_(known),))
    if order == "stars":
        starred = (IS_STARRED, outputs.c.deleted_at.is_(None))
        has_star = _with_output(connection, starred, starred)
        no_star = ~exists().where(outputs.c.run_id == runs.c.id, *starred)
        return _OrderPart(newest, (has_star,)), _OrderPart(newest, (no_star,))
    return (_OrderPart((fulltext.NUMBER,) if by_words else newest),)


def _places(connection: Connection, asked: Filter, after: Cursor | None, limit: int, order: Order) -> list[Cursor]:
    conditions = [*_of_runs(asked), *_by_outputs(connection, asked)]
    sought = fulltext.sought(asked.words)
    indexed = bool(sought) and fulltext.has_index(connection)
    if not indexed:
        conditions += fulltext.like(sought)
    base = (fulltext.matching(sought, [runs.c.id]) if indexed else select(runs.c.id)).where(*conditions)
    found: list[Cursor] = []
    for number, part in enumerate(_parts(connection, order, indexed)):
        if (after is not None and number < after.part) or len(found) == limit:
            continue
        query = part.query(base, after if after is not None and number == after.part else None)
        rows = connection.execute(query.limit(limit - len(found))).all()
        found += [Cursor(row[0], row.id, number, row[1] if len(part.columns) == 3 else None) for row in rows]
    return found


# Filters


def _of_runs(asked: Filter) -> Iterator[ColumnElement[bool]]:
    for column in (runs.c.operation, runs.c.model, runs.c.owner, runs.c.connection_id):
        if (value := getattr(asked, column.name)) is not None:
            yield column == value
    if asked.states:
        yield runs.c.state.in_(asked.states)
    if asked.since is not None:
        yield runs.c.created >= asked.since
    if asked.until is not None:
        yield runs.c.created < asked.until
    if asked.has_mask is not None:
        masked = exists().where(inputs.c.run_id == runs.c.id, inputs.c.role == "mask")
        yield masked if asked.has_mask else ~masked


def _of_outputs(asked: Filter, *, one_by_one: bool) -> Iterator[ColumnElement[bool]]:
    """What is asked of outputs; `one_by_one` for a few of them, else to find all that are so."""
    yield IN_BIN if asked.in_bin else outputs.c.deleted_at.is_(None)
    if asked.starred is not None:
        yield IS_STARRED if asked.starred else not_(IS_STARRED)
    if asked.rating is not None:
        # The first half lets SQLite use the partial index.
        yield IS_RATED & (outputs.c.rating >= asked.rating) if asked.rating else not_(IS_RATED)
    if asked.rejected is not None:
        yield IS_REJECTED if asked.rejected else not_(IS_REJECTED)
    if asked.images_only:
        yield not_(IS_ANSWER)
    if asked.size is not None:
        yield outputs.c.width == asked.size[0]
        yield outputs.c.height == asked.size[1]
    for value, which, output_id in (
        (asked.tag, output_tags.c.tag, output_tags.c.output_id),
        (asked.collection, collection_outputs.c.collection_id, collection_outputs.c.output_id),
    ):
        if value is not None and one_by_one:
            yield exists().where(which == value, output_id == outputs.c.id)
        elif value is not None:
            yield outputs.c.id.in_(select(output_id).where(which == value))


def _by_outputs(connection: Connection, asked: Filter) -> Iterator[ColumnElement[bool]]:
    """Which runs are left when only some outputs are asked for."""
    mine = outputs.c.run_id == runs.c.id
    one_by_one = tuple(_of_outputs(asked, one_by_one=True))
    rare = asked.in_bin or asked.starred or asked.rating or asked.rejected
    if rare or any(value is not None for value in (asked.tag, asked.collection, asked.size)):
        with_output = _with_output(connection, tuple(_of_outputs(asked, one_by_one=False)), one_by_one)
        yield or_(with_output, RUN_IN_BIN) if asked.in_bin else with_output
    elif asked.images_only or any(value is not None for value in (asked.starred, asked.rating, asked.rejected)):
        yield exists().where(mine, *one_by_one)
    else:
        # A run whose outputs are all in the bin or thrown away is not shown; one that never had any is.
        untouched = ~exists().where(mine, IN_BIN) & (runs.c.purged_count == 0) & not_(RUN_IN_BIN) & not_(runs.c.purged)
        yield or_(untouched, exists().where(mine, *one_by_one))


def _with_output(
    connection: Connection, all_such: Sequence[ColumnElement[bool]], one_by_one: Sequence[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Runs with an output that is so: from a list of them while it is short, else looked up run by run."""
    found = select(outputs.c.run_id).where(*all_such)
    count = connection.execute(select(func.count()).select_from(found.limit(FEW + 1).subquery())).scalar_one()
    if count <= FEW:
        return runs.c.id.in_(found)
    return exists().where(outputs.c.run_id == runs.c.id, *one_by_one)
