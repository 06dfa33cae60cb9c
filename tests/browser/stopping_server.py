"""A server whose answers stop at a given piece, and what a killed app left on its disk."""

from __future__ import annotations

import base64
import json
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from components.library import Library
from components.library.db.engine import NAME, open_engine
from components.library.files.content_store import digest
from components.library.files.opening import open_files
from components.library.files.process_lock import ProcessLock
from components.library.store import MAX_PIXELS
from tests.wire.loopback import Answer, Step, Wait, json_answer, stream_answer

SECONDS = 60.0
IMAGES = 3

# The pieces of an answer with a preview, in the order of the wire.
PIECES = (
    "headers",
    "half a preview",
    "a preview",
    *(f"{part} of {number}" for number in (1, 2, 3) for part in ("half", "all")),
    "the end",
)
START = "nothing"


def png_of(seed: int, side: int = 256) -> bytes:
    """A PNG of some 200 kB that no other seed gives; nothing in it can be compressed."""
    buffer = BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(side * side * 3)).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class ServerImages:
    """What the server gives: the images and the preview before them."""

    images: Sequence[bytes]
    preview: bytes

    def streamed(self, held: str, gate: threading.Event) -> Answer:
        """An event stream that stops after the piece `held` until the gate opens."""
        pieces = ["", *_halves({"type": "image_generation.partial_image", "partial_image_index": 0}, self.preview)]
        for one in self.images:
            pieces += _halves({"type": "image_generation.completed", "usage": {"output_tokens": 9}}, one)
        return _held(stream_answer([piece.encode() for piece in pieces if piece]), 0, held, gate)

    def plain(self, held: str, gate: threading.Event) -> Answer:
        """One JSON document with all images that stops after the piece `held` until the gate opens."""
        head, body = json_answer({"created": 1, "data": [{"b64_json": _text(one)} for one in self.images]})
        assert isinstance(body, bytes)
        cuts = [0]
        for one in self.images:
            start = body.index(_text(one).encode())
            length = len(_text(one))
            # The object of the image ends with the sign after its string.
            cuts += [start + length // 2, start + length + 2]
        pieces = [body[a:b] for a, b in zip(cuts, [*cuts[1:], len(body)], strict=True)]
        return _held([head, *pieces], 2, held, gate)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _halves(event: dict[str, object], data: bytes) -> tuple[str, str]:
    complete = f"data: {json.dumps({**event, 'b64_json': _text(data)})}\n\n"
    return complete[: len(complete) // 2], complete[len(complete) // 2 :]


def _held(steps: Answer, without: int, held: str, gate: threading.Event) -> Answer:
    """Put the gate after a piece. `without` of the pieces after the headers are not in this answer."""
    if held == START:
        return [Wait(gate), *steps]
    names = [PIECES[0], *PIECES[1 + without :]]
    assert len(names) == len(steps), (names, len(steps))
    place = names.index(held) + 1
    more: list[Step] = [Wait(gate)]
    return [*steps[:place], *more, *steps[place:]]


class Watch:
    """The folder of a running or dead app, looked at from outside: what is new in it since `begin`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._known: set[str] = set()
        self._before: set[Path] = set()

    def begin(self) -> None:
        """Whatever is there by now is not new."""
        self._known = set(self.runs())
        self._before = set(self.data.glob("*/*/*"))

    def runs(self) -> dict[str, str]:
        """Every run's state by its id."""
        return dict(self._rows("SELECT id, state FROM runs ORDER BY created"))

    def new_runs(self) -> dict[str, str]:
        """The states of the runs since `begin`, oldest first."""
        return {run_id: state for run_id, state in self.runs().items() if run_id not in self._known}

    def state(self) -> str | None:
        """The state of the newest run since `begin`."""
        return next(reversed(self.new_runs().values()), None)

    def filed(self) -> dict[str, list[tuple[int, str]]]:
        """The place and content of every image that has a row, by its run."""
        found: dict[str, list[tuple[int, str]]] = {run_id: [] for run_id in self.runs()}
        for run_id, place, sha256 in self._rows("SELECT run_id, position, sha256 FROM outputs ORDER BY position"):
            found[run_id].append((place, sha256))
        return found

    def rows(self) -> int:
        """How many images of the new runs have a row."""
        filed = self.filed()
        return sum(len(filed.get(run_id, ())) for run_id in self.new_runs())

    def new(self, kind: str) -> list[Path]:
        """New files in "originals", "thumbnails" or "inputs"."""
        return [path for path in self.data.glob(f"{kind}/*/*") if path not in self._before]

    def received(self, ending: str) -> list[Path]:
        """Files of an ending that a run is receiving or has received, and that are not filed yet."""
        return list(self.data.glob(f"scratch/*/*/*{ending}"))

    def arrived(self) -> int:
        """How many images have come whole and are known as such, filed or not."""
        return len({path.stem.rpartition("-")[2] for path in (*self.received("-*.image"), *self.new("originals"))})

    def until(self, seen: Callable[[Watch], bool], what: str) -> None:
        """Look until it is so, without a pause: what is looked for may last a millisecond only."""
        deadline = time.monotonic() + SECONDS
        while not seen(self):
            assert time.monotonic() < deadline, f"{what}: never seen; runs: {self.new_runs()}"

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        address = f"file:{self.data / NAME}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=SECONDS)) as database:
            return database.execute(query).fetchall()


@contextmanager
def untouched(folder: Path) -> Iterator[Library]:
    """A library as it lies there: opened without settling anything, unlike `open_library`."""
    library = Library(folder, open_engine(folder), open_files(folder), ProcessLock(folder), MAX_PIXELS)
    try:
        yield library
    finally:
        library.close()


@contextmanager
def copied(folder: Path, to: Path) -> Iterator[Path]:
    """A copy of a dead app's folder, to be looked at and thrown away, so that the next start finds all as it was."""
    shutil.copytree(folder, to)
    try:
        yield to
    finally:
        shutil.rmtree(to)


def contents(paths: Sequence[Path]) -> set[str]:
    """What files hold, as SHA-256."""
    return {digest(path) for path in paths}
