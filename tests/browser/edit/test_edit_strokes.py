"""What a hand does on the canvas in a real browser: what it sees while it draws, how fast it is, and its keys."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import (
    alpha_of,
    await_canvas,
    begin,
    brush_size,
    canvas_box,
    drag,
    edit_toggle,
    run_edit,
    tool,
)
from tests.browser.driver import wait_idle


def shown_at(page: Page, x: float, y: float) -> tuple[int, ...]:
    """The color of the screen at a place of the canvas, in its pixels."""
    box = canvas_box(page)
    clip = {"x": box["x"] + x, "y": box["y"] + y, "width": 1, "height": 1}
    pixel = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB").getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


def test_what_is_seen_is_what_is_masked(page: Page, base_url: str) -> None:
    """The eraser uncovers the image while it is drawn, also where all was selected; a color is the whole mask's."""
    begin(page, base_url)
    page.get_by_role("button", name="Select all").click()
    image, crimson, blue = (90, 120, 150), (164, 74, 119), (40, 101, 208)
    expect(page.get_by_text("so all of it may change")).to_be_visible()
    wait_idle(page)
    assert shown_at(page, 100, 60) == pytest.approx(crimson, abs=4)
    tool(page, "Eraser")
    box = canvas_box(page)
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 200, steps=6)
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    assert shown_at(page, 300, 200) == pytest.approx(image, abs=4)
    page.mouse.up()
    wait_idle(page)
    tool(page, "Brush")
    drag(page, (300, 40), (300, 300))
    assert shown_at(page, 220, 200) == pytest.approx(image, abs=4)
    page.get_by_role("button", name="Color color picker").click()
    page.get_by_label("Hex").fill("#0055FF")
    page.keyboard.press("Escape")
    wait_idle(page)
    page.mouse.move(0, 0)
    for x, y in ((100, 60), (300, 100), (300, 200)):  # selected; painted over it; painted where it was erased
        assert shown_at(page, x, y) == pytest.approx(blue, abs=4)


def test_strokes_in_quick_succession_are_all_kept(page: Page, base_url: str, server: AppServer) -> None:
    """Ten strokes without a pause all count, and a lasso during which the canvas is loaded with the one before."""
    scale = begin(page, base_url)
    box = canvas_box(page)

    def begin_at(left: float, top: float) -> None:
        page.mouse.move(box["x"] + left, box["y"] + top)
        page.mouse.down()
        page.mouse.move(box["x"] + left + 40, box["y"] + top)

    def end_at(left: float, top: float) -> None:
        for x, y in ((80, 0), (80, 60), (0, 60)):
            page.mouse.move(box["x"] + left + x, box["y"] + top + y, steps=4)
        page.mouse.up()

    places = [(40.0 + 160 * column, 40.0 + 120 * row) for row in range(3) for column in range(4)]
    tool(page, "Brush")
    for place in places[:10]:
        begin_at(*place)
        page.mouse.move(box["x"] + place[0] + 40, box["y"] + place[1] + 30, steps=3)
        page.mouse.up()
    wait_idle(page)
    tool(page, "Lasso")
    begin_at(*places[10])
    end_at(*places[10])
    begin_at(*places[11])
    wait_idle(page)  # by now the first lasso is back, filled, under the hand
    end_at(*places[11])
    wait_idle(page)
    run_edit(page)
    alpha = alpha_of(server)
    painted = [alpha[round((top + 30) * scale), round((left + 40) * scale)] == 0 for left, top in places]
    assert painted == [True] * 12


def test_keys_that_people_know(page: Page, base_url: str) -> None:
    """Over the image Enter closes a polygon, Escape drops it, Delete removes a shape, Ctrl+Z and [ ] work."""
    begin(page, base_url)
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    tool(page, "Polygon")
    box = canvas_box(page)

    def corners(*places: tuple[float, float]) -> None:
        for x, y in places:
            page.mouse.click(box["x"] + x, box["y"] + y)

    corners((300, 300), (400, 300), (400, 380))
    page.keyboard.press("Escape")
    corners((100, 100), (300, 100), (300, 200), (200, 280))
    page.keyboard.press("Control+z")  # the last corner
    page.keyboard.press("Enter")
    expect(share).to_contain_text(re.compile("Mask [0-9.]*[1-9]"))
    wait_idle(page)
    triangle = share.inner_text()
    assert float(triangle.split()[1].rstrip("%")) == pytest.approx(
        100 * 10_000 / (box["width"] * box["height"]), abs=0.2
    )
    page.keyboard.press("Control+z")
    expect(page.get_by_text("all may change")).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(share).to_have_text(triangle)
    wait_idle(page)
    edit_toggle(page).click()
    page.mouse.click(box["x"] + 270, box["y"] + 120)
    page.keyboard.press("Delete")
    expect(page.get_by_text("all may change")).to_be_visible()
    tool(page, "Brush")
    page.mouse.move(box["x"] + 270, box["y"] + 120)
    size = brush_size(page)
    before = int(size.input_value())
    page.keyboard.press("]")
    page.keyboard.press("]")
    expect(size).to_have_value(str(round(round(before * 1.15) * 1.15)))


# The next connection begins a new session, as after a restart: it does not name the one before.
FORGET_SESSION = """() => {
  const Known = WebSocket
  window.WebSocket = class extends Known {
    constructor(address, protocols) { super(address, protocols.slice(0, 2)) }
  }
  const send = Known.prototype.send
  Known.prototype.send = function (data) {
    window.line = this
    return send.call(this, data)
  }
}"""


def test_undo_in_a_new_session_takes_one_step_back(page: Page, base_url: str) -> None:
    """Undo pressed before the app was restarted does not count again afterwards."""
    begin(page, base_url)
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    tool(page, "Rectangle")
    page.evaluate(FORGET_SESSION)
    for place in (0, 100, 200):
        drag(page, (40 + place, 40), (100 + place, 100))
    for _ in range(2):
        page.keyboard.press("Control+z")
    wait_idle(page)
    kept = share.inner_text()
    page.evaluate("window.line.close()")
    page.wait_for_function("window.line.readyState === WebSocket.OPEN")
    await_canvas(page)
    expect(share).to_have_text(kept)
    shares = []
    for place in (100, 200, 300):
        drag(page, (40 + place, 40), (100 + place, 100))
        shares.append(share.inner_text())
    page.keyboard.press("Control+z")
    wait_idle(page)
    expect(share).to_have_text(shares[1])
