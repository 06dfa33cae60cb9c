"""The library at 100 and 10,000 outputs: its page on the server, searches, the screen."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest

from components.library import Library, open_library
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, Order, page
from components.ui.process.workbench import close_workbench
from tests.bench.report import Ratio, record
from tests.bench.seeding import COMMON, RARE, seed
from tests.browser.app_server import AppServer
from tests.browser.driver import launched, new_page, open_page, wait_idle
from tests.setup.environment import ROOT

COUNTS = (100, 10_000)
SMALL, LARGE = COUNTS[0], COUNTS[-1]
ROUNDS = 9
SHELL = ROOT / "components" / "ui" / "shell.py"
LIBRARY_PAGE = "../../pages/library.py"

# Resolves, some milliseconds after a change of the field, when other tiles than before are decoded and painted.
TILES = """() => [...document.querySelectorAll('*')]
  .flatMap(e => [...(e.shadowRoot?.querySelectorAll('.gallery .tile') || [])])"""
WATCH = """(tiles) => new Promise(resolve => {
  const named = () => tiles().map(tile => tile.textContent).join('|')
  const before = named()
  let started
  addEventListener('pointerdown', () => { started = performance.now() }, { once: true, capture: true })
  const look = async () => {
    const images = tiles().map(tile => tile.querySelector('img')).filter(Boolean)
    const seen = images.filter(img => img.getBoundingClientRect().top < innerHeight)
    if (started && named() !== before && seen.length && seen.every(img => img.complete && img.naturalWidth)) {
      await Promise.all(seen.map(img => img.decode()))
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - started)))
    } else setTimeout(look, 4)
  }
  look()
})"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """A library of each size, closed."""
    made = {count: tmp_path_factory.mktemp("library") / str(count) for count in COUNTS}
    for count, folder in made.items():
        library = open_library(folder)
        seed(library, count)
        library.close()
    return made


@pytest.fixture
def libraries(folders: dict[int, Path]) -> Iterator[dict[int, Library]]:
    """The libraries, open."""
    opened = {count: open_library(folder) for count, folder in folders.items()}
    yield opened
    for library in opened.values():
        library.close()


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def middles(libraries: dict[int, Library], work: Callable[[Library], object]) -> dict[int, float]:
    """The median of some rounds in each library, one after another so that all have the same weather."""
    times: dict[int, list[float]] = {count: [] for count in libraries}
    for turn in range(ROUNDS + 1):
        for count, library in libraries.items():
            taken = milliseconds(lambda library=library: work(library))
            times[count] += [taken] if turn else []  # the first fills caches
    return {count: statistics.median(values) for count, values in times.items()}


def test_the_gallery_page(folders: dict[int, Path], monkeypatch: pytest.MonkeyPatch, record_property) -> None:
    """The whole page on the server, queries and all, takes as long with very many outputs as with few."""
    taken: dict[int, list[float]] = {count: [] for count in COUNTS}
    for count in (*COUNTS, *reversed(COUNTS)):
        monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(folders[count]))
        close_workbench()
        try:
            app = AppTest.from_file(SHELL, default_timeout=60).run().switch_page(LIBRARY_PAGE).run()
            assert not app.exception
            shown = [one for one in app.get("bidi_component") if '"items"' in str(one.proto.json)]
            assert str(shown[0].proto.json).count('"thumb"') >= 48
            taken[count] += [milliseconds(app.run) for _ in range(ROUNDS)]
        finally:
            close_workbench()
    small, large = (statistics.median(taken[count]) for count in COUNTS)
    record(
        record_property,
        Ratio("gallery page on the server, 10,000 outputs against 100", large, small, "ms", 1.5),
    )


@pytest.mark.parametrize("order", ["newest", "cost", "stars"])
def test_a_page_of_the_library(libraries: dict[int, Library], record_property, order: Order) -> None:
    """The queries of a page in each order, and of the page that follows it."""

    def two_pages(library: Library) -> None:
        first = page(library, Filter(), order=order)
        assert page(library, Filter(), order=order, after=first.after).runs[0] not in first.runs

    took = middles(libraries, two_pages)
    what = f"two pages by {order}, 10,000 outputs against 100"
    record(record_property, Ratio(what, took[LARGE], took[SMALL], "ms", 1.5 if order == "newest" else None))


def test_what_there_is_to_filter_by(libraries: dict[int, Library], record_property) -> None:
    """The lists in the filters."""
    took = middles(libraries, choices)
    record(record_property, Ratio("lists of the filters, 10,000 outputs against 100", took[LARGE], took[SMALL], "ms"))


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("a word of every fourth prompt", Filter(words=COMMON)),
        ("a rare word", Filter(words=RARE)),
        ("two words", Filter(words=f"{COMMON} {RARE}")),
        ("the beginning of a word", Filter(words=COMMON[:2])),
        ("a word, of one person", Filter(words=COMMON, owner="Eskil")),
        ("a word and a tag", Filter(words=COMMON, tag="final")),
    ],
)
def test_search(libraries: dict[int, Library], record_property, what: str, asked: Filter) -> None:
    """A search in the largest library finds something, in a twentieth of a second."""
    library = libraries[LARGE]
    assert page(library, asked).runs
    took = middles({LARGE: library}, lambda one: page(one, asked))[LARGE]
    record(record_property, Ratio(f"search at 10,000: {what}", took, 50.0, "ms allowed", 1.0))


def test_a_filter_changes_the_screen(folders: dict[int, Path], tmp_path: Path, record_property) -> None:
    """In Chromium, from the click on a filter to its thumbnails painted."""
    taken = {}
    for count in (SMALL, LARGE):
        environment = {"IMAGE_WORKBENCH_DATA": str(folders[count])}
        (tmp_path / str(count)).mkdir()
        with AppServer(tmp_path / str(count), environment=environment) as server, launched() as browser:
            window, _ = new_page(browser)
            open_page(window, server.base_url, "/library")
            taken[count] = statistics.median(_switches(window))
            window.context.close()
    what = "a filter's click to its thumbnails on the screen, 10,000 outputs against 100"
    record(record_property, Ratio(what, taken[LARGE], taken[SMALL], "ms"))


def _switches(window: Page) -> list[float]:
    times = []
    for _ in range(6):
        window.evaluate(f"() => {{ window.measured = ({WATCH})({TILES}) }}")
        window.get_by_text("Starred", exact=True).click()
        times.append(window.evaluate("() => window.measured"))
        wait_idle(window)
    return times[1:]
