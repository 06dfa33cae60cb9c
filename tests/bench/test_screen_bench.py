"""From the click to the image on the screen, in Chromium, against the least that a page can take.

One loopback server, in a process of its own, answers with images of 3 MB prepared beforehand. Theirs is a bare
page that asks it and shows the data; ours is the Generate page, with everything written to disk. Also: what a
rerun of the page that changes nothing costs on the server.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from components.ui.process.workbench import close_workbench
from tests.bench.report import Ratio, record
from tests.bench.test_page_load_bench import PRICE, until_changed
from tests.browser.app_server import AppServer
from tests.browser.driver import launched, new_page, open_page, wait_idle
from tests.setup.environment import ROOT

ROUNDS = 5
AIMS = {1: 1.6, 4: 1.4}
SHELL = ROOT / "components" / "ui" / "shell.py"

# Milliseconds from the press of a button until `count` new images are decoded and painted. The two animation
# frames wait for the paint. Images may stand in shadow roots.
FIND = """() => [
  ...document.querySelectorAll('img.bare'),
  ...[...document.querySelectorAll('*')].flatMap(e => [...(e.shadowRoot?.querySelectorAll('.image img') || [])]),
]"""
WATCH = """(find, count) => new Promise(resolve => {
  const before = new Set(find().map(img => img.src))
  let started
  addEventListener('pointerdown', () => { started = performance.now() }, { once: true, capture: true })
  const look = async () => {
    const found = find().filter(img => !before.has(img.src))
    if (started && found.length === count && found.every(img => img.complete && img.naturalWidth)) {
      await Promise.all(found.map(img => img.decode()))
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - started)))
    } else setTimeout(look, 4)
  }
  look()
})"""


@pytest.fixture(scope="module")
def images() -> Iterator[str]:
    """A server of images; return its base URL, where `/bare` is the bare page."""
    command = [sys.executable, "-m", "tests.bench.image_server"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


def _times(page: Page, button: str, count: int) -> list[float]:
    """Milliseconds of each round but the first, which fills caches."""
    times = []
    for _ in range(ROUNDS):
        page.evaluate(f"() => {{ window.measured = ({WATCH})({FIND}, {count}) }}")
        page.get_by_role("button", name=button).last.click()
        times.append(page.evaluate("() => window.measured"))
        if button != "Go":
            wait_idle(page)
    return times[1:]


@pytest.fixture(scope="module")
def shown(images: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    """A browser and the address of an app whose connection leads to the server of images."""
    environment = {
        "OPENAI_BASE_URL": f"{images}/v1",
        "OPENAI_API_KEY": "sk-bench",
        # So many cells are sent without a further question.
        "IMAGE_WORKBENCH_SHEET_CONFIRM_RUNS": "1000",
        "IMAGE_WORKBENCH_SHEET_CONFIRM_DOLLARS": "1000",
    }
    with AppServer(tmp_path_factory.mktemp("app"), environment=environment) as server, launched() as browser:
        yield browser, server.base_url


@pytest.mark.parametrize("count", [1, 4])
def test_click_to_image(images: str, shown: tuple[Browser, str], record_property, count: int) -> None:
    """Images are on the screen, and safe on the disk, not much later than a bare page could show them."""
    browser, address = shown
    bare, _ = new_page(browser)
    bare.goto(f"{images}/bare?n={count}")
    theirs = _times(bare, "Go", count)
    bare.context.close()
    page, _ = new_page(browser)
    open_page(page, address, f"/?n={count}&prompt=bench&model=gpt-image-2")
    ours = _times(page, "Generate", count)
    page.context.close()
    what = f"click to {count} images of 3 MB on the screen" if count > 1 else "click to a 3 MB image on the screen"
    record(record_property, Ratio(what, statistics.median(ours), statistics.median(theirs), "ms", AIMS[count]))


def test_a_rerun_that_changes_nothing(data_folder: Path, record_property) -> None:
    """A rerun of the page draws everything again in little time; measured against an empty script's rerun."""
    close_workbench()
    try:
        app = AppTest.from_file(SHELL, default_timeout=60).run()
        empty = AppTest.from_string("import streamlit as st").run()
        ours, least = [], []
        for _ in range(12):
            for one, times in ((app, ours), (empty, least)):
                begun = time.perf_counter()
                one.run()
                times.append((time.perf_counter() - begun) * 1000)
    finally:
        close_workbench()
    extra = statistics.median(ours) - statistics.median(least)
    record(
        record_property, Ratio("a rerun that changes nothing, beyond an empty script", extra, 30.0, "ms allowed", 1.0)
    )


# Collects the milliseconds from each interaction to the next paint (INP, as web-vitals counts it: the longest event of
# an interaction, from its input to the frame that shows its effect).
INTERACTIONS = """() => {
  window.interactions = {}
  new PerformanceObserver(list => {
    for (const { interactionId: id, duration } of list.getEntries())
      if (id) window.interactions[id] = Math.max(window.interactions[id] || 0, duration)
  }).observe({ type: "event", durationThreshold: 16 })
}"""


def test_clicks_while_a_sheet_fills(shown: tuple[Browser, str], record_property) -> None:
    """What a person waits for after a click, while cells of a sheet of 200 come as fast as they can.

    The next paint shows the control as pressed; the price of another quality takes a rerun of the page, with 200 cells
    planned anew.
    """
    browser, address = shown
    page, _ = new_page(browser)
    open_page(page, address, "/?quality=low&model=gpt-image-2&prompt=Fox+{1..20},+view+{1..10}")
    page.get_by_role("button", name="Run 200").click()
    status = page.locator(".sheet .status")
    expect(status).to_have_text(re.compile("^[1-9].* of 200"))
    page.evaluate(INTERACTIONS)
    times = [
        until_changed(page, page.get_by_role("radio", name=quality, exact=True), PRICE, waits=False)
        for quality in ("medium", "high", "low") * 3
    ]
    for _ in range(5):
        page.locator(".sheet td.cell.done").first.press("s")
        page.locator(".sheet td.cell.done").first.hover()
    paints = [float(one) for one in page.evaluate("() => Object.values(window.interactions)")]
    expect(status).not_to_have_text(re.compile("^200 of"), timeout=1)  # it was filling all the while
    page.context.close()
    record(
        record_property,
        Ratio(
            "click to the next paint while a sheet of 200 fills, longest",
            max(paints, default=16),
            100.0,
            "ms allowed",
            1,
        ),
        Ratio(
            "click to the price of 200 cells while a sheet of 200 fills",
            statistics.median(times),
            100.0,
            "ms allowed",
            1,
        ),
    )
