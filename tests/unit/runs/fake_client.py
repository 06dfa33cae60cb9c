"""A client that does what a test tells it, step by step, and sends nothing; and a runner around it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from components.client import Connection
from components.client.events import Completed, Event, ImageArrived, PartialImage
from components.library import Library, check_library
from components.parameters import Request, resolve
from components.runs import Runner, RunView
from components.settings import Settings
from tests.support.await_run import until

SERVER = Connection("c1", "Test server")
USAGE = {"input_tokens": 10, "output_tokens": 1000, "input_tokens_details": {"text_tokens": 10, "image_tokens": 0}}
DONE = Completed("req_1", USAGE, {"created": 1})
SECONDS = 60.0
NUMBERS = itertools.count()


class Gate:
    """A step that waits until the test opens it; `reached` is set as soon as a run waits there."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    async def passed(self) -> None:
        """Wait for the gate, in any loop."""
        event = asyncio.Event()
        with self._lock:
            self._waiting.append((asyncio.get_running_loop(), event))
            if self._opened.is_set():
                event.set()
        self.reached.set()
        await event.wait()

    def open(self) -> None:
        """Let through whoever waits, now and later."""
        self._opened.set()
        with self._lock:
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)


Step = Event | BaseException | Gate | Callable[[Path], Event]


def png(seed: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A small image that differs from those of other seeds."""
    buffer = BytesIO()
    Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, 128)).save(buffer, "PNG")
    return buffer.getvalue()


def arrives(index: int, data: bytes) -> Callable[[Path], Event]:
    """A step: a whole image is there."""

    def write(staging: Path) -> Event:
        path = staging / f"whole-{index}-{next(NUMBERS)}"
        path.write_bytes(data)
        return ImageArrived(index, path, hashlib.sha256(data).hexdigest(), len(data))

    return write


def previews(index: int, data: bytes) -> Callable[[Path], Event]:
    """A step: a preview is there."""

    def write(staging: Path) -> Event:
        path = staging / f"partial-{index}-{next(NUMBERS)}"
        path.write_bytes(data)
        return PartialImage(index, path)

    return write


class FakeClient:
    """Gives each run the next script, the last one again and again; keeps what it was asked."""

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self.scripts = list(scripts)
        self.requests: list[Request] = []
        self.left: list[str] = []  # runs that were left before their script ended
        self.closed = False

    async def run(
        self, connection: Connection, request: Request, staging: Path, *, history: tuple[tuple[str, str], ...] = ()
    ) -> AsyncGenerator[Event, None]:
        """Play the script."""
        self.requests.append(request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        is_complete = False
        try:
            for step in script:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, Gate):
                    await step.passed()
                    continue
                yield step(staging) if callable(step) else step
            is_complete = True
        finally:
            if not is_complete:
                self.left.append(request.model)

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def ask(n: int = 1, **raw: Any) -> Request:
    """A request for images."""
    request = resolve("generate", "gpt-image-2", {"prompt": "a fox", "n": n, **raw})
    assert isinstance(request, Request), request
    return request


class RunnerHarness:
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
        return until(self.runner, run_id, seen, SECONDS)

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


def saved(library: Library, view: RunView, *images: bytes) -> bool:
    """Whether a run's images are these, whole, with thumbnails, under the names of their bytes."""
    for output, data in zip(view.images, images, strict=True):
        path = library.file("original", output.sha256)
        assert path is not None
        assert path.read_bytes() == data
        assert output.sha256 == hashlib.sha256(data).hexdigest() == path.stem
        assert (output.format, output.width, output.height, output.bytes) == ("png", 40, 30, len(data))
        assert library.file("thumbnail", output.sha256) is not None
    assert check_library(library, thorough=True).is_clean
    return True


@contextmanager
def runner_harnesses(library: Library) -> Iterator[Callable[..., RunnerHarness]]:
    """Makes houses from scripts; stops them all at the end."""
    built: list[RunnerHarness] = []

    def build(*scripts: list[Step], **settings: Any) -> RunnerHarness:
        built.append(RunnerHarness(library, FakeClient(*scripts), **settings))
        return built[-1]

    yield build
    for one in built:
        one.runner.stop()
        one.runner.stop()  # a second stop does nothing
