"""The masks that edits were sent with, to start from one again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from components.library.db.schema import inputs, runs
from components.library.errors import explained

if TYPE_CHECKING:
    from components.library.store import Library

# Of so many edits the masks are looked at: most of a person's edits in a row have the same one.
LOOKED_AT = 200


@dataclass(frozen=True)
class StoredMask:
    """A mask as it was sent, `width` x `height` pixels, RGBA with alpha 0 where it was painted.

    `picture` is the SHA-256 of the first picture of its newest run, whose `prompt` and time in unix seconds these are.
    """

    sha256: str
    width: int
    height: int
    picture: str
    prompt: str
    created: float


def recent_masks(library: Library, limit: int = 12) -> list[StoredMask]:
    """The masks that were used last, newest first, each once. Raises LibraryUnavailable."""
    mask, picture = inputs.alias("mask"), inputs.alias("picture")
    query = (
        select(mask.c.sha256, mask.c.width, mask.c.height, picture.c.sha256, runs.c.prompt, runs.c.created)
        .select_from(runs)
        .join(mask, (mask.c.run_id == runs.c.id) & (mask.c.role == "mask"))
        .join(picture, (picture.c.run_id == runs.c.id) & (picture.c.role == "image") & (picture.c.position == 0))
        .where(runs.c.operation == "edit")
        .order_by(runs.c.created.desc(), runs.c.id.desc())
        .limit(LOOKED_AT)
    )
    with explained(library.folder), library.engine.connect() as connection:
        found: dict[str, StoredMask] = {}
        for row in connection.execute(query):
            found.setdefault(row[0], StoredMask(*row))
    return list(found.values())[:limit]
