"""A client that does what a test tells it, step by step, and sends nothing."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from components.client import Connection
from components.client.events import Event, ImageArrived, PartialImage
from components.parameters import Request

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
    """A small picture that differs from those of other seeds."""
    buffer = BytesIO()
    Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, 128)).save(buffer, "PNG")
    return buffer.getvalue()


def arrives(index: int, data: bytes) -> Callable[[Path], Event]:
    """A step: a whole picture is there."""

    def write(scratch: Path) -> Event:
        path = scratch / f"whole-{index}-{next(NUMBERS)}"
        path.write_bytes(data)
        return ImageArrived(index, path, hashlib.sha256(data).hexdigest(), len(data))

    return write


def previews(index: int, data: bytes) -> Callable[[Path], Event]:
    """A step: a preview is there."""

    def write(scratch: Path) -> Event:
        path = scratch / f"partial-{index}-{next(NUMBERS)}"
        path.write_bytes(data)
        return PartialImage(index, path)

    return write


class FakeClient:
    """Gives each run the next script, the last one again and again; keeps what it was asked."""

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self.scripts = list(scripts)
        self.asked: list[Request] = []
        self.left: list[str] = []  # runs that were left before their script ended
        self.closed = False

    async def run(
        self, connection: Connection, request: Request, scratch: Path, *, history: tuple[tuple[str, str], ...] = ()
    ) -> AsyncGenerator[Event, None]:
        """Play the script."""
        self.asked.append(request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        whole = False
        try:
            for step in script:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, Gate):
                    await step.passed()
                    continue
                yield step(scratch) if callable(step) else step
            whole = True
        finally:
            if not whole:
                self.left.append(request.model)

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True
