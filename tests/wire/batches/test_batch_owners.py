"""Batches of several app servers: each is saved and ended by one of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from components.library.sheets import sheet_batches as store
from components.library.sheets.sheet_batches import change_batch, find_batch
from components.runs.batches import batch_cells, batch_outcome
from tests.unit.runs.fake_client import png
from tests.wire.batches.batch_app import BatchServer, answered, app_on, eventually
from tests.wire.batches.test_batch_run import sent, server

__all__ = ["server"]


def test_a_batch_without_its_key_is_taken_once(data_folder: Path, server: BatchServer) -> None:
    """Of two servers that get its key at once; from then on it no longer says that it needs one."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id, _ = sent(app, server)
        change_batch(app.library, app.batch(sheet_id).id, problem=batch_outcome.NEEDS_KEY, process="third")
        seen = app.batch(sheet_id)
        assert store.take_from(app.library, seen)
        assert not store.take_from(other.library, seen)
        assert app.batch(sheet_id).problem == ""
        change_batch(app.library, seen.id, process="third")  # back, and not without its key
        assert not store.take_from(other.library, seen)


def test_a_server_keeps_no_key_for_batches_of_others(data_folder: Path, server: BatchServer) -> None:
    """A person's connection stays in the memory of the server that follows the batch, and of no other."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id, _ = sent(app, server)
        change_batch(app.library, app.batch(sheet_id).id, problem="The server is away.")
        other.batches.offer([other.connection])
        assert other.batches._connections._found == {}


def test_what_a_server_has_lost_it_saves_no_more(
    data_folder: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that it downloaded before another one took the batch over are that one's to save."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id, runs = sent(app, server)
        batch = app.batch(sheet_id)
        real, received = app.runner.receive, []

        async def receive(run_id: str, *rest: object) -> None:
            received.append(run_id)
            change_batch(app.library, batch.id, process=other.library.process_lock.process)
            await real(run_id, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(app.runner, "receive", receive)
        server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(runs)))
        server.status = "completed"
        eventually(lambda: not app.batches._wakes)
        assert len(received) == 1
        assert sorted(cell.state for cell in app.cells(sheet_id)) == ["done", "running"]
        assert app.batch(sheet_id).state == store.UNDER_WAY


def test_a_batch_that_was_accepted_late_is_not_ended_as_not_sent(data_folder: Path, server: BatchServer) -> None:
    """The server that created it has its answer after another one looked, and before that one's end of the batch."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        cells = batch_cells.in_batches(app.library, sheet_id := app.sheet(), [0, 1])[0]
        named = {"connection_id": "c1", "connection_name": "Loopback", "base_url": "", "owner": "anna"}
        batch = store.add_batch(app.library, cells, expires=time.time() + 60, sheet_id=sheet_id, **named)
        change_batch(other.library, batch.id, process=other.library.process_lock.process)
        store.note_accepted(app.library, batch.id, "batch_1", batch.expires)
        batch_cells.end_batch(other.library, batch, "", "", batch_outcome.NOT_SENT)
        found = find_batch(app.library, batch.id)
        assert found is not None
        assert (found.state, found.remote_id, found.problem) == (store.UNDER_WAY, "batch_1", "")
