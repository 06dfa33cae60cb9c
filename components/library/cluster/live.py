"""What a run in progress shows and its row does not hold, kept where every app server can read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from components.library.cluster.notices import CHANGED, notify
from components.library.db.tables.cluster_tables import live_images, live_runs
from components.library.errors import explained
from components.library.store import Library

MOST_IMAGE_BYTES = 32_000_000  # of one preview


def show_live(
    library: Library, run_id: str, view: Mapping[str, Any], images: Mapping[str, bytes], tokens: list[str]
) -> None:
    """Replace what a run shows, add `images` by token, forget those not in `tokens`, and tell all processes."""
    values = {"run_id": run_id, "process": library.process_lock.process, "view": dict(view)}
    row = insert(live_runs).values(**values)
    row = row.on_conflict_do_update(index_elements=["run_id"], set_={"view": row.excluded.view})
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(row)
        for token, data in images.items():
            if len(data) <= MOST_IMAGE_BYTES:
                one = insert(live_images).values(run_id=run_id, token=token, data=data)
                connection.execute(one.on_conflict_do_nothing())
        stale = live_images.c.run_id == run_id, live_images.c.token.not_in(tokens)
        connection.execute(delete(live_images).where(*stale))
        notify(connection, CHANGED, run_id)


def forget_live(library: Library, run_id: str) -> None:
    """Forget what a run showed, now that its row says all, and tell all processes."""
    with explained(library.folder), library.engine.begin() as connection:
        for table in (live_runs, live_images):
            connection.execute(delete(table).where(table.c.run_id == run_id))
        notify(connection, CHANGED, run_id)


def live_view(library: Library, run_id: str) -> Mapping[str, Any] | None:
    """Return what a run of another process shows beside its row, or None."""
    query = select(live_runs.c.view).where(live_runs.c.run_id == run_id)
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return found if isinstance(found, Mapping) else None


def live_image(library: Library, run_id: str, token: str) -> bytes | None:
    """Return a preview of a run of another process, or None."""
    query = select(live_images.c.data).where(live_images.c.run_id == run_id, live_images.c.token == token)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one_or_none()
