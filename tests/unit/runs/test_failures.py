"""A run from its submission to its end, whatever the server and the person do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from components.client.errors import ConnectionLost, ModerationBlocked
from components.client.events import ResponseStarted, Sent
from components.runs import run_task as course_module
from tests.unit.runs.fake_client import DONE, SECONDS, Gate, RunnerHarness, arrives, ask, png, previews, saved


def test_a_failure_keeps_what_arrived(harness: Callable[..., RunnerHarness]) -> None:
    """An error in the middle is the run's end, with the images from before it."""
    app = harness([Sent(), ResponseStarted("req_9", 200), arrives(0, png(0)), ConnectionLost("The wire broke.")])
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert view.error is not None
    assert (view.error["kind"], view.error["money"]) == ("ConnectionLost", "may_be_billed")
    assert view.request_id == "req_9"
    assert saved(app.library, view, png(0))


def test_a_failure_at_once(harness: Callable[..., RunnerHarness]) -> None:
    """A refusal says what happened and what to do."""
    app = harness([Sent(), ModerationBlocked("No.", code="moderation_blocked")])
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["code"] == "moderation_blocked"
    assert view.error["next"]


def test_a_fault_of_the_app_ends_the_run_too(
    harness: Callable[..., RunnerHarness], caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected exception ends the run with an error, is logged, and the next run works."""
    app = harness([Sent(), ZeroDivisionError("oh")], [Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert "Internal error" in view.error["what"]
    assert "ZeroDivisionError" in caplog.text
    assert app.end(app.submit()).state == "done"


def test_cancel_while_it_runs(harness: Callable[..., RunnerHarness]) -> None:
    """Cancel leaves the server, keeps what arrived, and says that it may have been billed."""
    gate = Gate()
    app = harness([Sent(), arrives(0, png(0)), previews(1, png(5)), gate, DONE])
    run_id = app.submit(ask(2))
    assert gate.reached.wait(SECONDS)
    app.runner.cancel(run_id)
    view = app.end(run_id)
    assert view.state == "cancelled"
    assert view.error is not None
    assert (view.error["kind"], view.error["money"]) == ("Cancelled", "may_be_billed")
    assert saved(app.library, view, png(0))
    assert app.client.left == ["gpt-image-2"]
    assert list(app.library.staging.iterdir()) == []


def test_cancel_before_it_is_sent(harness: Callable[..., RunnerHarness]) -> None:
    """A run that waits for its slot is cancelled without being sent, and the others go on."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=1)
    first = app.submit()
    assert gate.reached.wait(SECONDS)
    second = app.submit()
    app.until(second, lambda view: view.waiting is not None)
    app.runner.cancel(second)
    view = app.end(second)
    assert view.state == "cancelled"
    assert view.error is not None
    assert view.error["money"] == "nothing_spent"
    gate.open()
    assert app.end(first).state == "done"
    assert len(app.client.requests) == 1


def test_cancel_in_the_moment_of_submission(harness: Callable[..., RunnerHarness]) -> None:
    """However soon after its submission, a run that is cancelled ends."""
    gate = Gate()
    app = harness([Sent(), gate, DONE], runs_at_once=100)
    for _ in range(20):
        hold, loop = threading.Event(), app.runner._loop
        loop.call_soon_threadsafe(hold.wait)  # so that submission and cancel meet in the loop at the same time
        run_id = app.submit()
        app.runner.cancel(run_id)
        hold.set()
        assert app.end(run_id).state == "cancelled"


def test_cancel_while_the_start_is_written(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is slow to write the start does not write it over the end."""
    writing, go_on = threading.Event(), threading.Event()
    app = harness([Sent(), Gate(), DONE])
    start, update = app.library.start_run, app.library.update_run

    def slow(run_id: str, started: float) -> bool:
        writing.set()
        assert go_on.wait(SECONDS)
        return start(run_id, started)

    def note(run_id: str, **values: Any) -> None:
        go_on.set()  # were the end written first, the start would come after it
        update(run_id, **values)

    monkeypatch.setattr(app.library, "start_run", slow)
    monkeypatch.setattr(app.library, "update_run", note)
    run_id = app.submit()
    assert writing.wait(SECONDS)
    app.runner.cancel(run_id)
    looked = threading.Timer(0.2, go_on.set)
    looked.start()
    assert app.end(run_id).state == "cancelled"
    looked.join()
    stored = app.library.run(run_id)
    assert stored is not None
    assert stored.state == "cancelled"


def test_cancel_again_and_again(harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch) -> None:
    """Impatient clicks on Cancel change nothing: the saving under way is waited for, then the run ends."""
    saving, go_on = threading.Event(), threading.Event()
    save = course_module.save_output

    def slow(*arguments: Any) -> Any:
        saving.set()
        assert go_on.wait(SECONDS)
        return save(*arguments)

    monkeypatch.setattr(course_module, "save_output", slow)
    app = harness([Sent(), arrives(0, png(0)), DONE])
    run_id = app.submit()
    assert saving.wait(SECONDS)
    for _ in range(3):
        app.runner.cancel(run_id)
    reached = threading.Event()
    app.runner._loop.call_soon_threadsafe(lambda: app.runner._loop.call_soon(reached.set))
    assert reached.wait(SECONDS)
    go_on.set()
    view = app.end(run_id)
    assert view.state == "cancelled"
    assert saved(app.library, view, png(0))


def test_cancel_after_the_end_changes_nothing(harness: Callable[..., RunnerHarness]) -> None:
    """Neither a run that has ended nor one that never was can be cancelled."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    run_id = app.submit()
    view = app.end(run_id)
    app.runner.cancel(run_id)
    app.runner.cancel("nobody")
    assert app.end(app.submit()).state == "done"
    assert app.runner.view(run_id) == view


@pytest.mark.parametrize("data", [b"", b"<html>Bad Gateway</html>", png(0)[:60]], ids=["empty", "html", "half"])
def test_what_is_not_an_image_is_said_and_kept(harness: Callable[..., RunnerHarness], data: bytes) -> None:
    """Bytes that are no image are an error in words; they can be had, and the good image is kept."""
    app = harness([Sent(), arrives(0, data), arrives(1, png(1)), DONE])
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["kind"] == "NotAnImageAnswer"
    assert view.error["what"].startswith("Image 1")
    assert [output.index for output in view.images] == [1]
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert path is not None
    assert path.read_bytes() == data


def test_stopping_the_app_interrupts(harness: Callable[..., RunnerHarness]) -> None:
    """When the app stops, what is under way ends as interrupted, sent or not, with what had arrived."""
    gate = Gate()
    app = harness([Sent(), arrives(0, png(0)), gate, DONE], runs_at_once=1)
    first = app.submit()
    assert gate.reached.wait(SECONDS)
    second = app.submit()
    app.runner.stop()
    one, two = app.library.run(first), app.library.run(second)
    assert one is not None
    assert two is not None
    assert (one.state, two.state) == ("interrupted", "interrupted")
    assert one.error is not None
    assert two.error is not None
    assert (one.error["money"], two.error["money"]) == ("may_be_billed", "nothing_spent")
    assert len(app.library.outputs(first)) == 1
    assert app.client.closed
