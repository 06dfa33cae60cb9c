"""Tickets of procrastinate, each of which says only that a run waits.

Which run a worker takes, the worker decides with the database (`library.cluster.queue`). So a ticket that is executed
twice, late or never neither sends a run twice nor loses one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from components.library import Library
from components.library.errors import explained

if TYPE_CHECKING:
    import procrastinate

log = logging.getLogger(__name__)

QUEUE = "image_workbench"
TASK = "image_workbench.take_run"

_HAS_SCHEMA = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")


def prepare_schema(library: Library) -> None:
    """Create procrastinate's tables where there are none. Raise LibraryUnavailable."""
    from procrastinate import App, SyncPsycopgConnector

    from components.library.db.postgres import conninfo

    with explained(library.folder):
        if _has_schema(library):
            return
    with explained(library.folder), library.process_lock.exclusive():
        if _has_schema(library):
            return
        with App(
            connector=SyncPsycopgConnector(conninfo=conninfo(library.engine), min_size=1, max_size=1)
        ).open() as app:
            app.schema_manager.apply_schema()


def _has_schema(library: Library) -> bool:
    with library.engine.connect() as connection:
        return bool(connection.execute(_HAS_SCHEMA).scalar_one())


class Tickets:
    """Writes tickets, from any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._app: procrastinate.App | None = None

    def write(self) -> None:
        """Write a ticket. Any failure is only logged: the run is in the queue, and workers look there regularly too."""
        try:
            self._opened().configure_task(TASK, queue=QUEUE).defer()
        except Exception as problem:  # also the pool's, which procrastinate does not wrap; nobody may submit again
            log.warning("Could not notify workers of a run; one finds it within seconds: %s", type(problem).__name__)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._app is not None:
                self._app.close()
                self._app = None

    def _opened(self) -> procrastinate.App:
        with self._lock:
            if self._app is None:
                from procrastinate import App, SyncPsycopgConnector

                from components.library.db.postgres import conninfo

                address = conninfo(self._library.engine)
                app = App(connector=SyncPsycopgConnector(conninfo=address, min_size=1, max_size=2))
                try:
                    app.open()
                except BaseException:
                    app.close()  # ends the threads that try to connect
                    raise
                self._app = app
            return self._app


def worker_app(library: Library, take: Callable[[], Awaitable[None]]) -> procrastinate.App:
    """Return the app of a worker, which calls `take` for each ticket."""
    from procrastinate import App, PsycopgConnector

    from components.library.db.postgres import conninfo

    app = App(connector=PsycopgConnector(conninfo=conninfo(library.engine), min_size=1, max_size=4))

    @app.task(name=TASK, queue=QUEUE)
    async def take_run(**_: Any) -> None:
        await take()

    return app
