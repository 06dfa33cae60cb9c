"""Annotations of outputs: stars, ratings, rejections, titles, notes, tags and collections.

Marks, tags and what a collection holds are everybody's; titles, notes, and a collection's name are its owner's. But who
came to a run or a sheet by its link sees its marks and changes none: their page names it in `read_only`.

Lists of ids may have any length, and unknown ids are ignored. Each call is one transaction.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection as Ids
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, insert, literal, or_, select, update

from components.library.db import schema
from components.library.db.chunks import chunks
from components.library.db.dialects import insert_new
from components.library.db.schema import IN_TRASH, collection_outputs, output_tags, outputs, sheet_cells
from components.library.errors import NotAllowed, explained
from components.library.queries.cell_cover import IS_OF_CELL
from components.library.records import Collection
from components.library.store import Library

LONGEST_TITLE = 200
LONGEST_NOTE = 10_000
LONGEST_TAG = 100
LONGEST_NAME = 200


# Marks


CONTINUE = "“Continue from here” lets you change what it shows."
HIGHEST_RATING = 5


def star(library: Library, output_ids: Sequence[str], on: bool = True, *, read_only: Ids[str] = ()) -> None:
    """Star or unstar outputs. Raise LibraryUnavailable, and NotAllowed for one of a run or sheet in `read_only`."""
    _mark_all(library, output_ids, read_only, starred=on)


def rate(library: Library, output_ids: Sequence[str], rating: int, *, read_only: Ids[str] = ()) -> None:
    """Rate outputs from 1 to 5; 0 removes the rating. Raise as `star`, and ValueError for another number."""
    if not 0 <= rating <= HIGHEST_RATING:
        raise ValueError(f"A rating is a number from 0 to {HIGHEST_RATING}, not {rating}.")
    _mark_all(library, output_ids, read_only, rating=rating)


def reject(library: Library, output_ids: Sequence[str], on: bool = True, *, read_only: Ids[str] = ()) -> None:
    """Reject outputs, or take that back. Raise as `star`."""
    _mark_all(library, output_ids, read_only, rejected=on)


def _mark_all(library: Library, output_ids: Sequence[str], read_only: Ids[str], **values: bool | int) -> None:
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            if read_only and connection.execute(_of(read_only).where(outputs.c.id.in_(piece)).limit(1)).first():
                raise NotAllowed("You came here by a link, so nothing was changed.", CONTINUE)
            connection.execute(update(outputs).where(outputs.c.id.in_(piece)).values(**values))


def _of(run_or_sheet_ids: Ids[str]) -> Select[Any]:
    """Select the outputs of these runs, and of these sheets' cells."""
    is_cell = IS_OF_CELL, sheet_cells.c.sheet_id.in_(run_or_sheet_ids)
    return select(outputs.c.id).where(or_(outputs.c.run_id.in_(run_or_sheet_ids), exists().where(*is_cell)))


def rename(library: Library, output_id: str, title: str) -> None:
    """Set an output's title, "" for none. Raise LibraryUnavailable, and ValueError for more than 200 characters."""
    _mark(library, output_id, title=_short(" ".join(title.split()), LONGEST_TITLE, "A title"))


def annotate(library: Library, output_id: str, note: str) -> None:
    """Set an output's note, "" for none. Raise LibraryUnavailable, and ValueError for over 10,000 characters."""
    _mark(library, output_id, note=_short(note.strip(), LONGEST_NOTE, "A note"))


def _mark(library: Library, output_id: str, **values: str) -> None:
    library.require_own("output", [output_id])
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(outputs).where(outputs.c.id == output_id).values(**values))


def _short(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise ValueError(f"{what} has at most {longest:,} characters; this one has {len(text):,}.")
    return text


# Tags


def clean_tag(tag: str) -> str:
    """Return a tag as it is stored: case-folded, single spaces between words. Raise ValueError for an invalid tag."""
    clean = " ".join(tag.split()).casefold()
    if not clean:
        raise ValueError("A tag needs at least one character.")
    if "," in clean:
        raise ValueError(f"The tag “{clean[:40]}” has a comma; commas separate tags.")
    return _short(clean, LONGEST_TAG, "A tag")


def add_tags(library: Library, output_ids: Sequence[str], tags: Sequence[str]) -> None:
    """Add every tag to every output. Raise LibraryUnavailable, and ValueError, before any change, for a bad tag."""
    clean = [clean_tag(tag) for tag in tags]
    with explained(library.folder), library.engine.begin() as connection:
        _tag(connection, output_ids, clean)


def remove_tag(library: Library, output_ids: Sequence[str], tag: str) -> None:
    """Remove a tag from outputs. Raise LibraryUnavailable, and ValueError for a bad tag."""
    clean = clean_tag(tag)
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            of_these = output_tags.c.tag == clean, output_tags.c.output_id.in_(piece)
            connection.execute(delete(output_tags).where(*of_these))


def set_tags(library: Library, output_id: str, tags: Sequence[str]) -> None:
    """Replace the tags of an output. Raise LibraryUnavailable, and ValueError for a bad tag."""
    clean = [clean_tag(tag) for tag in tags]
    with explained(library.folder), library.engine.begin() as connection:
        mine = output_tags.c.output_id == output_id
        connection.execute(delete(output_tags).where(mine, output_tags.c.tag.not_in(clean)))
        _tag(connection, [output_id], clean)


def _tag(connection: Connection, output_ids: Sequence[str], tags: Sequence[str]) -> None:
    for tag in dict.fromkeys(tags):
        for piece in chunks(output_ids):
            has_it = exists().where(output_tags.c.tag == tag, output_tags.c.output_id == outputs.c.id)
            rows = select(literal(tag), outputs.c.id).where(outputs.c.id.in_(piece), ~has_it)
            connection.execute(insert_new(connection, output_tags).from_select(["tag", "output_id"], rows))


def tags_of(library: Library, output_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the tags of outputs by output id, sorted; outputs without tags are omitted. Raise LibraryUnavailable."""
    found: dict[str, list[str]] = {}
    with explained(library.folder), library.engine.connect() as connection:
        for piece in chunks(output_ids):
            query = select(output_tags).where(output_tags.c.output_id.in_(piece)).order_by(output_tags.c.tag)
            for row in connection.execute(query):
                found.setdefault(row.output_id, []).append(row.tag)
    return {output_id: tuple(tags) for output_id, tags in found.items()}


def all_tags(library: Library, limit: int = 500) -> list[tuple[str, int]]:
    """Return tags and their numbers of outputs outside the trash, most used first. Raise LibraryUnavailable."""
    trashed = (
        select(output_tags.c.tag, func.count().label("count"))
        .join_from(outputs, output_tags, output_tags.c.output_id == outputs.c.id)
        .where(IN_TRASH)
        .group_by(output_tags.c.tag)
        .subquery()
    )
    every = select(output_tags.c.tag, func.count().label("count")).group_by(output_tags.c.tag).subquery()
    count = (every.c.count - func.coalesce(trashed.c.count, 0)).label("count")
    query = select(every.c.tag, count).outerjoin(trashed, trashed.c.tag == every.c.tag).where(count > 0)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.order_by(count.desc(), every.c.tag).limit(limit))
        return [(str(tag), int(used)) for tag, used in rows]


# Collections


def new_collection(library: Library, name: str, owner: str = "") -> Collection:
    """Create a collection. Raise LibraryUnavailable, and ValueError for a missing name or over 200 characters."""
    made = Collection(secrets.token_hex(16), _name(name), owner, time.time(), 0)
    values = {key: value for key, value in vars(made).items() if key != "count"}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(schema.collections).values(**values))
    return made


def rename_collection(library: Library, collection_id: str, name: str) -> None:
    """Rename a collection. Raise the same errors as `new_collection`."""
    library.require_own("collection", [collection_id])
    mine = schema.collections.c.id == collection_id
    name = _name(name)
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(schema.collections).where(mine).values(name=name))


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise ValueError("A collection needs a name.")
    return _short(clean, LONGEST_NAME, "A collection's name")


def delete_collection(library: Library, collection_id: str) -> None:
    """Remove a collection; its outputs stay. Raise LibraryUnavailable, and NotAllowed for somebody else's."""
    library.require_own("collection", [collection_id])
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(schema.collections).where(schema.collections.c.id == collection_id))


def collections(library: Library) -> list[Collection]:
    """Return all collections, sorted by name. Raise LibraryUnavailable."""
    return _collections(library, _counted())


def collections_of(library: Library, output_id: str) -> list[Collection]:
    """Return the collections that contain an output, sorted by name. Raise LibraryUnavailable."""
    mine = select(collection_outputs.c.collection_id).where(collection_outputs.c.output_id == output_id)
    return _collections(library, _counted().where(schema.collections.c.id.in_(mine)))


def _counted() -> Select[Any]:
    count = (
        select(func.count())
        .select_from(collection_outputs)
        .join(outputs, outputs.c.id == collection_outputs.c.output_id)
        .where(collection_outputs.c.collection_id == schema.collections.c.id, outputs.c.deleted_at.is_(None))
    )
    return select(schema.collections, count.scalar_subquery().label("count"))


def _collections(library: Library, query: Select[Any]) -> list[Collection]:
    with explained(library.folder), library.engine.connect() as connection:
        found = [Collection(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda one: (one.name.casefold(), one.created, one.id))


def add_to_collection(library: Library, collection_id: str, output_ids: Sequence[str]) -> None:
    """Add outputs to a collection; those already in it stay. Raise LibraryUnavailable."""
    is_there = exists().where(schema.collections.c.id == collection_id)
    mine = collection_outputs.c.collection_id == collection_id
    is_in = exists().where(mine, collection_outputs.c.output_id == outputs.c.id)
    row = literal(collection_id), outputs.c.id, literal(time.time())
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            rows = select(*row).where(outputs.c.id.in_(piece), is_there, ~is_in)
            columns = ["collection_id", "output_id", "added"]
            connection.execute(insert_new(connection, collection_outputs).from_select(columns, rows))


def remove_from_collection(library: Library, collection_id: str, output_ids: Sequence[str]) -> None:
    """Remove outputs from a collection. Raise LibraryUnavailable."""
    mine = collection_outputs.c.collection_id == collection_id
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            connection.execute(delete(collection_outputs).where(mine, collection_outputs.c.output_id.in_(piece)))
