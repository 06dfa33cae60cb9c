"""An app whose sheets go to a server as batches, and a server of batches that does what a test tells it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.client import Client, Connection
from components.library import open_library
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetBatch, SheetCell
from components.library.sheets.sheet_batches import batches_of
from components.library.sheets.sheet_store import new_sheet
from components.parameters.sheets import SheetTemplate, make_plan
from components.runs import BatchRunner, Runner
from components.runs.cluster import peers_of
from components.settings import Settings
from tests.wire.client_fixtures import KEY
from tests.wire.loopback import Answer, Loopback, Received, json_answer, plain_answer

SECONDS = 60.0
USAGE = {"input_tokens": 10, "output_tokens": 196, "input_tokens_details": {"text_tokens": 10, "image_tokens": 0}}
TEMPLATE = SheetTemplate(
    "generate",
    "gpt-image-2",
    {"prompt": "A {red|blue} fox", "size": "1024x1024", "stream": True},
    {"quality": ("low",)},
)


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < end, "never so"
        time.sleep(0.01)


class BatchApp:
    """Library, client, runner and batches as the app has them; a second one on the same folder is the app restarted."""

    def __init__(
        self,
        folder: Path,
        base_url: str,
        *,
        source: Any = "own",
        key: str = KEY,
        pause: float = 0.02,
        database_url: str = "",
    ) -> None:
        self.connection = Connection("c1", "Loopback", base_url, key, source=source)
        self.library = open_library(folder, database_url=database_url)
        settings = Settings(connect_timeout=SECONDS, read_timeout=SECONDS)
        self.client = Client(settings, sleep=self._sleep)
        self.runner = Runner(self.library, self.client, settings, peers_of(self.library, settings))
        self.runner.start()
        self.batches = BatchRunner(self.library, self.client, self.runner, pause=lambda connection, age: pause)

    async def _sleep(self, seconds: float) -> None:
        """Retry at once."""

    def sheet(self, template: SheetTemplate = TEMPLATE) -> str:
        """Store a sheet."""
        named = {"name": "Foxes", "owner": "anna", "connection_id": "c1", "connection_name": "Loopback"}
        return new_sheet(self.library, template, make_plan(template), **named)  # type: ignore[arg-type]

    def send(self, template: SheetTemplate = TEMPLATE) -> str:
        """Send all cells of a new sheet as a batch; return the sheet."""
        sheet_id = self.sheet(template)
        self.batches.start(sheet_id, self.connection, [cell.position for cell in self.cells(sheet_id)], owner="anna")
        return sheet_id

    def cells(self, sheet_id: str) -> list[SheetCell]:
        """Return the cells of a sheet."""
        return cells_of(self.library, sheet_id)

    def batch(self, sheet_id: str) -> SheetBatch:
        """Return a sheet's newest batch."""
        return batches_of(self.library, sheet_id)[-1]

    def until(self, sheet_id: str, seen: Callable[[SheetBatch], bool]) -> SheetBatch:
        """Wait for a state of a sheet's newest batch."""
        eventually(lambda: seen(self.batch(sheet_id)))
        return self.batch(sheet_id)

    def ended(self, sheet_id: str) -> list[SheetCell]:
        """Wait for the end of a sheet's batches and return its cells."""
        eventually(lambda: not self.batches.is_active(sheet_id))
        return self.cells(sheet_id)

    def close(self) -> None:
        """Stop the app."""
        self.runner.stop()
        self.library.close()


@contextmanager
def app_on(folder: Path, base_url: str, **more: Any) -> Iterator[BatchApp]:
    """Run an app until the end of the block."""
    app = BatchApp(folder, base_url, **more)
    try:
        yield app
    finally:
        app.close()


def answered(custom_id: str, *images: bytes, **more: Any) -> dict[str, Any]:
    """Return a line of an output file: one request's answer."""
    body = {"created": 1, "data": [{"b64_json": base64.b64encode(one).decode()} for one in images], "usage": USAGE}
    return {"custom_id": custom_id, "response": {"status_code": 200, "request_id": "req_9", "body": body}, **more}


def refused(custom_id: str, status: int = 400, **error: Any) -> dict[str, Any]:
    """Return a line of an error file."""
    said = {"message": "Refused by the safety system.", "code": "moderation_blocked", **error}
    return {"custom_id": custom_id, "response": {"status_code": status, "body": {"error": said}}, "error": None}


class BatchServer:
    """A server with one batch, on a loopback that a test may give other answers."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.status = "in_progress"
        self.files: dict[str, Any] = {}
        self.counts = {"completed": 0, "failed": 0, "total": 2}
        self.more: dict[str, Any] = {}
        self.created: list[Any] = []
        server.answer(json_answer({"id": "file-in", "object": "file"}), path="/v1/files")
        server.answer(self._batches, path="/v1/batches")
        server.answer(lambda _: json_answer(self.batch()), path="/v1/batches/batch_1")
        server.answer(self._cancel, path="/v1/batches/batch_1/cancel")

    def batch(self) -> dict[str, Any]:
        """Return the batch as it is now."""
        made = self.created[-1] if self.created else {}
        about = {"id": "batch_1", "status": self.status, "expires_at": 2_000_000_000, "metadata": made.get("metadata")}
        return {**about, **self.files, "request_counts": self.counts, **self.more}

    def answer(self, *lines: Any, name: str = "output") -> None:
        """Let the batch have a file with these lines, JSON or bytes."""
        data = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        self.server.answer(plain_answer(b"\n".join(data)), path=f"/v1/files/file-{name}/content")
        self.files[f"{name}_file_id"] = f"file-{name}"

    def count(self, method: str, path: str) -> int:
        """Return how many requests came."""
        return sum(one.method == method and one.path == path for one in tuple(self.server.requests))

    def _batches(self, received: Received) -> Answer:
        if received.method == "POST":
            self.created.append(received.json())
            return json_answer(self.batch())
        return json_answer({"object": "list", "data": [self.batch()] if self.created else []})

    def _cancel(self, _: Received) -> Answer:
        self.status = "cancelling"
        return json_answer(self.batch())
