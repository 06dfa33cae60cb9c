"""What an app server learns within a moment of a batch that it follows, from another one, by PostgreSQL.

Between two looks at a batch lies an hour here: only a notice is faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from components.library.cluster.notices import LOST
from components.library.sheets.sheet_batches import UNDER_WAY, change_batch
from tests.wire.batches.batch_app import BatchApp, BatchServer, app_on, eventually
from tests.wire.loopback import Loopback

HOUR = 3600.0


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """A server that takes batches."""
    with Loopback() as loopback:
        yield BatchServer(loopback)


@pytest.fixture
def both(data_folder: Path, database: str, server: BatchServer, stack: ExitStack) -> tuple[BatchApp, BatchApp]:
    """Two app servers of one library."""
    one, other = (
        stack.enter_context(app_on(data_folder, server.server.base_url, pause=HOUR, database_url=database))
        for _ in range(2)
    )
    return one, other


def sent(app: BatchApp, server: BatchServer) -> str:
    """Send a sheet as a batch that the app has looked at once and rests until the next look; return the sheet."""
    sheet_id = app.send()
    app.until(sheet_id, lambda one: one.state == UNDER_WAY)
    eventually(lambda: server.count("GET", "/v1/batches/batch_1") == 1)
    eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
    return sheet_id


def test_a_batch_is_cancelled_at_any_server(both: tuple[BatchApp, BatchApp], server: BatchServer) -> None:
    """By its sheet, at the one that does not follow it."""
    app, other = both
    sheet_id = sent(app, server)
    other.batches.cancel(sheet_id, "ben")
    eventually(lambda: server.count("POST", "/v1/batches/batch_1/cancel") == 1)
    assert other.batch(sheet_id).cancelled_by == "ben"


def test_a_batch_is_cancelled_by_one_of_its_runs(both: tuple[BatchApp, BatchApp], server: BatchServer) -> None:
    """As from a run's own page."""
    app, other = both
    sheet_id = sent(app, server)
    other.runner.cancel(str(other.cells(sheet_id)[0].run_id), "ben")
    eventually(lambda: server.count("POST", "/v1/batches/batch_1/cancel") == 1)


def test_a_lost_notice_costs_one_look(both: tuple[BatchApp, BatchApp], server: BatchServer) -> None:
    """Once the connection for notices is there again, each batch is looked at."""
    app, _ = both
    sheet_id = sent(app, server)
    change_batch(app.library, app.batch(sheet_id).id, cancelled_by="ben")
    app.batches._take_notice(LOST, "")
    eventually(lambda: server.count("POST", "/v1/batches/batch_1/cancel") == 1)


def test_a_forgotten_connection_leaves_every_server(both: tuple[BatchApp, BatchApp], server: BatchServer) -> None:
    """The one that follows a batch by it drops the key too."""
    app, other = both
    sheet_id = sent(app, server)
    batch = app.batch(sheet_id)
    assert app.batches._connections.of(batch) is not None
    other.batches.forget("c1")
    eventually(lambda: app.batches._connections.of(batch) is None)
