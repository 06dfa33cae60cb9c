"""A batch has one process at a time: only that one saves and ends it, and only that one keeps the key it goes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.library.sheets.sheet_batches import CREATING, ENDED, UNDER_WAY, change_batch, take_from
from components.runs.batches import batch_outcome
from components.runs.batches.batch_cells import end_batch
from tests.unit.runs.fake_client import png
from tests.wire.batches.batch_app import BatchServer, answered, app_on, eventually
from tests.wire.loopback import Loopback, error_answer


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """A server that takes batches."""
    with Loopback() as loopback:
        yield BatchServer(loopback)


def test_a_batch_that_came_back_to_its_process_is_not_ended_by_another(data_folder: Path, server: BatchServer) -> None:
    """The other had taken it over, and learns too late that the first one's call has returned: it is billed."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id = app.send()
        batch = app.until(sheet_id, lambda one: one.state == UNDER_WAY)
        eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
        stale = replace(batch, state=CREATING, process=other.library.process_lock.process)
        end_batch(other.library, stale, "", "", batch_outcome.NOT_LISTED)
        found = app.batch(sheet_id)
        assert (found.state, found.process, found.problem) == (UNDER_WAY, batch.process, "")
        assert {cell.state for cell in app.cells(sheet_id)} == {"running"}
        end_batch(app.library, found, "failed", "", "")
        assert {cell.state for cell in app.cells(sheet_id)} == {"failed"}
        assert app.batch(sheet_id).state == ENDED


def test_a_key_stays_only_where_its_batch_is_followed(data_folder: Path, server: BatchServer) -> None:
    """Another server that is offered it, or used it for a batch of its own, does not keep it."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id = app.send()
        app.until(sheet_id, lambda one: one.state == UNDER_WAY)
        server.server.answer(error_answer(401, message="Wrong key"), path="/v1/batches/batch_1")
        batch = app.until(sheet_id, lambda one: bool(one.problem))
        other.batches.offer([other.connection])
        assert app.batches._connections.of(batch) is not None
        assert other.batches._connections.of(batch) is None
        server.server.answer(error_answer(400, message="No batches"), path="/v1/batches")
        own = other.send()
        other.until(own, lambda one: one.state == ENDED)
        eventually(lambda: other.batches._connections.of(batch) is None)


def test_a_batch_without_its_key_is_taken_once(data_folder: Path, server: BatchServer) -> None:
    """Whoever takes it clears what it waits for at once, so that nobody takes it back before the first look."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id = app.send()
        batch = app.until(sheet_id, lambda one: one.state == UNDER_WAY)
        change_batch(app.library, batch.id, problem=batch_outcome.NEEDS_KEY, process="third")
        seen = app.batch(sheet_id)
        assert take_from(app.library, seen)
        assert not take_from(other.library, seen)
        assert app.batch(sheet_id).problem == ""
        change_batch(app.library, batch.id, process="third")  # back there, where it needs no key now
        assert not take_from(other.library, seen)


def test_what_a_server_has_lost_it_saves_no_more(
    data_folder: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that it downloaded before another one took the batch over are that one's to save."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        sheet_id = app.send()
        batch = app.until(sheet_id, lambda one: one.state == UNDER_WAY)
        eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
        real, received = app.runner.receive, []

        async def receive(run_id: str, *rest: object) -> None:
            received.append(run_id)
            change_batch(app.library, batch.id, process=other.library.process_lock.process)
            await real(run_id, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(app.runner, "receive", receive)
        server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(batch.run_ids)))
        server.status = "completed"
        eventually(lambda: bool(received) and not app.batches._wakes)
        assert len(received) == 1
        assert sorted(cell.state for cell in app.cells(sheet_id)) == ["done", "running"]
        assert app.batch(sheet_id).state == UNDER_WAY
