"""A sheet's cells sent as one batch: the wire, errors, endings, crashes between the steps, restarts."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client.batches import calls
from components.library import Library, LibraryUnavailable, check_library
from components.library.sheets.sheet_batches import change_batch, change_own_batch, open_batches
from components.library.team.budget_store import save_budget, standings
from components.runs.batches import batch_cells, batch_outcome, batch_run
from components.team.budgets import Budget, Period, Scope
from tests.unit.runs.fake_client import png
from tests.wire.batches.batch_app import SECONDS, BatchApp, BatchServer, answered, app_on, eventually, refused
from tests.wire.client_fixtures import KEY
from tests.wire.loopback import Break, error_answer, json_answer


def sent(app: BatchApp, server: BatchServer) -> tuple[str, list[str]]:
    """Send a sheet and wait until the server has its batch; return the sheet and the runs."""
    sheet_id = app.send()
    batch = app.until(sheet_id, lambda one: one.state == "under_way")
    eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
    return sheet_id, list(batch.run_ids)


def test_the_wire_is_that_of_the_openai_package(app: BatchApp, server: BatchServer) -> None:
    """Upload and creation are the package's own, part by part; each line is the request without a stream."""
    _, runs = sent(app, server)
    upload, create = (one for one in server.server.requests if one.method == "POST")
    with openai.OpenAI(base_url=server.server.base_url, api_key=KEY) as client:
        client.files.create(file=("batch.jsonl", upload.form()[1].data, "application/jsonl"), purpose="batch")
        client.batches.create(**json.loads(create.body))
    theirs = [one for one in server.server.requests if one.method == "POST"][-2:]
    parts = [sorted((p.name, p.filename, p.content_type, p.data) for p in one.form()) for one in (upload, theirs[0])]
    assert parts[0] == parts[1]
    assert create.json() == theirs[1].json()
    assert create.headers["authorization"] == theirs[1].headers["authorization"]
    assert create.json()["metadata"] == {calls.MARK: open_batches(app.library)[0].id}
    lines = [json.loads(line) for line in upload.form()[1].data.splitlines()]
    assert [line["custom_id"] for line in lines] == runs
    assert {line["url"] for line in lines} == {"/v1/images/generations"}
    assert [line["body"]["prompt"] for line in lines] == ["A red fox", "A blue fox"]
    assert all("stream" not in line["body"] for line in lines)


def test_answers_and_errors_become_cells(app: BatchApp, server: BatchServer) -> None:
    """Lines in any order, strange ones among them: an image is stored with its usage, an error stays with its cell."""
    sheet_id, (first, second) = sent(app, server)
    again, foreign = answered(first, png(3)), answered("of somebody else", png(4))
    server.answer(b"no json", b"", foreign, answered(first, png(1)), again, b'{"custom_id": 5}')
    server.answer(refused(second), name="error")
    server.status = "completed"
    done, failed = app.ended(sheet_id)
    assert (done.state, failed.state) == ("done", "failed")
    assert done.cover is not None
    original = app.library.file("original", done.cover.sha256)
    assert original is not None
    assert original.read_bytes() == png(1)
    run = app.library.run(first)
    assert run is not None
    assert (run.request_id, (run.usage or {})["output_tokens"]) == ("req_9", 196)
    assert run.cost
    assert (failed.error or {})["what"] == "Refused by the safety system."
    assert check_library(app.library, thorough=True).is_clean
    assert not list(app.library.staging.iterdir())


def test_what_is_ready_is_taken_before_the_end(app: BatchApp, server: BatchServer) -> None:
    """The first image is there while the second is waited for."""
    sheet_id, (first, second) = sent(app, server)
    server.answer(answered(first, png(1)))
    server.counts["completed"] = 1
    eventually(lambda: app.cells(sheet_id)[0].state == "done")
    assert app.cells(sheet_id)[1].state == "running"
    server.answer(answered(first, png(1)), answered(second, png(2)))
    server.status = "completed"
    assert [cell.state for cell in app.ended(sheet_id)] == ["done", "done"]
    assert len(app.library.outputs(first)) == 1


@pytest.mark.parametrize(
    ("status", "state", "words", "money"),
    [
        ("expired", "failed", "within 24 hours. What was made before is billed and kept.", "nothing_spent"),
        ("cancelled", "cancelled", "What was made before is billed and kept.", "nothing_spent"),
        ("failed", "failed", "Line 2 is no request.", "nothing_spent"),
        ("completed", "failed", "without an answer for this cell", "may_be_billed"),
    ],
)
def test_endings(app: BatchApp, server: BatchServer, status: str, state: str, words: str, money: str) -> None:
    """What was done is kept; the other cell says what became of it and of the money."""
    sheet_id, (first, _) = sent(app, server)
    server.answer(answered(first, png(1)))
    server.more = {"errors": {"data": [{"message": "Line 2 is no request."}]}}
    server.status = status
    done, rest = app.ended(sheet_id)
    assert (done.state, rest.state) == ("done", state)
    assert words in (rest.error or {})["what"]
    assert (rest.error or {})["money"] == money


def test_a_cancel_from_a_run_cancels_the_batch(app: BatchApp, server: BatchServer) -> None:
    """The server is asked once; what it had done is kept, the rest says who cancelled."""
    sheet_id, (first, second) = sent(app, server)
    app.runner.cancel(second, by="anna")
    eventually(lambda: server.status == "cancelling")
    server.answer(answered(first, png(1)))
    server.status = "cancelled"
    done, rest = app.ended(sheet_id)
    assert (done.state, rest.state) == ("done", "cancelled")
    assert str((rest.error or {})["what"]).startswith("anna cancelled the batch before this was made.")
    assert server.count("POST", "/v1/batches/batch_1/cancel") == 1


@pytest.mark.parametrize("path", ["/v1/files", "/v1/batches"])
def test_a_server_without_batches(app: BatchApp, server: BatchServer, path: str) -> None:
    """The cells are as if never sent; sent again, one by one or as a batch, each has one run."""
    server.server.answer(error_answer(404, message="Not found"), path=path)
    sheet_id = app.send()
    assert [cell.state for cell in app.ended(sheet_id)] == ["waiting", "waiting"]
    assert app.batch(sheet_id).problem.startswith("This server takes no batches. Nothing was sent")
    before = [cell.run_id for cell in app.cells(sheet_id)]
    BatchServer(server.server)
    app.batches.start(sheet_id, app.connection, [0, 1])
    eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
    assert [cell.run_id for cell in app.cells(sheet_id)] == before


def test_a_lost_answer_to_the_creation_makes_no_second_batch(app: BatchApp, server: BatchServer) -> None:
    """The batch is found by its mark."""
    server.server.answer(
        lambda got: (server.created.append(got.json()), [Break()])[1],  # type: ignore[func-returns-value]
        server._batches,
        path="/v1/batches",
    )
    sheet_id = app.send()
    app.until(sheet_id, lambda one: one.state == "under_way")
    assert server.count("POST", "/v1/batches") == 1
    server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(app.batch(sheet_id).run_ids)))
    server.status = "completed"
    assert [cell.state for cell in app.ended(sheet_id)] == ["done", "done"]


def test_a_restart_goes_on_by_itself(data_folder: Path, server: BatchServer) -> None:
    """A batch under way is taken up by the app's own connections, and its results come."""
    with app_on(data_folder, server.server.base_url) as app:
        sheet_id, runs = sent(app, server)
    server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(runs)))
    server.status = "completed"
    with app_on(data_folder, server.server.base_url) as app:
        assert [cell.state for cell in app.cells(sheet_id)] == ["running", "running"]
        app.batches.resume(lambda: [app.connection])
        assert [cell.state for cell in app.ended(sheet_id)] == ["done", "done"]
        assert server.count("POST", "/v1/batches") == 1


def test_after_a_restart_a_lost_key_is_asked_for(data_folder: Path, server: BatchServer) -> None:
    """The runs wait and say so; another server's connection of the same id is not taken, the right one is."""
    with app_on(data_folder, server.server.base_url) as app:
        sheet_id, runs = sent(app, server)
    server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(runs)))
    server.status = "completed"
    with app_on(data_folder, "http://127.0.0.1:9/v1") as app:
        app.batches.resume(lambda: [app.connection])
        app.until(sheet_id, lambda one: one.problem == batch_outcome.NEEDS_KEY)
        app.batches.offer([app.connection])
        assert [cell.state for cell in app.cells(sheet_id)] == ["running", "running"]
    with app_on(data_folder, server.server.base_url) as app:
        app.batches.resume(list)
        app.until(sheet_id, lambda one: one.problem == batch_outcome.NEEDS_KEY)
        app.batches.offer([app.connection])
        assert [cell.state for cell in app.ended(sheet_id)] == ["done", "done"]


def test_without_the_key_a_batch_can_be_given_up(data_folder: Path, server: BatchServer) -> None:
    """Its cells end, and may have been billed."""
    with app_on(data_folder, server.server.base_url) as app:
        sheet_id, _ = sent(app, server)
    with app_on(data_folder, server.server.base_url) as app:
        app.batches.resume(list)
        app.batches.cancel(sheet_id, "anna")
        cells = app.ended(sheet_id)
        assert {cell.state for cell in cells} == {"cancelled"}
        assert (cells[0].error or {})["money"] == "may_be_billed"


@pytest.mark.parametrize(
    ("state", "is_there", "end", "problem"),
    [
        ("new", False, "waiting", batch_outcome.NOT_SENT),
        ("creating", False, "waiting", batch_outcome.NOT_LISTED),
        ("creating", True, "running", ""),
    ],
)
def test_a_crash_between_the_steps(
    data_folder: Path, server: BatchServer, state: str, is_there: bool, end: str, problem: str
) -> None:
    """What was never created is as if never sent; what the server has is found. Nothing is created twice."""
    with app_on(data_folder, server.server.base_url) as app:
        # The app dies after this write: nothing is spawned.
        app.batches._spawn = lambda work: work.close()  # type: ignore[method-assign]
        sheet_id = app.send()
        batch = app.batch(sheet_id)
        from components.runs.batches.batch_cells import claim

        claim(app.library, batch, "")
        change_batch(app.library, batch.id, state=state)
    if is_there:
        server.created.append({"metadata": {calls.MARK: batch.id}})
    with app_on(data_folder, server.server.base_url) as app:
        app.batches.resume(lambda: [app.connection])
        if is_there:
            app.until(sheet_id, lambda one: one.state == "under_way")
            eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {end})
        else:
            assert {cell.state for cell in app.ended(sheet_id)} == {end}
            assert app.batch(sheet_id).problem == problem
        assert server.count("POST", "/v1/batches") == 0
        assert [cell.run_id for cell in app.cells(sheet_id)] == list(batch.run_ids)


@pytest.mark.parametrize("step", ["claim", "upload"])
def test_an_app_that_was_taken_for_dead_sends_nothing(
    data_folder: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before it created the batch another app has said that nothing was sent, and the cells were sent again."""
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        here, go_on, has_left = threading.Event(), threading.Event(), threading.Event()
        where = (batch_cells, "claim") if step == "claim" else (calls, "write_lines")
        real = getattr(*where)

        def stalled(library: Any, *rest: Any) -> Any:
            if not here.is_set():
                here.set()
                assert go_on.wait(10 * SECONDS)  # longer than all that the other app is waited for meanwhile
            return real(library, *rest)

        end = app.batches._end

        async def leave(*values: Any, **named: Any) -> None:
            await end(*values, **named)
            has_left.set()

        monkeypatch.setattr(*where, stalled)
        monkeypatch.setattr(app.batches, "_end", leave)
        sheet_id = app.send()
        assert here.wait(SECONDS)
        alive = frozenset({other.library.process_lock.process})
        monkeypatch.setattr(other.library.process_lock, "alive_and_dead", lambda: (alive, ()))
        other.batches.resume(lambda: [other.connection])
        assert {cell.state for cell in other.ended(sheet_id)} == {"waiting"}
        assert other.batch(sheet_id).problem == batch_outcome.NOT_SENT
        positions = [cell.position for cell in other.cells(sheet_id)]
        other.batches.start(sheet_id, other.connection, positions, owner="anna")
        batch = other.until(sheet_id, lambda one: one.state == "under_way")
        eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
        go_on.set()
        assert has_left.wait(SECONDS)
        assert server.count("POST", "/v1/batches") == 1
        server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(batch.run_ids)))
        server.status = "completed"
        assert [cell.state for cell in other.ended(sheet_id)] == ["done", "done"]
        assert [len(other.library.outputs(run_id)) for run_id in batch.run_ids] == [1, 1]


def test_a_key_that_comes_to_another_app_is_enough(
    data_folder: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app that follows the batch lacks its key; the one that gets it goes on, alone."""
    with app_on(data_folder, server.server.base_url) as app:
        sheet_id, runs = sent(app, server)
    server.answer(*(answered(run_id, png(seed)) for seed, run_id in enumerate(runs)))
    with app_on(data_folder, server.server.base_url) as app, app_on(data_folder, server.server.base_url) as other:
        app.batches.resume(list)
        app.until(sheet_id, lambda one: one.problem == batch_outcome.NEEDS_KEY)
        other.batches.offer([other.connection])
        eventually(lambda: not app.batches._wakes)
        server.status = "completed"
        assert [cell.state for cell in other.ended(sheet_id)] == ["done", "done"]
        assert [len(other.library.outputs(run_id)) for run_id in runs] == [1, 1]


def test_a_server_that_does_not_list_leaves_it_unknown(data_folder: Path, server: BatchServer) -> None:
    """The person is told that it may be billed."""
    server.server.answer([Break()], error_answer(405, message="no list"), path="/v1/batches")
    with app_on(data_folder, server.server.base_url) as app:
        sheet_id = app.send()
        assert {cell.state for cell in app.ended(sheet_id)} == {"waiting"}
        assert app.batch(sheet_id).problem == batch_outcome.UNKNOWN
        assert server.count("POST", "/v1/batches") == 1


def test_a_batch_that_the_server_lost(app: BatchApp, server: BatchServer) -> None:
    """After three answers that it is not there, its cells end."""
    sheet_id, _ = sent(app, server)
    server.server.answer(error_answer(404, message="No batch found"), path="/v1/batches/batch_1")
    cells = app.ended(sheet_id)
    assert {cell.state for cell in cells} == {"failed"}
    assert (cells[0].error or {})["what"] == "The server does not know this batch any more."


def test_a_failing_look_is_repeated(app: BatchApp, server: BatchServer) -> None:
    """The problem is told, and gone with the next answer; the key is in neither."""
    sheet_id, _ = sent(app, server)
    server.server.answer(error_answer(401, message=f"Wrong key {KEY}"), path="/v1/batches/batch_1")
    problem = app.until(sheet_id, lambda one: bool(one.problem)).problem
    assert problem.startswith("The key was not accepted")
    assert KEY not in problem
    server.server.answer(json_answer(server.batch()), path="/v1/batches/batch_1")
    app.until(sheet_id, lambda one: not one.problem)


def test_server_and_library_are_away_together(
    app: BatchApp, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is looked at again, though the failure itself could not be noted."""
    sheet_id, _ = sent(app, server)
    away: list[str] = []

    def once(library: Library, batch_id: str, **values: Any) -> bool:
        if not away:
            away.append(batch_id)
            raise LibraryUnavailable("The database is away.", "")
        return change_own_batch(library, batch_id, **values)

    monkeypatch.setattr(batch_run.store, "change_own_batch", once)
    server.server.answer(error_answer(503, message="away"), path="/v1/batches/batch_1")
    app.until(sheet_id, lambda one: bool(one.problem))
    assert away


def test_a_forgotten_connection_is_used_no_more(app: BatchApp, server: BatchServer) -> None:
    """Its key is gone at once; the batch waits for it. Meanwhile its runs stand at their sheet, not in the queue."""
    sheet_id, _ = sent(app, server)
    assert app.runner.live_views() == []
    app.batches.forget("c1")
    app.until(sheet_id, lambda one: one.problem == batch_outcome.NEEDS_KEY)
    looks = server.count("GET", "/v1/batches/batch_1")
    app.batches.cancel(sheet_id)
    app.ended(sheet_id)
    assert server.count("GET", "/v1/batches/batch_1") == looks


def test_no_key_is_kept_longer_than_a_batch(app: BatchApp, server: BatchServer) -> None:
    """With the end of the last batch of a connection its key is gone from memory."""
    sheet_id, _ = sent(app, server)
    server.status = "cancelled"
    app.ended(sheet_id)
    eventually(lambda: not app.batches._connections._found)


def test_a_budget_holds_before_a_batch_is_sent(app: BatchApp, server: BatchServer) -> None:
    """All of it is reserved before anything is uploaded; what does not fit is not sent, and reserves nothing."""
    app.connection = replace(app.connection, id="team:x", source="team")
    save_budget(app.library, Budget(Scope.TEAM, "", Period.DAY, None, 1))
    sheet_id = app.send()
    assert "left of the team's budget" in app.until(sheet_id, lambda one: one.state == "ended").problem
    assert not server.server.requests
    save_budget(app.library, Budget(Scope.TEAM, "", Period.DAY, None, 1_000_000))
    assert standings(app.library, None, None)[0].used == 0
    sheet_id, (first, second) = sent(app, server)
    (held,) = standings(app.library, None, None)
    assert held.reserved > 0
    server.answer(answered(first, png(1)), refused(second))
    server.status = "completed"
    app.ended(sheet_id)
    (held,) = standings(app.library, None, None)
    assert (held.reserved, held.spent > 0) == (0, True)
