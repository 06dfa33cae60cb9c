"""A run from its submission to its end, as it is when all goes well."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components.client import Connection
from components.client.events import Completed, ResponseStarted, RetryDue, Retrying, Sent, TextDelta, TextDone
from components.library import open_library
from components.parameters import InputImage, Request, cost, resolve
from components.runs import AppStopping, RunView, peers, text_stream
from components.runs.outcome import interrupted
from tests.unit.library.library_fixtures import crash
from tests.unit.runs.fake_client import (
    DONE,
    SECONDS,
    USAGE,
    Gate,
    RunnerHarness,
    Step,
    arrives,
    ask,
    png,
    previews,
    runner_harnesses,
    saved,
)


def question() -> Request:
    """A request for words."""
    image = InputImage(Path("in.png"), "in.png", "image/png", 1, 1, 1, "0" * 64)
    request = resolve("analyze", "gpt-6.1-terra", {"text": "what?"}, images=(image,))
    assert isinstance(request, Request), request
    return replace(request, images=())  # whose file there is none of


def test_a_run_goes_from_queued_to_done(harness: Callable[..., RunnerHarness]) -> None:
    """A run is stored before it is sent, its images before they are shown, and its end holds what came."""
    before, between = Gate(), Gate()
    app = harness(
        [before, Sent(), ResponseStarted("req_1", 200), arrives(1, png(1)), between, arrives(0, png(0)), DONE]
    )
    run_id = app.submit(ask(2))
    stored = app.library.run(run_id)
    assert stored is not None
    assert stored.state in {"queued", "running"}
    assert before.reached.wait(SECONDS)
    running = app.until(run_id, lambda view: view.state == "running")
    assert running.started is not None
    assert app.runner.live_views()[0].id == run_id
    before.open()
    view = app.until(run_id, lambda view: len(view.images) == 1)
    assert [output.index for output in view.images] == [1]
    assert app.library.outputs(run_id) == list(view.images)
    between.open()
    view = app.end(run_id)
    assert saved(app.library, view, png(0), png(1))
    assert (view.state, view.error, view.request_id, view.usage) == ("done", None, "req_1", USAGE)
    assert view.cost == Decimal("0.03005")
    assert view.answer == {"created": 1}
    assert view.ended is not None
    assert view.started is not None
    assert view.created <= view.started <= view.ended
    assert app.runner.live_views() == []


def test_the_author_of_an_svg_costs_as_well(harness: Callable[..., RunnerHarness]) -> None:
    """What the model that wrote the SVG used is counted apart by the server, and added."""
    svg_usage = {"model": "gpt-6.1-sol", "input_tokens": 1_000, "output_tokens": 2_000}
    app = harness([Sent(), arrives(0, png(0)), Completed("req_1", USAGE, {"created": 1, "svg_usage": svg_usage})])
    author = cost("gpt-6.1-sol", svg_usage)
    assert author is not None
    assert author > 0
    assert app.end(app.submit()).cost == Decimal("0.03005") + author


def test_the_built_in_engine_costs_nothing(harness: Callable[..., RunnerHarness]) -> None:
    """What the built-in engine counts is not money."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    engine = Connection("built-in", "Built in", "http://127.0.0.1:1/v1", source="built-in")
    view = app.end(app.submit(connection=engine))
    assert view.usage == USAGE
    assert view.cost is None


def test_the_same_image_twice_is_kept_once(harness: Callable[..., RunnerHarness]) -> None:
    """Equal images are two outputs of one file."""
    app = harness([Sent(), arrives(0, png(0)), arrives(1, png(0)), DONE])
    view = app.end(app.submit(ask(2)))
    assert saved(app.library, view, png(0), png(0))
    assert len(list(app.library.files.listing("original"))) == 1


def test_a_retry_is_shown(harness: Callable[..., RunnerHarness]) -> None:
    """While the client waits to try again, the view says until when and why; then no more."""
    gate, again = Gate(), Gate()
    app = harness(
        [Sent(), Retrying(30.0, "Too many requests"), gate, RetryDue(), Sent(), again, arrives(0, png(0)), DONE]
    )
    run_id = app.submit()
    view = app.until(run_id, lambda view: view.retry is not None)
    assert view.retry is not None
    assert view.started is not None
    assert view.retry.reason == "Too many requests"
    assert view.retry.until >= view.started + 30
    gate.open()
    assert again.reached.wait(SECONDS)
    assert app.until(run_id, lambda view: view.retry is None).state == "running"
    again.open()
    assert app.end(run_id).state == "done"


def test_a_run_that_others_settled_is_not_sent_again(harness: Callable[..., RunnerHarness]) -> None:
    """The process was taken for dead while it waited to try again: it stops, and the stored end stands."""
    gate, sent = Gate(), Gate()
    app = harness([Sent(), Retrying(30.0, "Too many requests"), gate, RetryDue(), sent, DONE])
    run_id = app.submit()
    assert gate.reached.wait(SECONDS)
    app.library.update_run(run_id, state="interrupted", ended=1.0)
    gate.open()
    assert app.end(run_id).state == "interrupted"
    assert not sent.reached.is_set()


def test_previews_come_and_go(harness: Callable[..., RunnerHarness]) -> None:
    """Of one image only the newest preview is there; at the end there is none, and no file is left."""
    one, two = Gate(), Gate()
    app = harness([Sent(), previews(0, png(7)), one, previews(1, png(8)), two, arrives(0, png(0)), DONE])
    run_id = app.submit(ask(partial_images=2))
    first = app.until(run_id, lambda view: bool(view.partials)).partials
    path = app.runner.partial(run_id, first[0].token)
    assert path is not None
    assert path.read_bytes() == png(7)
    one.open()
    second = app.until(run_id, lambda view: view.partials not in ((), first)).partials
    assert [partial.index for partial in second] == [0]
    newer = app.runner.partial(run_id, second[0].token)
    assert newer is not None
    assert newer.read_bytes() == png(8)
    assert not path.exists()
    two.open()
    assert app.end(run_id).state == "done"
    assert list(app.library.staging.iterdir()) == []
    assert app.runner.partial("nobody", "nothing") is None


def test_words_stream_in(harness: Callable[..., RunnerHarness]) -> None:
    """An answer in words grows while it comes, and is stored whole, as an output from the end on."""
    gate = Gate()
    app = harness([Sent(), TextDelta("A "), gate, TextDelta("fox"), TextDone("A fox."), DONE])
    run_id = app.submit(question())
    assert app.until(run_id, lambda view: bool(view.text)).text == "A "
    assert app.library.answer(run_id) is None
    gate.open()
    view = app.end(run_id)
    assert (view.text, view.images) == ("A fox.", ())
    assert app.library.answer(run_id) is not None


def test_words_that_came_before_a_stop_are_an_output(harness: Callable[..., RunnerHarness]) -> None:
    """What had arrived of an answer that a person stopped can be kept as a whole one can."""
    app = harness([Sent(), TextDelta("A fox"), Gate(), DONE])
    run_id = app.submit(question())
    app.until(run_id, lambda view: bool(view.text))
    app.runner.cancel(run_id)
    assert (app.end(run_id).state, app.end(run_id).text) == ("cancelled", "A fox")
    assert app.library.answer(run_id) is not None


def test_the_last_words_before_a_pause_are_reported(harness: Callable[..., RunnerHarness]) -> None:
    """Words that come right after others are reported too, though nothing follows them for long."""
    gate = Gate()
    app = harness([Sent(), TextDelta("A "), TextDelta("red "), TextDelta("fox"), gate, TextDone("A red fox."), DONE])
    run_id = app.submit(question())
    assert app.until(run_id, lambda view: view.text.endswith("fox")).text == "A red fox"
    gate.open()
    assert app.end(run_id).text == "A red fox."


def test_words_that_came_survive_a_crash(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long answer is written down while it comes, so that a crash leaves what there was."""
    monkeypatch.setattr(text_stream, "SAVE_DELAY", 0.0)
    gate, written = Gate(), threading.Event()
    app = harness([Sent(), TextDelta("A fox "), gate, TextDone("A fox runs."), DONE])
    update = app.library.update_run

    def note(run_id: str, **values: Any) -> None:
        update(run_id, **values)
        if "text" in values:
            written.set()

    monkeypatch.setattr(app.library, "update_run", note)
    run_id = app.submit(question())
    assert written.wait(SECONDS)
    stored = app.library.run(run_id)
    assert stored is not None
    assert (stored.state, stored.text) == ("running", "A fox ")
    gate.open()
    assert app.end(run_id).text == "A fox runs."


def test_words_that_are_noted_late_do_not_undo_the_end(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer whose last words come all at once is written down whole, not as it was a moment before."""
    monkeypatch.setattr(text_stream, "SAVE_DELAY", 0.0)
    ended = threading.Event()
    app = harness([Sent(), TextDelta("A fox "), TextDone("A fox runs."), DONE])
    update = app.library.update_run

    def write(run_id: str, **values: Any) -> None:
        if values.keys() == {"text"}:
            assert ended.wait(SECONDS)
        update(run_id, **values)
        if values.get("state") == "done":
            ended.set()

    monkeypatch.setattr(app.library, "update_run", write)
    run_id = app.submit(question())
    app.end(run_id)
    app.runner.stop()
    stored = app.library.run(run_id)
    assert stored is not None
    assert stored.text == "A fox runs."


def test_many_follow_one_run_from_loops_of_their_own(harness: Callable[..., RunnerHarness]) -> None:
    """Each follower, in whatever thread and loop, sees the end; one who leaves disturbs nobody."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE])
    run_id = app.submit()
    app.until(run_id, lambda view: view.state == "running")  # follows, and leaves early
    seen: list[list[str]] = []
    started = threading.Semaphore(0)

    def follow() -> None:
        async def listen() -> list[str]:
            states = []
            async with asyncio.timeout(SECONDS):
                async for view in app.runner.subscribe(run_id):
                    states.append(view.state)
                    started.release()
            return states

        seen.append(asyncio.run(listen()))

    threads = [threading.Thread(target=follow) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert started.acquire(timeout=SECONDS)
    gate.open()
    for thread in threads:
        thread.join(SECONDS)
    assert len(seen) == 5
    assert all(states[0] == "running" and states[-1] == "done" for states in seen)


def test_a_run_of_the_past_can_be_followed(harness: Callable[..., RunnerHarness]) -> None:
    """A run that is not in memory comes from the library; one that never was gives nothing."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    later = harness([DONE])
    again = later.until(view.id, lambda view: True)
    assert (again.state, again.images, again.cost, again.recipe) == (view.state, view.images, view.cost, view.recipe)

    async def nobody() -> list[RunView]:
        return [view async for view in later.runner.subscribe("nobody")]

    assert asyncio.run(nobody()) == []
    assert later.runner.view("nobody") is None


def test_a_run_of_another_process_can_be_followed(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who follows a run that another process works on sees its images come and its end."""
    monkeypatch.setattr(peers, "POLL_SECONDS", 0.01)
    gate = Gate()
    app = harness([Sent(), arrives(0, png(0)), gate, arrives(1, png(1)), DONE])
    run_id = app.submit(ask(2))
    other = harness([DONE])
    view = other.until(run_id, lambda view: len(view.images) == 1)
    assert view.state == "running"
    gate.open()
    view = other.until(run_id, lambda view: view.has_ended)
    assert (view.state, len(view.images)) == ("done", 2)


def test_a_run_of_another_process_is_seen_and_stopped(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at it in another process finds it under way, and a cancel there stops it where it is worked on."""
    monkeypatch.setattr(peers, "POLL_SECONDS", 0.01)
    gate = Gate()
    app = harness([Sent(), arrives(0, png(0)), gate, arrives(1, png(1)), DONE])
    run_id = app.submit(ask(2))
    app.until(run_id, lambda view: len(view.images) == 1)
    library = open_library(app.library.folder)
    with runner_harnesses(library) as build:
        other = build([DONE])
        assert [view.id for view in other.runner.live_views()] == [run_id]
        other.runner.cancel(run_id)
        view = other.until(run_id, lambda view: view.has_ended)
        assert (view.state, len(view.images)) == ("cancelled", 1)
        assert other.runner.live_views() == []
        other.runner.cancel(run_id)
    library.close()
    assert app.end(run_id).state == "cancelled"
    assert not list((app.library.folder / "processes").glob("*.cancel"))


def test_a_run_that_was_settled_while_it_waited_is_not_sent(harness: Callable[..., RunnerHarness]) -> None:
    """Another process took this one for dead and said that nothing was sent: that stays true."""
    gate = Gate()
    app = harness([Sent(), gate, DONE], runs_at_once=1)
    first, second = app.submit(), app.submit()
    app.until(first, lambda view: view.state == "running")
    error = interrupted(sent=False)
    app.library.update_run(second, state="interrupted", error=error, ended=1.0)
    gate.open()
    assert app.end(first).state == "done"
    view = app.end(second)
    assert (view.state, view.error) == ("interrupted", error)
    assert len(app.client.requests) == 1


def test_a_run_whose_process_died_is_ended_by_a_cancel(harness: Callable[..., RunnerHarness]) -> None:
    """Of a process that was killed beside this one nobody is left to ask: its run is interrupted."""
    app = harness([DONE])
    dead = open_library(app.library.folder)
    dead.begin_run("r1", ask(), connection_id="c1", connection_name="Test")
    crash(dead)
    assert [view.id for view in app.runner.live_views()] == ["r1"]
    app.runner.cancel("r1")
    assert app.runner.live_views() == []
    view = app.runner.view("r1")
    assert view is not None
    assert view.state == "interrupted"


def test_previews_of_several_images(harness: Callable[..., RunnerHarness]) -> None:
    """A preview stands at the first place without an image, never over one that has come."""
    one, two = Gate(), Gate()
    script: list[Step] = [previews(0, png(7)), one, arrives(0, png(0)), previews(0, png(8)), two, arrives(1, png(1))]
    app = harness([Sent(), *script, DONE])
    run_id = app.submit(ask(2, partial_images=1))
    assert [partial.index for partial in app.until(run_id, lambda view: bool(view.partials)).partials] == [0]
    one.open()
    view = app.until(run_id, lambda view: len(view.images) == 1 and bool(view.partials))
    assert two.reached.wait(SECONDS)
    view = app.until(run_id, lambda view: [partial.index for partial in view.partials] == [1])
    assert [output.index for output in view.images] == [0]
    two.open()
    assert app.end(run_id).state == "done"
    assert list(app.library.staging.iterdir()) == []


def test_nothing_begins_while_the_app_stops(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press in the moment of the stop is refused in words, before anything is sent; what was written says so."""
    app = harness([DONE])
    begin_run = app.library.begin_run

    def stopped_meanwhile(*args: Any, **kwargs: Any) -> Request:
        written = begin_run(*args, **kwargs)
        app.runner.stop()
        return written

    monkeypatch.setattr(app.library, "begin_run", stopped_meanwhile)
    with pytest.raises(AppStopping, match="is stopping"):
        app.submit()
    (run,) = app.library.recent()
    stored = app.library.run(run.id)
    assert stored is not None
    assert stored.error is not None
    assert (stored.state, stored.error["money"]) == ("interrupted", "nothing_spent")
    with pytest.raises(AppStopping):
        app.submit()
    app.runner.cancel(run.id)
    with pytest.raises(AppStopping):
        app.runner.call(asyncio.sleep(0), SECONDS)
    assert app.client.requests == []
    assert len(app.library.recent()) == 1
