"""The text in images: which images were not read yet, and what was found in them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select, update

from components.library.db.rows import stored_output
from components.library.db.schema import IS_ANSWER, IS_UNREAD, outputs
from components.library.errors import explained
from components.library.records import StoredOutput
from components.library.store import Library


def unread_outputs(library: Library, limit: int, without: Collection[str] = ()) -> list[StoredOutput]:
    """Return the newest images whose text nobody has read, without those of these SHA-256s.

    Those without pixels count as read.

    Raise LibraryUnavailable.
    """
    without_pixels = IS_UNREAD & or_(IS_ANSWER, outputs.c.format == "svg")
    query = (
        select(outputs)
        .where(IS_UNREAD, outputs.c.sha256.not_in(without))
        .order_by(outputs.c.created.desc())
        .limit(limit)
    )
    with explained(library.folder), library.engine.begin() as connection:
        if connection.execute(select(outputs.c.id).where(without_pixels).limit(1)).first() is not None:
            connection.execute(update(outputs).where(without_pixels).values(text_in_image=""))
        return [stored_output(row._mapping) for row in connection.execute(query)]


def store_text(library: Library, sha256: str, text: str) -> None:
    """Store the text of all images with this content. Raise LibraryUnavailable."""
    same = outputs.c.sha256 == sha256, IS_UNREAD
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(outputs).where(*same).values(text_in_image=text))
