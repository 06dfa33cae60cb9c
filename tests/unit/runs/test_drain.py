"""A stop that waits: runs under way come to their end, those that wait are not sent, and none begins."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from components.client.events import Sent
from components.runs import AppStopping
from tests.unit.runs.fake_client import DONE, SECONDS, Gate, RunnerHarness, arrives, png, saved


def test_what_was_sent_ends_by_itself_and_nothing_new_begins(harness: Callable[..., RunnerHarness]) -> None:
    """The run under way is saved as ever; the waiting one says that nothing was spent; a submission says why not."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE], [Sent(), DONE], runs_at_once=1)
    sent, waits = app.submit(), app.submit()
    assert gate.reached.wait(SECONDS)
    assert app.runner.accepts_runs
    draining = threading.Thread(target=app.runner.drain, args=(SECONDS, threading.Event()))
    draining.start()
    stored = app.end(waits)
    assert (stored.state, stored.error and stored.error["money"]) == ("interrupted", "nothing_spent")
    assert not app.runner.accepts_runs
    with pytest.raises(AppStopping):
        app.submit()
    assert draining.is_alive()
    gate.open()
    draining.join(SECONDS)
    view = app.end(sent)
    assert view.state == "done"
    assert saved(app.library, view, png(0))


@pytest.mark.parametrize("hurried", [True, False])
def test_what_does_not_end_in_time_is_interrupted(harness: Callable[..., RunnerHarness], *, hurried: bool) -> None:
    """After the seconds that were told, or at once when a second signal comes; it may have been billed."""
    gate, hurry = Gate(), threading.Event()
    app = harness([Sent(), gate, DONE])
    run_id = app.submit()
    assert gate.reached.wait(SECONDS)
    if hurried:
        hurry.set()
    draining = threading.Thread(target=app.runner.drain, args=(3600 if hurried else 0.1, hurry), daemon=True)
    draining.start()
    draining.join(SECONDS)
    assert not draining.is_alive(), "the run's gate is closed, so only the time or the signal ends it"
    app.runner.stop()
    view = app.end(run_id)
    assert (view.state, view.error and view.error["money"]) == ("interrupted", "may_be_billed")


def test_a_stop_waits_for_the_threads_of_cancelled_work(harness: Callable[..., RunnerHarness]) -> None:
    """They go on with what they do in the library, which is closed after the stop."""
    app, begun, go_on, order = harness([DONE]), threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        assert go_on.wait(SECONDS)
        order.append("work")

    def stop() -> None:
        app.runner.stop()
        order.append("stop")

    app.runner.spawn(asyncio.to_thread(work))
    assert begun.wait(SECONDS)
    stopping = threading.Thread(target=stop)
    stopping.start()
    stopping.join(0.5)  # as long as a stop takes that does not wait
    go_on.set()
    stopping.join(SECONDS)
    assert order == ["work", "stop"]
