"""A sheet of 200 cells fills from a server without delay: no cell is lost or doubled, and looks stay quick."""

from __future__ import annotations

import base64
import gc
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.client import Connection
from components.library import check_library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import find_sheet, new_sheet
from components.parameters.sheets import SheetTemplate, make_plan
from components.ui.process.page_imports import leave_out_of_collections
from components.ui.process.workbench import Workbench, close_workbench, workbench
from components.ui.sheets.window import first_window, window_json
from tests.bench.report import Ratio, record
from tests.bench.test_fifty_runs_bench import png_of
from tests.wire.loopback import Answer, Loopback, Received, json_answer

CELLS = 200
SECONDS = 240
LOOK_MS = 100.0  # the bound for an answer while a sheet fills
MEGABYTES = 100.0
TEMPLATE = SheetTemplate("generate", "gpt-image-2", {"prompt": "Fox {1..20}, view {1..10}"})


@pytest.fixture
def bench(data_folder: Path) -> Iterator[Workbench]:
    """The app's objects, in a process prepared like the server's at its start."""
    close_workbench()
    leave_out_of_collections()
    yield workbench()
    close_workbench()
    gc.unfreeze()


def memory() -> float:
    """Resident memory of this process in megabytes; Linux only."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_two_hundred_cells(bench: Workbench, record_property: Callable[[str, object], None]) -> None:
    """Each cell has one request, one run and one image; looks are timed, and memory grows by under 100 MB."""
    images = [base64.b64encode(png_of(number)).decode() for number in range(8)]
    asked: Counter[str] = Counter()

    def answer(received: Received) -> Answer:
        prompt = str(received.json()["prompt"])
        asked[prompt] += 1
        return json_answer({"created": 1, "data": [{"b64_json": images[len(asked) % len(images)]}]})

    library, plan = bench.library, make_plan(TEMPLATE)
    with Loopback() as loopback:
        loopback.answer(answer)
        server = Connection("bench", "Bench", loopback.base_url, "sk-bench")
        sheet_id = new_sheet(
            library, TEMPLATE, plan, name="Foxes", owner="", connection_id="bench", connection_name="Bench"
        )
        sheet = find_sheet(library, sheet_id)
        assert sheet is not None
        before, begun, looks = memory(), time.monotonic(), []
        bench.sheets.start(sheet_id, server, range(CELLS))
        while bench.sheets.is_active(sheet_id) and time.monotonic() - begun < SECONDS:
            moment = time.perf_counter()
            json.dumps(window_json(library, sheet, first_window(2), is_active=True))
            looks.append((time.perf_counter() - moment) * 1000)
            bench.sheets.join(0.2)
        grown = memory() - before
    cells = cells_of(library, sheet_id)
    assert [cell.state for cell in cells] == ["done"] * CELLS
    assert len({cell.run_id for cell in cells}) == len({cell.cover.id for cell in cells if cell.cover}) == CELLS
    assert sorted(asked.values()) == [1] * CELLS
    assert check_library(library, thorough=True).is_clean
    record(
        record_property,
        Ratio("look at a sheet while 200 cells come, median", statistics.median(looks), LOOK_MS, "ms", 1),
        Ratio("look at a sheet while 200 cells come, longest", max(looks), LOOK_MS, "ms", 1),
        Ratio("memory that 200 cells of 1 MB leave", grown, MEGABYTES, "MB", 1),
        Ratio("200 cells against 200 s", time.monotonic() - begun, 200, "s", 1),
    )
    assert grown < MEGABYTES
