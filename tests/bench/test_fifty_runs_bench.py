"""Fifty runs at once in one process: all of them end whole, and the pages are drawn quickly meanwhile."""

from __future__ import annotations

import base64
import hashlib
import io
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library import check_library
from components.parameters import Request, resolve
from components.ui.process.workbench import Workbench, close_workbench, workbench
from tests.bench.report import Ratio, record
from tests.setup.environment import ROOT
from tests.wire.loopback import Answer, Loopback, Received, Wait, event, stream_answer

RUNS = 50
EDGE = 600
ALLOWED = 100.0
SECONDS = 120
SHELL = ROOT / "components" / "ui" / "shell.py"
LIBRARY_PAGE = "../../pages/library.py"


def png_of(number: int) -> bytes:
    """A PNG of about 1 MB, different for every number."""
    noise = np.random.default_rng(number).integers(0, 256, (EDGE, EDGE, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=1)
    return file.getvalue()


class Server:
    """Gives every run a preview, holds it, and on `go` its own image; `held` when all fifty wait."""

    def __init__(self) -> None:
        self.image_bytes = [png_of(number) for number in range(RUNS)]
        self.go = threading.Event()
        self.held = threading.Event()
        self._waiting = 0
        self._lock = threading.Lock()
        self._preview = base64.b64encode(png_of(RUNS)).decode()

    def answer(self, received: Received) -> Answer:
        """The script for one run, which its prompt numbers."""
        number = int(received.json()["prompt"].split()[-1])
        with self._lock:
            self._waiting += 1
            if self._waiting == RUNS:
                self.held.set()
        preview = {"type": "image_generation.partial_image", "b64_json": self._preview, "partial_image_index": 0}
        last = {
            "type": "image_generation.completed",
            "b64_json": base64.b64encode(self.image_bytes[number]).decode(),
            "usage": {"input_tokens": 10, "output_tokens": 196, "total_tokens": 206},
        }
        return stream_answer([event(preview, preview["type"]), Wait(self.go), event(last, last["type"])])


@pytest.fixture
def bench(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The app's objects, allowed fifty runs at once."""
    monkeypatch.setenv("IMAGE_WORKBENCH_RUNS_AT_ONCE", str(RUNS))
    close_workbench()
    yield workbench()
    close_workbench()


def rerun(app: AppTest) -> float:
    """Milliseconds of one rerun of the page."""
    begun = time.perf_counter()
    app.run()
    assert not app.exception
    return (time.perf_counter() - begun) * 1000


def test_fifty_runs_at_once(bench: Workbench, record_property) -> None:
    """None is lost, each has its own image byte for byte; the page of one of them and the queue stay quick."""
    server = Server()
    with Loopback() as loopback:
        loopback.answer(server.answer)
        connection = Connection("c1", "Loopback", loopback.base_url, "sk-bench")
        ids = []
        for number in range(RUNS):
            request = resolve("generate", "gpt-image-2", {"prompt": f"number {number}", "stream": True})
            assert isinstance(request, Request), request
            ids.append(bench.runner.submit(connection, request, owner=f"Person {number % 5}"))
        assert server.held.wait(SECONDS)

        generate = AppTest.from_file(SHELL, default_timeout=60)
        generate.query_params["run"] = ids[0]
        generate.run()
        library = AppTest.from_file(SHELL, default_timeout=60).run().switch_page(LIBRARY_PAGE).run()
        assert len(bench.runner.live_views()) == RUNS
        held = [[rerun(page) for _ in range(8)] for page in (generate, library)]

        server.go.set()
        while_saving: list[float] = []
        deadline = time.monotonic() + SECONDS
        while bench.runner.live_views() and time.monotonic() < deadline:
            while_saving.append(rerun(generate))

    for number, run_id in enumerate(ids):
        view = bench.runner.view(run_id)
        assert view is not None
        assert (view.state, view.error, len(view.images)) == ("done", None, 1)
        path = bench.library.file("original", view.images[0].sha256)
        assert path is not None
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(server.image_bytes[number]).digest()
    assert check_library(bench.library, thorough=True).is_clean
    record(
        record_property,
        *(
            Ratio(f"a rerun of {name} during fifty runs, median", statistics.median(times), ALLOWED, "ms allowed", 1.0)
            for name, times in (("Generate", held[0]), ("Library with its queue", held[1]))
        ),
        Ratio("a rerun while fifty images come at once, median", statistics.median(while_saving), ALLOWED, "ms", 1.0),
        Ratio("a rerun while fifty images come at once, slowest", max(while_saving), ALLOWED, "ms allowed"),
    )
