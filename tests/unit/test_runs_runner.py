"""A run from its submission to its end, whatever the server, the disk and the person do."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from components.client import Connection
from components.client.errors import ConnectionLost, ModerationBlocked
from components.client.events import AnswerStarted, Completed, Retrying, Sent, TextDelta, TextDone
from components.images import probe
from components.library import Library, LibraryUnavailable
from components.parameters import InputImage, Request, resolve
from components.runs import Runner, RunView, pacing
from components.runs import course as course_module
from components.runs.pacing import Pace
from components.settings import Settings
from tests.unit.fake_client import FakeClient, Gate, Step, arrives, png, previews

SERVER = Connection("c1", "Test server")
USAGE = {"input_tokens": 10, "output_tokens": 1000, "input_tokens_details": {"text_tokens": 10, "image_tokens": 0}}
DONE = Completed("req_1", USAGE, {"created": 1})
SECONDS = 20.0


def ask(n: int = 1, **raw: Any) -> Request:
    """A request for pictures."""
    request = resolve("generate", "gpt-image-2", {"prompt": "a fox", "n": n, **raw})
    assert isinstance(request, Request), request
    return request


def question() -> Request:
    """A request for words."""
    picture = InputImage(Path("in.png"), "in.png", "image/png", 1, 1, 1, "0" * 64)
    request = resolve("analyze", "gpt-6.1-terra", {"text": "what?"}, images=(picture,))
    assert isinstance(request, Request), request
    return request


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """An open library of the test's own."""
    opened = Library.open(data_folder)
    yield opened
    opened.close()


class House:
    """A runner with a fake client, and ways to wait for what it does."""

    def __init__(self, library: Library, client: FakeClient, **settings: Any) -> None:
        self.library = library
        self.client = client
        self.runner = Runner(library, client, Settings(**settings))  # type: ignore[arg-type]
        self.runner.start()

    def submit(self, request: Request | None = None, connection: Connection = SERVER) -> str:
        """Start a run."""
        return self.runner.submit(connection, request or ask())

    def until(self, run_id: str, seen: Callable[[RunView], bool]) -> RunView:
        """The first view of a run that a condition holds for, followed from a loop of our own."""

        async def follow() -> RunView:
            async with asyncio.timeout(SECONDS):
                async for view in self.runner.subscribe(run_id):
                    if seen(view):
                        return view
            raise AssertionError(f"never so; the end was {self.runner.view(run_id)}")

        return asyncio.run(follow())

    def end(self, run_id: str) -> RunView:
        """A run's last view, which the library must hold as well."""
        view = self.until(run_id, lambda view: view.has_ended)
        stored = self.library.run(run_id)
        assert stored is not None
        assert (stored.state, stored.error, stored.cost, stored.text) == (view.state, view.error, view.cost, view.text)
        assert [one.id for one in self.library.outputs(run_id)] == [one.id for one in view.images]
        assert not view.partials
        assert view.retry is None
        assert view.waiting is None
        return view


@pytest.fixture
def house(library: Library) -> Iterator[Callable[..., House]]:
    """Makes houses from scripts; stops them all at the end."""
    houses: list[House] = []

    def build(*scripts: list[Step], **settings: Any) -> House:
        houses.append(House(library, FakeClient(*scripts), **settings))
        return houses[-1]

    yield build
    for one in houses:
        one.runner.stop()
    # A second stop does nothing.
    for one in houses:
        one.runner.stop()


def saved(library: Library, view: RunView, *pictures: bytes) -> bool:
    """Whether a run's pictures are these, whole, with thumbnails, under the names of their bytes."""
    for output, data in zip(view.images, pictures, strict=True):
        path = library.file("original", output.sha256)
        assert path is not None
        assert path.read_bytes() == data
        assert output.sha256 == hashlib.sha256(data).hexdigest() == path.stem
        assert (output.format, output.width, output.height, output.bytes) == ("png", 40, 30, len(data))
        assert library.file("thumbnail", output.sha256) is not None
    assert library.check() == []
    return True


def test_a_run_goes_from_queued_to_done(house: Callable[..., House]) -> None:
    """A run is stored before it is sent, its pictures before they are shown, and its end holds what came."""
    before, between = Gate(), Gate()
    app = house([before, Sent(), AnswerStarted("req_1", 200), arrives(1, png(1)), between, arrives(0, png(0)), DONE])
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


def test_the_built_in_engine_costs_nothing(house: Callable[..., House]) -> None:
    """What the built-in engine counts is not money."""
    app = house([Sent(), arrives(0, png(0)), DONE])
    engine = Connection("built-in", "Built in", "http://127.0.0.1:1/v1", source="built-in")
    view = app.end(app.submit(connection=engine))
    assert view.usage == USAGE
    assert view.cost is None


def test_the_same_picture_twice_is_kept_once(house: Callable[..., House]) -> None:
    """Equal pictures are two outputs of one file."""
    app = house([Sent(), arrives(0, png(0)), arrives(1, png(0)), DONE])
    view = app.end(app.submit(ask(2)))
    assert saved(app.library, view, png(0), png(0))
    assert len(list((app.library.folder / "originals").glob("*/*"))) == 1


def test_a_failure_keeps_what_arrived(house: Callable[..., House]) -> None:
    """An error in the middle is the run's end, with the pictures from before it."""
    app = house([Sent(), AnswerStarted("req_9", 200), arrives(0, png(0)), ConnectionLost("The wire broke.")])
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert view.error is not None
    assert (view.error["kind"], view.error["money"]) == ("ConnectionLost", "may_be_billed")
    assert view.request_id == "req_9"
    assert saved(app.library, view, png(0))


def test_a_failure_at_once(house: Callable[..., House]) -> None:
    """A refusal says what happened and what to do."""
    app = house([Sent(), ModerationBlocked("No.", code="moderation_blocked")])
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["code"] == "moderation_blocked"
    assert view.error["next"]


def test_a_fault_of_the_app_ends_the_run_too(house: Callable[..., House], caplog: pytest.LogCaptureFixture) -> None:
    """An exception that nobody thought of ends the run in words, is logged, and the next run works."""
    app = house([Sent(), ZeroDivisionError("oh")], [Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert "mistake" in view.error["what"]
    assert "ZeroDivisionError" in caplog.text
    assert app.end(app.submit()).state == "done"


def test_cancel_while_it_runs(house: Callable[..., House]) -> None:
    """Cancel leaves the server, keeps what arrived, and says that it may have been billed."""
    gate = Gate()
    app = house([Sent(), arrives(0, png(0)), previews(1, png(5)), gate, DONE])
    run_id = app.submit(ask(2))
    assert gate.reached.wait(SECONDS)
    app.runner.cancel(run_id)
    view = app.end(run_id)
    assert view.state == "cancelled"
    assert view.error is not None
    assert (view.error["kind"], view.error["money"]) == ("Cancelled", "may_be_billed")
    assert saved(app.library, view, png(0))
    assert app.client.left == ["gpt-image-2"]
    assert list(app.library.scratch.iterdir()) == []


def test_cancel_before_it_is_sent(house: Callable[..., House]) -> None:
    """A run that waits for its turn is cancelled without being sent, and the others go on."""
    gate = Gate()
    app = house([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=1)
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
    assert len(app.client.asked) == 1


def test_cancel_in_the_moment_of_submission(house: Callable[..., House]) -> None:
    """However soon after its submission, a run that is cancelled ends."""
    gate = Gate()
    app = house([Sent(), gate, DONE], runs_at_once=100)
    for _ in range(20):
        hold, loop = threading.Event(), app.runner._loop
        loop.call_soon_threadsafe(hold.wait)  # so that submission and cancel meet in the loop at the same time
        run_id = app.submit()
        app.runner.cancel(run_id)
        hold.set()
        assert app.end(run_id).state == "cancelled"


def test_cancel_again_and_again(house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> None:
    """Impatient clicks on Cancel change nothing: the saving under way is waited for, then the run ends."""
    saving, go_on = threading.Event(), threading.Event()
    save = course_module.save_output

    def slow(*arguments: Any) -> Any:
        saving.set()
        assert go_on.wait(SECONDS)
        return save(*arguments)

    monkeypatch.setattr(course_module, "save_output", slow)
    app = house([Sent(), arrives(0, png(0)), DONE])
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


def test_cancel_after_the_end_changes_nothing(house: Callable[..., House]) -> None:
    """Neither a run that has ended nor one that never was can be cancelled."""
    app = house([Sent(), arrives(0, png(0)), DONE])
    run_id = app.submit()
    view = app.end(run_id)
    app.runner.cancel(run_id)
    app.runner.cancel("nobody")
    assert app.end(app.submit()).state == "done"
    assert app.runner.view(run_id) == view


def test_a_connection_works_on_so_many_runs_at_once(house: Callable[..., House]) -> None:
    """Runs above the limit wait, saying so; each connection has a limit of its own."""
    gate = Gate()
    app = house([Sent(), gate, arrives(0, png(0)), DONE], runs_at_once=2)
    first, second = app.submit(), app.submit()
    app.until(first, lambda view: view.state == "running")
    app.until(second, lambda view: view.state == "running")
    third = app.submit()
    waiting = app.until(third, lambda view: view.waiting is not None)
    assert waiting.state == "queued"
    assert waiting.waiting is not None
    assert "2 runs at once" in waiting.waiting
    other = app.submit(connection=Connection("c2", "Other server"))
    app.until(other, lambda view: view.state == "running")
    gate.open()
    assert [app.end(run).state for run in (first, second, third, other)] == ["done"] * 4


class FakeTime:
    """A clock that goes on only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        """The time now."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Go on by that much, at once."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("per_minute", "images", "starts"),
    [
        (5, [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 60]),
        (5, [3, 3, 2, 1], [0, 60, 60, 120]),
        (5, [10, 10], [0, 60]),
        (2, [1, 1, 1, 1, 1], [0, 0, 60, 60, 120]),
        (0, [10, 10, 10], [0, 0, 0]),
    ],
)
def test_pacing(per_minute: int, images: list[int], starts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """No more images than the limit start within any minute; a run larger than the limit starts alone."""
    time = FakeTime()
    monkeypatch.setattr(pacing.asyncio, "sleep", time.sleep)
    told: list[str | None] = []

    async def go() -> list[float]:
        pace = Pace(4, per_minute, clock=time.clock)
        begun = []
        for count in images:
            async with pace.turn(count, told.append):
                begun.append(time.now - 1000)
        return begun

    assert asyncio.run(go()) == starts
    assert told[-1] is None
    waits = [one for one in told if one]
    assert len(waits) == len(time.slept) == sum(later > sooner for sooner, later in pairwise(starts))
    assert all(f"{per_minute} images a minute" in one for one in waits)


def test_a_minute_that_is_full_is_told(house: Callable[..., House]) -> None:
    """A run that waits for the minute says how long, and can be cancelled."""
    app = house([Sent(), arrives(0, png(0)), DONE], images_per_minute=1)
    assert app.end(app.submit()).state == "done"
    second = app.submit()
    view = app.until(second, lambda view: view.waiting is not None)
    assert view.waiting is not None
    assert "1 images a minute" in view.waiting
    app.runner.cancel(second)
    assert app.end(second).state == "cancelled"


def test_a_retry_is_shown(house: Callable[..., House]) -> None:
    """While the client waits to try again, the view says until when and why; then no more."""
    gate, again = Gate(), Gate()
    app = house([Sent(), Retrying(1, 30.0, "Too many requests"), gate, Sent(), again, arrives(0, png(0)), DONE])
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


def test_previews_come_and_go(house: Callable[..., House]) -> None:
    """Of one picture only the newest preview is there; at the end there is none, and no file is left."""
    one, two = Gate(), Gate()
    app = house([Sent(), previews(0, png(7)), one, previews(1, png(8)), two, arrives(0, png(0)), DONE])
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
    assert list(app.library.scratch.iterdir()) == []
    assert app.runner.partial("nobody", "nothing") is None


def test_words_stream_in(house: Callable[..., House]) -> None:
    """An answer in words grows while it comes, and is stored whole."""
    gate = Gate()
    app = house([Sent(), TextDelta("A "), gate, TextDelta("fox"), TextDone("A fox."), DONE])
    request = question()
    object.__setattr__(request, "images", ())
    run_id = app.submit(request)
    assert app.until(run_id, lambda view: bool(view.text)).text == "A "
    gate.open()
    assert app.end(run_id).text == "A fox."


def test_many_follow_one_run_from_loops_of_their_own(house: Callable[..., House]) -> None:
    """Each follower, in whatever thread and loop, sees the end; one who leaves disturbs nobody."""
    gate = Gate()
    app = house([Sent(), gate, arrives(0, png(0)), DONE])
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


def test_a_run_of_the_past_can_be_followed(house: Callable[..., House]) -> None:
    """A run that is not in memory comes from the library; one that never was gives nothing."""
    app = house([Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    later = house([DONE])
    again = later.until(view.id, lambda view: True)
    assert (again.state, again.images, again.cost, again.asked) == (view.state, view.images, view.cost, view.asked)

    async def nobody() -> list[RunView]:
        return [view async for view in later.runner.subscribe("nobody")]

    assert asyncio.run(nobody()) == []
    assert later.runner.view("nobody") is None


def full_disk(*_: Any) -> None:
    """What a full disk says."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_offers_the_picture_from_memory(
    house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that cannot be filed can still be had from the page; the run says that the disk is full."""
    gate = Gate()
    app = house([Sent(), gate, arrives(0, png(0)), DONE])
    run_id = app.submit()
    assert gate.reached.wait(SECONDS)
    monkeypatch.setattr(os, "replace", full_disk)
    gate.open()
    view = app.end(run_id)
    monkeypatch.undo()
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["kind"] == "NotSaved"
    assert "full" in view.error["what"]
    path = app.runner.unsaved(run_id, view.unsaved[0].token)
    assert path is not None
    assert path.read_bytes() == png(0)
    assert app.library.check() == []


def test_a_full_disk_at_the_thumbnail(house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full already when the thumbnail is written is no mistake of the app either."""
    monkeypatch.setattr(probe, "_write_thumbnail", full_disk)
    app = house([Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    assert view.error is not None
    assert view.error["kind"] == "NotSaved"
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert path is not None
    assert path.read_bytes() == png(0)


def test_previews_of_several_pictures(house: Callable[..., House]) -> None:
    """A preview stands at the first place without a picture, never over one that has come."""
    one, two = Gate(), Gate()
    script: list[Step] = [previews(0, png(7)), one, arrives(0, png(0)), previews(0, png(8)), two, arrives(1, png(1))]
    app = house([Sent(), *script, DONE])
    run_id = app.submit(ask(2, partial_images=1))
    assert [partial.index for partial in app.until(run_id, lambda view: bool(view.partials)).partials] == [0]
    one.open()
    view = app.until(run_id, lambda view: len(view.images) == 1 and bool(view.partials))
    assert two.reached.wait(SECONDS)
    view = app.until(run_id, lambda view: [partial.index for partial in view.partials] == [1])
    assert [output.index for output in view.images] == [0]
    two.open()
    assert app.end(run_id).state == "done"
    assert list(app.library.scratch.iterdir()) == []


def test_a_database_that_refuses_offers_the_picture_too(house: Callable[..., House]) -> None:
    """When the file was filed and its row was not, the picture is still offered."""
    app = house([Sent(), arrives(0, png(0)), arrives(1, png(1)), DONE])
    with app.library.engine.begin() as connection:
        refuse = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        connection.execute(sql(f"CREATE TRIGGER t BEFORE INSERT ON outputs WHEN NEW.position = 0 {refuse}"))
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert [output.index for output in view.images] == [1]
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert path is not None
    assert path.read_bytes() == png(0)


@pytest.mark.parametrize("data", [b"", b"<html>Bad Gateway</html>", png(0)[:60]], ids=["empty", "html", "half"])
def test_what_is_not_a_picture_is_said_and_kept(house: Callable[..., House], data: bytes) -> None:
    """Bytes that are no picture are an error in words; they can be had, and the good picture is kept."""
    app = house([Sent(), arrives(0, data), arrives(1, png(1)), DONE])
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["kind"] == "NotAnImageAnswer"
    assert view.error["what"].startswith("Picture 1")
    assert [output.index for output in view.images] == [1]
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert path is not None
    assert path.read_bytes() == data


def test_a_library_that_cannot_be_written_sends_nothing(
    house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that cannot be written down does not start."""
    app = house([DONE])
    with app.library.engine.begin() as connection:
        refuse = "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        connection.execute(sql(f"CREATE TRIGGER t BEFORE INSERT ON runs {refuse}"))
    with pytest.raises(LibraryUnavailable, match="full"):
        app.submit()
    assert app.client.asked == []
    assert app.runner.live_views() == []


def test_stopping_the_app_interrupts(house: Callable[..., House]) -> None:
    """When the app stops, what is under way ends as interrupted, sent or not, with what had arrived."""
    gate = Gate()
    app = house([Sent(), arrives(0, png(0)), gate, DONE], runs_at_once=1)
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
