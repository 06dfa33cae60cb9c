"""Runs page by page, newest first, whatever is filtered by.

A page goes on from the last run of the page before it, not from a count, so that the thousandth page costs as much as
the first, and runs that come meanwhile shift nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, literal, not_, or_, select, tuple_

from components.library import fulltext
from components.library.errors import explained
from components.library.records import StoredOutput, StoredRun
from components.library.rows import stored_output, stored_run
from components.library.schema import IN_BIN, IS_STARRED, collection_outputs, inputs, output_tags, outputs, runs
from components.library.store import Library


@dataclass(frozen=True)
class Filter:
    """What runs and outputs must be; None and "" stand for any. `since` and `until` are unix seconds.

    `words` must all begin words of the prompt, the answer, or an output's tags, title, note or revised prompt. With
    `starred`, `tag`, `collection` or `in_bin`, only outputs that are so are given, and only runs that have one.
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
    tag: str | None = None
    collection: str | None = None
    in_bin: bool = False


@dataclass(frozen=True)
class Place:
    """Where a page ended: the last run's `created`, or its number in the index of words, and its id."""

    key: float
    id: str


@dataclass(frozen=True)
class FoundRun:
    """A run and those of its outputs that were asked for, in their order."""

    run: StoredRun
    outputs: tuple[StoredOutput, ...]


@dataclass(frozen=True)
class Page:
    """Runs, newest first; `after` is where the next page begins, None on the last."""

    runs: tuple[FoundRun, ...]
    after: Place | None


def page(library: Library, asked: Filter, *, after: Place | None = None, limit: int = 24) -> Page:
    """The next `limit` runs. Raises LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(_query(connection, asked, after).limit(limit + 1)).mappings().all()
        found = [stored_run({name: value for name, value in row.items() if name != "key"}) for row in rows[:limit]]
        of_runs: dict[str, list[StoredOutput]] = {}
        wanted = select(outputs).where(outputs.c.run_id.in_([run.id for run in found]), *_of_outputs(asked))
        for row in connection.execute(wanted.order_by(outputs.c.position, outputs.c.role.desc())).mappings():
            of_runs.setdefault(row["run_id"], []).append(stored_output(row))
    more = len(rows) > limit
    return Page(
        tuple(FoundRun(run, tuple(of_runs.get(run.id, ()))) for run in found),
        Place(rows[limit - 1]["key"], rows[limit - 1]["id"]) if more else None,
    )


def _query(connection: Connection, asked: Filter, after: Place | None) -> Select[Any]:
    conditions = [*_of_runs(asked), *_by_outputs(asked)]
    by_words = bool(fulltext.words_of(asked.words))
    if by_words and fulltext.has_index(connection):
        before = None if after is None else int(after.key)
        return fulltext.matching(asked.words, runs.c, before).where(*conditions)
    if by_words:
        conditions += fulltext.like(asked.words)
    if after is not None:
        conditions.append(tuple_(runs.c.created, runs.c.id) < tuple_(literal(after.key), literal(after.id)))
    query = select(runs, runs.c.created.label("key")).where(*conditions)
    return query.order_by(runs.c.created.desc(), runs.c.id.desc())


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


def _of_outputs(asked: Filter) -> Iterator[ColumnElement[bool]]:
    yield IN_BIN if asked.in_bin else outputs.c.deleted_at.is_(None)
    if asked.starred is not None:
        yield IS_STARRED if asked.starred else not_(IS_STARRED)
    if asked.tag is not None:
        yield outputs.c.id.in_(select(output_tags.c.output_id).where(output_tags.c.tag == asked.tag))
    if asked.collection is not None:
        of = collection_outputs.c.collection_id == asked.collection
        yield outputs.c.id.in_(select(collection_outputs.c.output_id).where(of))


def _by_outputs(asked: Filter) -> Iterator[ColumnElement[bool]]:
    """Which runs are left when only some outputs are asked for."""
    if asked.in_bin or asked.tag is not None or asked.collection is not None or asked.starred:
        yield runs.c.id.in_(select(outputs.c.run_id).where(*_of_outputs(asked)))
        return
    mine = outputs.c.run_id == runs.c.id
    if asked.starred is not None:
        yield exists().where(mine, *_of_outputs(asked))
        return
    # A run whose outputs are all in the bin is not shown; one that never had any is.
    binned = select(outputs.c.run_id).where(IN_BIN)
    yield or_(runs.c.id.not_in(binned), exists().where(mine, *_of_outputs(asked)))
