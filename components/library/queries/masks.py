"""Masks of earlier edits, for reuse."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from components.library.db.schema import inputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle

# Newest edits that are searched. More than masks are shown, because consecutive edits often share a mask.
MAX_EDITS = 200


@dataclass(frozen=True)
class StoredMask:
    """A mask as it was sent, `width` x `height` pixels, RGBA with alpha 0 where it was painted.

    `image_sha256` is the first input image of its newest run; `prompt` and `created` (unix seconds) are of that run.
    """

    sha256: str
    width: int
    height: int
    image_sha256: str
    prompt: str
    created: float


def recent_masks(library: LibraryHandle, limit: int = 12) -> list[StoredMask]:
    """Return the most recently used masks, newest first, each once. Raise LibraryUnavailable."""
    mask, image = inputs.alias("mask"), inputs.alias("image")
    query = (
        select(mask.c.sha256, mask.c.width, mask.c.height, image.c.sha256, runs.c.prompt, runs.c.created)
        .select_from(runs)
        .join(mask, (mask.c.run_id == runs.c.id) & (mask.c.role == "mask"))
        .join(image, (image.c.run_id == runs.c.id) & (image.c.role == "image") & (image.c.position == 0))
        .where(runs.c.operation == "edit")
        .order_by(runs.c.created.desc(), runs.c.id.desc())
        .limit(MAX_EDITS)
    )
    with explained(library.folder), library.engine.connect() as connection:
        found: dict[str, StoredMask] = {}
        for row in connection.execute(query):
            found.setdefault(row[0], StoredMask(*row))
    return list(found.values())[:limit]
