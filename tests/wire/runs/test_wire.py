"""Runs over a real wire: the real client, a server on loopback, the real library."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.client import Client, Connection
from components.library import LibraryUnavailable, check_library, open_library
from components.parameters import InputImage, Request
from components.runs import Runner, RunView
from components.settings import Settings
from tests.support.await_run import until
from tests.unit.library.file_places import place_of, stored_bytes
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, input_image, question, request
from tests.wire.loopback import (
    Break,
    Hang,
    Loopback,
    Wait,
    error_answer,
    event,
    json_answer,
    plain_answer,
    stream_answer,
)

SECONDS = 60.0
USAGE = {"input_tokens": 10, "output_tokens": 196, "input_tokens_details": {"text_tokens": 10, "image_tokens": 0}}


class App:
    """Library, client and runner as the app has them, and a server to ask."""

    def __init__(self, folder: Path, server: Loopback) -> None:
        self.server = server
        self.waits: list[float] = []
        self.retry = threading.Event()  # what the client waits for instead of seconds
        self.library = open_library(folder)
        settings = Settings(connect_timeout=SECONDS, read_timeout=SECONDS)
        self.runner = Runner(self.library, Client(settings, sleep=self._sleep), settings)
        self.runner.start()

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.to_thread(self.retry.wait, SECONDS)

    def submit(self, query: Request | None = None, **more: Any) -> str:
        """Start a run."""
        connection = Connection("c1", "Loopback", self.server.base_url, KEY)
        return self.runner.submit(connection, query or request(), **more)

    def until(self, run_id: str, seen: Callable[[RunView], bool]) -> RunView:
        """The first view of a run that a condition holds for."""
        return until(self.runner, run_id, seen, SECONDS)

    def end(self, run_id: str) -> RunView:
        """A run's last view; nothing of it is left in staging but what was not saved."""
        view = self.until(run_id, lambda view: view.has_ended)
        assert view.unsaved or list(self.library.staging.iterdir()) == []
        assert check_library(self.library, thorough=True).is_clean
        return view

    def saved(self, view: RunView) -> list[bytes]:
        """The bytes of a run's images, from the disk."""
        paths = [self.library.file("original", output.sha256) for output in view.images]
        return [path.read_bytes() for path in paths if path is not None]


@pytest.fixture
def app(data_folder: Path) -> Iterator[App]:
    """An app that asks a server which a test tells what to answer."""
    with Loopback() as server:
        built = App(data_folder, server)
        yield built
        built.retry.set()
        built.runner.stop()
        built.library.close()


def answer(*images: bytes, **more: Any) -> dict[str, Any]:
    """The JSON of a whole answer."""
    data = [{"b64_json": base64.b64encode(one).decode()} for one in images]
    return {"created": 1, "data": data, "usage": USAGE, **more}


def completed(data: bytes) -> bytes:
    """A streamed image."""
    name = "image_generation.completed"
    return event({"type": name, "b64_json": base64.b64encode(data).decode(), "usage": USAGE}, name)


def preview(data: bytes, index: int = 0) -> bytes:
    """A streamed preview."""
    name = "image_generation.partial_image"
    return event({"type": name, "b64_json": base64.b64encode(data).decode(), "partial_image_index": index}, name)


def test_four_images(app: App) -> None:
    """The bytes that the server sent are on the disk, in order, with usage, cost, request id and what it said."""
    images = [png(seed) for seed in range(4)]
    app.server.answer(json_answer(answer(*images, size="40x30"), headers={"x-request-id": "req_7"}))
    view = app.end(app.submit(request(n=4)))
    assert (view.state, view.error, view.request_id) == ("done", None, "req_7")
    assert app.saved(view) == images
    assert [output.index for output in view.images] == [0, 1, 2, 3]
    assert view.cost is not None
    assert view.answer is not None
    assert view.answer["size"] == "40x30"
    assert "b64_json" not in json.dumps(view.answer)
    assert app.server.requests[0].json()["n"] == 4


def test_the_key_is_nowhere_on_the_disk(app: App) -> None:
    """Nothing that the library stores holds the key, whether a run ends well or in an answer that quotes it."""
    app.server.answer(
        error_answer(401, "invalid_api_key", message=f"Incorrect API key provided: {KEY}."), json_answer(answer(png(0)))
    )
    assert app.end(app.submit()).state == "failed"
    assert app.end(app.submit()).state == "done"
    found = stored_bytes(app.library)
    assert b"Incorrect API key provided" in found
    assert KEY.encode() not in found


def test_previews_then_the_image(app: App) -> None:
    """A preview can be had while the image is made; the image takes its place."""
    go_on = threading.Event()
    app.server.answer(stream_answer([preview(png(7)), Wait(go_on), completed(png(0))]))
    run_id = app.submit(request(partial_images=1))
    token = app.until(run_id, lambda view: bool(view.partials)).partials[0].token
    path = app.runner.partial(run_id, token)
    assert path is not None
    assert path.read_bytes() == png(7)
    go_on.set()
    view = app.end(run_id)
    assert app.saved(view) == [png(0)]
    assert app.runner.partial(run_id, token) is None


def test_what_came_before_the_break_is_kept(app: App) -> None:
    """A stream that breaks off after one of two images leaves that one, and says that money may be gone."""
    app.server.answer(stream_answer([completed(png(0)), preview(png(9)), Break()], end=False))
    view = app.end(app.submit(request(n=2, partial_images=1)))
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["money"] != "nothing_spent"
    assert app.saved(view) == [png(0)]


def test_images_are_shown_while_others_come(app: App) -> None:
    """The first image of two is saved and in view while the second is still on its way."""
    go_on = threading.Event()
    app.server.answer(stream_answer([completed(png(0)), Wait(go_on), completed(png(1))]))
    run_id = app.submit(request(n=2, partial_images=1))
    view = app.until(run_id, lambda view: bool(view.images))
    assert view.state == "running"
    assert app.saved(view) == [png(0)]
    go_on.set()
    assert app.saved(app.end(run_id)) == [png(0), png(1)]


def test_too_fast_waits_in_view(app: App) -> None:
    """After a 429 the view says how long the client waits and why, then the run comes to its end."""
    app.server.answer(
        error_answer(429, "rate_limit_exceeded", headers={"retry-after": "7"}), json_answer(answer(png(0)))
    )
    run_id = app.submit()
    view = app.until(run_id, lambda view: view.retry is not None)
    assert view.retry is not None
    assert view.started is not None
    assert view.retry.until >= view.started + 7
    assert view.retry.reason
    app.retry.set()
    view = app.end(run_id)
    assert (view.state, view.retry) == ("done", None)
    assert app.waits[0] >= 7


def test_cancel_leaves_the_server(app: App) -> None:
    """Cancel closes the connection in the middle of the answer, and keeps the image that had come."""
    app.server.answer(stream_answer([completed(png(0)), Hang()], end=False))
    run_id = app.submit(request(n=2, partial_images=1))
    app.until(run_id, lambda view: bool(view.images))
    app.runner.cancel(run_id)
    view = app.end(run_id)
    assert view.state == "cancelled"
    assert view.error is not None
    assert view.error["money"] == "may_be_billed"
    assert app.saved(view) == [png(0)]
    assert app.server.left.wait(SECONDS)


def test_nobody_there(data_folder: Path, free_port: int) -> None:
    """A server that is not there costs nothing, and the run says so."""
    server = Loopback()
    server.__exit__()
    built = App(data_folder, server)
    built.retry.set()
    try:
        run_id = built.runner.submit(Connection("c", "Gone", f"http://127.0.0.1:{free_port}/v1", KEY), request())
        view = built.end(run_id)
    finally:
        built.runner.stop()
        built.library.close()
    assert view.state == "failed"
    assert view.error is not None
    assert (view.error["kind"], view.error["money"]) == ("Unreachable", "nothing_spent")


@pytest.mark.parametrize(
    ("script", "kind", "offered"),
    [
        (plain_answer("<html>Bad Gateway</html>", content_type="text/html"), "HtmlAnswer", 0),
        (plain_answer('{"created": 1, "da', content_type="application/json"), "CutShort", 0),
        (json_answer({"created": 1, "data": []}), "EmptyAnswer", 0),
        (json_answer({"data": [{"b64_json": "not base64 at all!"}]}), "NotBase64", 0),
        (json_answer(answer(b"<html>no image</html>")), "NotAnImageAnswer", 1),
        (json_answer(answer(png(0)[:60])), "NotAnImageAnswer", 1),
    ],
    ids=["html", "half a JSON", "nothing", "not base64", "no image", "half an image"],
)
def test_nonsense_ends_in_words(app: App, script: Any, kind: str, offered: int) -> None:
    """Whatever a server answers, the run ends with what happened; bytes that came can be had."""
    app.server.answer(script)
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["kind"] == kind
    assert len(view.unsaved) == offered
    assert view.images == ()


@pytest.mark.parametrize("place", ["staging", "elsewhere"])
def test_an_edit_can_be_done_again(app: App, tmp_path: Path, place: str) -> None:
    """What goes into an edit is in the library before it is sent, byte for byte, and an edit is repeated from there."""
    folder = app.library.staging if place == "staging" else tmp_path / "mine"
    first, second = (
        input_image(folder, "a.png", png(1), size=(40, 30)),
        input_image(folder, "b.png", png(2), size=(40, 30)),
    )
    mask = input_image(folder, "m.png", png(3), size=(40, 30), alpha=True)
    app.server.answer(json_answer(answer(png(0))))
    run_id = app.submit(request("edit", images=(first, second, first), mask=mask))
    for image in (first, second, mask):
        image.path.unlink(missing_ok=True)
    assert app.end(run_id).state == "done"
    kept = app.library.inputs(run_id)
    again = request("edit", images=tuple(kept["image"]), mask=kept["mask"][0])
    assert app.end(app.submit(again)).state == "done"
    for received in app.server.requests:
        files = {part.filename: part.data for part in received.form() if part.filename}
        assert sorted(files.values()) == sorted([png(1), png(2), png(3)])
    assert len(place_of(app.library).names("input")) == 3


def test_an_input_that_is_gone_sends_nothing(app: App, tmp_path: Path) -> None:
    """An edit whose image the library has lost ends before anything is sent."""
    app.server.answer(json_answer(answer(png(0))))
    run_id = app.submit(request("edit", images=(input_image(tmp_path, "a.png", png(1), size=(40, 30)),)))
    assert app.end(run_id).state == "done"
    image: InputImage = app.library.inputs(run_id)["image"][0]
    before = len(app.server.requests)
    place_of(app.library).harm("input", image.sha256, None)
    with pytest.raises(LibraryUnavailable, match="is no longer in the library"):
        app.submit(request("edit", images=(image,)))
    assert len(app.server.requests) == before


def test_many_at_once(app: App) -> None:
    """Fifty runs at once all come to their end, each with its own image."""
    lock, numbers = threading.Lock(), iter(range(100))

    def next_image(_: object) -> Any:
        with lock:
            return json_answer(answer(png(next(numbers))))

    app.server.answer(next_image)
    runs = [app.submit() for _ in range(50)]
    views = [app.until(run_id, lambda view: view.has_ended) for run_id in runs]
    assert {view.state for view in views} == {"done"}
    assert len({view.images[0].sha256 for view in views}) == 50
    assert check_library(app.library, thorough=True).is_clean


def test_usage_is_booked_where_the_run_fails(app: App) -> None:
    """The tokens of the image that came are a cost, in the library too, though an error follows and the run fails."""
    app.server.answer(stream_answer([completed(png(0)), event({"type": "error", "message": "boom"})]))
    view = app.end(app.submit(request(n=2, partial_images=1)))
    assert (view.state, app.saved(view)) == ("failed", [png(0)])
    assert view.usage == USAGE
    stored = app.library.run(view.id)
    assert stored is not None
    assert stored.cost == view.cost is not None
    assert view.error is not None
    assert "What the server counted is billed" in view.error["money_sentence"]


def test_usage_is_booked_before_the_end(app: App) -> None:
    """What was counted is in the library while the rest is still awaited, for the app may die by then."""
    app.server.answer(stream_answer([completed(png(0)), Hang()], end=False))
    run_id = app.submit(request(n=2, partial_images=1))
    app.until(run_id, lambda view: bool(view.images) and view.cost is not None)
    app.runner.cancel(run_id)
    view = app.end(run_id)
    assert (view.state, view.usage) == ("cancelled", USAGE)
    assert view.cost is not None


def test_the_text_of_a_stopped_answer_is_written_down_while_it_comes(app: App) -> None:
    """Words are in the library a moment after they came, though the server says nothing more; with bad events too."""
    words = event({"type": "response.output_text.delta", "delta": "A cat"})
    app.server.answer(stream_answer([words + b"data: {oops\n\n", Hang()], end=False))
    run_id = app.submit(question(stream=True))
    deadline = time.monotonic() + SECONDS
    while (stored := app.library.run(run_id)) is None or not stored.text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (stored.state, stored.text) == ("running", "A cat")
