"""A canvas that Streamlit removes and makes anew where it stands, as it does on a busy machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import alpha_of, begin, canvas_box, drag, run_edit, tool
from tests.browser.driver import wait_idle

# Streamlit calls a component as soon as its module is imported. A newer call may have come meanwhile; then it removes
# what the call made. Here the import takes as long as the test says.
COMPONENT = next((Path(streamlit.__file__).parent / "static/static/js").glob("BidiComponent.*.js"))
IMPORTED = re.compile(r"(await \w+\(\(\)=>import\(\w+\),\[\],import\.meta\.url\);)")
WAIT = r"\1window.importing&&await window.importing();"
HOLD = """() => {
  const host = [...document.querySelectorAll("[class*=st-key-canvas] *")].find(one => one.shadowRoot)
  const canvas = () => host.shadowRoot.querySelector(".upper-canvas")
  const [before, held] = [canvas(), []]
  window.madeAnew = () => canvas() && canvas() !== before
  window.importing = () => new Promise(resolve => held.push(resolve))
  window.goOn = async together => {
    window.importing = undefined
    while (held.length) {
      held.shift()()
      if (!together) await new Promise(requestAnimationFrame)
    }
  }
}"""


@pytest.fixture
def slow_page(new_page: Callable[..., Page]) -> Page:
    """A page in which imports of components' modules can be held up."""
    code, places = IMPORTED.subn(WAIT, COMPONENT.read_text(encoding="utf-8"))
    assert places == 1, "Streamlit imports the modules of components in another way."
    page = new_page(service_workers="block")  # with options of its own it is not handed on
    page.route(f"**/{COMPONENT.name}", lambda route: route.fulfill(body=code, content_type="text/javascript"))
    return page


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
def test_nothing_drawn_is_lost(slow_page: Page, base_url: str, server: AppServer, together: bool) -> None:
    """The new canvas has each stroke since the last load, those after it are added, and undo goes on from there.

    Calls whose imports end together leave no canvas at all; the drawing tools ask for one.
    """
    page = slow_page
    scale = begin(page, base_url)
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    tool(page, "Rectangle")
    for place in (0, 100, 200):
        drag(page, (40 + place, 40), (100 + place, 100))
    drawn = share.inner_text()
    page.evaluate(HOLD)
    for name in ("Brush", "Eraser", "Rectangle"):
        tool(page, name)
    page.evaluate("together => window.goOn(together)", together)
    page.wait_for_function("window.madeAnew()")
    drag(page, (340, 40), (400, 100))
    expect(share).not_to_have_text(drawn)
    page.mouse.move(canvas_box(page)["x"] + 300, canvas_box(page)["y"] + 200)
    page.keyboard.press("Control+z")
    expect(share).to_have_text(drawn)
    page.keyboard.press("Control+Shift+z")
    expect(share).not_to_have_text(drawn)
    wait_idle(page)
    run_edit(page)
    alpha = alpha_of(server)
    at = [(round(70 * scale), round((70 + place) * scale)) for place in (0, 100, 200, 300, 400)]
    assert [int(alpha[one]) == 0 for one in at] == [True, True, True, True, False]


def test_a_canvas_that_is_removed_while_it_loads(slow_page: Page, base_url: str) -> None:
    """What an undo loaded is on the next one."""
    page = slow_page
    begin(page, base_url)
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    tool(page, "Rectangle")
    shares = []
    for place in (0, 100, 200):
        drag(page, (40 + place, 40), (100 + place, 100))
        shares.append(share.inner_text())
    page.evaluate(HOLD)
    page.locator(".st-key-mask-undo button").first.click()
    expect(share).to_have_text(shares[1])
    tool(page, "Brush")
    tool(page, "Rectangle")
    page.evaluate("window.goOn(false)")
    page.wait_for_function("window.madeAnew()")
    wait_idle(page)
    drag(page, (340, 40), (400, 100))
    expect(share).to_have_text(shares[2])
