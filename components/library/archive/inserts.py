"""Insert what an archive says of an output: its row, its tags and the collections that it is in."""

from __future__ import annotations

import secrets
import time

from sqlalchemy import Connection, insert, select, update

from components.images.decoding.probe import ImageInfo
from components.library.archive.validation import FoundOutput
from components.library.db.schema import collection_outputs, collections, output_tags, outputs


def insert_output(connection: Connection, found: FoundOutput, image: ImageInfo) -> None:
    """Insert an output with its marks."""
    now = time.time()
    of_file = {name: getattr(image, name) for name in ("format", "width", "height", "frames", "has_alpha", "bytes")}
    # An output that was in the trash stays in the trash, with a new time of deletion.
    deleted_at = now if found.values["deleted_at"] else None
    connection.execute(insert(outputs).values(**{**found.values, **of_file, "deleted_at": deleted_at}))
    _insert_marks(connection, found, now)


def mark_answer(connection: Connection, found: FoundOutput) -> None:
    """Give a run's answer its marks."""
    now = time.time()
    values = {**found.values, **({"deleted_at": now} if "deleted_at" in found.values else {})}
    connection.execute(update(outputs).where(outputs.c.id == found.id).values(**values))
    _insert_marks(connection, found, now)


def _insert_marks(connection: Connection, found: FoundOutput, now: float) -> None:
    if found.tags:
        connection.execute(insert(output_tags), [{"tag": tag, "output_id": found.id} for tag in found.tags])
    for name in found.collections:
        query = select(collections.c.id).where(collections.c.name == name).order_by(collections.c.created).limit(1)
        collection_id = connection.execute(query).scalar()
        if collection_id is None:
            collection_id = secrets.token_hex(16)
            connection.execute(insert(collections).values(id=collection_id, name=name, created=now))
        values = {"collection_id": collection_id, "output_id": found.id, "added": now}
        connection.execute(insert(collection_outputs).values(**values))
