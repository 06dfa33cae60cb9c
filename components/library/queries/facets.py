"""Facets for the library's filters: distinct models, owners, connections, sizes and tags.

Each value is found by an index seek from the previous one, so the time grows with the number of values, not of runs.
Sizes are limited to the smallest 300.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Integer, case, cast, func, literal, null, select

from components.library.db.schema import output_tags, outputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle

MOST_SIZES = 300


@dataclass(frozen=True)
class Choices:
    """The distinct values, sorted. An owner may be "" for nobody; sizes are width and height in pixels.

    A connection is its id and its latest name.
    """

    models: tuple[str, ...]
    owners: tuple[str, ...]
    connections: tuple[tuple[str, str], ...]
    sizes: tuple[tuple[int, int], ...]
    tags: tuple[str, ...] = ()


def choices(library: LibraryHandle) -> Choices:
    """Return the values of all runs, including those in the trash. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return Choices(
            _values(connection, runs.c.model),
            _values(connection, runs.c.owner),
            tuple((one, _last_name(connection, one)) for one in _values(connection, runs.c.connection_id)),
            _sizes(connection),
            _values(connection, output_tags.c.tag),
        )


def _values(connection: Connection, column: Column[Any]) -> tuple[Any, ...]:
    """Return the distinct values of a column that is the first column of an index."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return tuple(connection.execute(select(found.c.value).where(found.c.value.is_not(None))).scalars())


def _last_name(connection: Connection, connection_id: str) -> str:
    newest = select(runs.c.connection_name).where(runs.c.connection_id == connection_id)
    return str(connection.execute(newest.order_by(runs.c.created.desc(), runs.c.id.desc()).limit(1)).scalar_one())


def _sizes(connection: Connection) -> tuple[tuple[int, int], ...]:
    """Return the distinct sizes: step through the heights of one width, then to the next width with no height."""
    width, height = outputs.c.width, outputs.c.height
    first = select(func.min(width).label("width"), cast(null(), Integer).label("height"))
    found = first.where(width > 0).cte("found", recursive=True)  # an answer has no size
    taller = (
        select(func.min(height))
        .where(width == found.c.width, height > func.coalesce(found.c.height, literal(-1)))
        .scalar_subquery()
    )
    wider = select(func.min(width)).where(width > found.c.width).scalar_subquery()
    found = found.union_all(
        select(case((taller.is_(None), wider), else_=found.c.width), taller).where(found.c.width.is_not(None))
    )
    rows = connection.execute(
        select(found.c.width, found.c.height).where(found.c.height.is_not(None)).limit(MOST_SIZES)
    )
    return tuple((row.width, row.height) for row in rows)
