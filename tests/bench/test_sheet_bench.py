"""A sheet of 10,000 past cells opens its first screen like one of 20: only what is in sight is read and sent."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from components.library import Library, open_library
from components.library.db.schema import outputs, runs, sheet_cells, sheets
from components.library.records import StoredSheet
from components.library.sheets.sheet_store import find_sheet
from components.ui.sheets.window import first_window, window_json
from tests.bench.report import Ratio, record
from tests.bench.seeding import seed

SMALL, LARGE = (4, 5), (100, 100)
ROUNDS = 15
LOOK_SECONDS = 0.5  # most CPU time that the first screen of 10,000 cells may take on the server


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a sheet of 20 cells and one of 10,000, whose cells share 2,000 images."""
    opened = open_library(Path(tmp_path_factory.mktemp("sheets")))
    seed(opened, 2_000)
    with opened.engine.begin() as connection:
        found = select(runs.c.id, runs.c.recipe).where(runs.c.id.in_(select(outputs.c.run_id)))
        sent = connection.execute(found).all()
        for name, (down, across) in (("small", SMALL), ("large", LARGE)):
            axes = [
                {"name": axis, "label": axis, "values": [{"value": one, "text": str(one)} for one in range(count)]}
                for axis, count in (("prompt.1", down), ("prompt.2", across))
            ]
            row = {"id": name, "name": name, "created": time.time(), "connection_id": "c", "connection_name": "C"}
            connection.execute(insert(sheets).values(**row, template={"operation": "generate"}, axes=axes))
            cells = [
                {
                    "sheet_id": name,
                    "position": position,
                    "places": [position // across, position % across],
                    "recipe": sent[position % len(sent)].recipe,
                    "run_id": sent[position % len(sent)].id,
                }
                for position in range(down * across)
            ]
            connection.execute(insert(sheet_cells), cells)
    yield opened
    opened.close()


def look(library: Library, sheet: StoredSheet) -> tuple[float, int]:
    """CPU seconds of the first screen as JSON, the median of some rounds, and its length in bytes."""
    seconds, length = [], 0
    for _ in range(ROUNDS):
        began = time.process_time()
        length = len(json.dumps(window_json(library, sheet, first_window(2), is_active=False)))
        seconds.append(time.process_time() - began)
    return statistics.median(seconds), length


def test_ten_thousand_cells_open_like_twenty(library: Library, record_property: Callable[[str, object], None]) -> None:
    """The first screen takes under 0.5 s of the server, and no more bytes than it has cells for."""
    found = {name: find_sheet(library, name) for name in ("small", "large")}
    (small, small_bytes), (large, large_bytes) = (look(library, sheet) for sheet in found.values() if sheet is not None)
    what = "first screen of a sheet, 10,000 cells against 20"
    record(
        record_property,
        Ratio(what, large * 1000, small * 1000, "ms CPU", 3),
        Ratio(f"{what}, sent", large_bytes / 1000, small_bytes / 1000, "kB", 5),
    )
    assert large < LOOK_SECONDS
    assert large_bytes < 5 * small_bytes
