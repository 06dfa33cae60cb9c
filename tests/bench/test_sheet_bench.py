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
from tests.browser.app_server import AppServer
from tests.browser.driver import launched, new_page

# Rows and columns.
SHEETS = {"small": (4, 5), "middle": (10, 20), "large": (100, 100)}
ROUNDS, VISITS = 15, 3
LOOK_SECONDS = 0.5  # most CPU time that the first screen of 10,000 cells may take on the server


# Milliseconds from the beginning of the navigation until all images of cells in sight are decoded.
SHOWN = """() => new Promise(resolve => {
  const look = async () => {
    const found = [...document.querySelectorAll('*')]
      .flatMap(one => [...(one.shadowRoot?.querySelectorAll('td.cell img') || [])])
      .filter(img => img.getBoundingClientRect().top < innerHeight && img.getBoundingClientRect().left < innerWidth)
    if (found.length && found.every(img => img.complete && img.naturalWidth)) {
      await Promise.all(found.map(img => img.decode()))
      resolve(performance.now())
    } else setTimeout(look, 4)
  }
  look()
})"""


def seed_sheets(library: Library) -> None:
    """Add the three sheets, whose cells share 2,000 images."""
    seed(library, 2_000)
    with library.engine.begin() as connection:
        found = select(runs.c.id, runs.c.recipe).where(runs.c.id.in_(select(outputs.c.run_id)))
        sent = connection.execute(found).all()
        for name, (down, across) in SHEETS.items():
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


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with the three sheets."""
    folder = Path(tmp_path_factory.mktemp("sheets"))
    library = open_library(folder / "data")
    seed_sheets(library)
    library.close()
    return folder


@pytest.fixture
def library(data: Path) -> Iterator[Library]:
    """That library."""
    opened = open_library(data / "data")
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


def test_a_sheet_is_on_the_screen(data: Path, record_property: Callable[[str, object], None]) -> None:
    """A visit to 10,000 cells against one to 20, and a reload of 200, from the address to the images in sight."""
    shown: dict[str, list[float]] = {name: [] for name in (*SHEETS, "reload")}
    with AppServer(data) as server, launched() as browser:
        page, _ = new_page(browser)
        for _ in range(VISITS + 1):
            for name in SHEETS:
                page.goto(f"{server.base_url}/?sheet={name}", wait_until="commit")
                shown[name].append(page.evaluate(SHOWN))
                if name == "middle":
                    page.reload(wait_until="commit")
                    shown["reload"].append(page.evaluate(SHOWN))
        page.context.close()
    # The first round fills the caches.
    small, large, again = (statistics.median(shown[name][1:]) for name in ("small", "large", "reload"))
    record(
        record_property,
        Ratio("a sheet on the screen, 10,000 cells against 20", large, small, "ms", 1.2),
        Ratio("reload of a sheet of 200 cells", again, 1000, "ms allowed", 1),
    )
