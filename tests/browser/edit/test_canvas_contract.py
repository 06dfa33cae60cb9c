"""What the app relies on inside streamlit-drawable-canvas, checked through the app's own adapter.

When a new version of the package moves one of these, a test here fails with a sentence that names it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas_page import begin, canvas_box, drag, tool
from tests.browser.driver import wait_idle
from tests.setup.environment import ROOT

FILE = "components/ui/edit/canvas/adapter.js"
ADAPTER = (ROOT / FILE).read_text(encoding="utf-8")

# Each is given the adapter of the canvas on the page.
STRUCTURE = """
  const found = { "its root is the parent of its scroll area": adapter.root.matches(PARTS.root) }
  for (const [name, selector] of Object.entries(PARTS)) {
    found[`the ${name} is at ${selector}`] = Boolean(adapter.root.parentElement.querySelector(selector)
      ?? adapter.root.getRootNode().querySelector(selector))
  }
  for (const [name, label] of Object.entries(LABELS)) {
    found[`the ${name} button is labeled ${label}`] = Boolean(adapter.button(name))
  }
  found["the edit button says by aria-pressed whether it is on"] = adapter.isReshaping
  const [inner, surface] = [adapter.content, adapter.surface].map(one => one.getBoundingClientRect())
  found["the first child of its scroll area holds the canvas and has its size (adapter.js, content)"] =
    adapter.content.contains(adapter.container) && inner.width === surface.width && inner.height === surface.height
  const canvases = [...adapter.content.querySelectorAll("canvas")]
  found["it loads its background from an address (canvas.py, draw_canvas)"] =
    canvases.some(one => one.getContext("2d").getImageData(20, 20, 1, 1).data.every((value, place) =>
      Math.abs(value - [90, 120, 150, 255][place]) < 5))
  return found
"""
MOUSE_STROKE = """
  const box = adapter.surface.getBoundingClientRect()
  for (const [type, x] of [["mousedown", 60], ["mousemove", 120], ["mousemove", 200], ["mouseup", 200]]) {
    const where = { clientX: box.left + x, clientY: box.top + 80 }
    adapter.replay(new MouseEvent(type, { bubbles: true, cancelable: true, composed: true, buttons: 1, ...where }))
  }
  adapter.sendDrawing()
"""
TOUCH_STROKE = """
  const box = adapter.surface.getBoundingClientRect()
  for (const [type, x] of [["touchstart", 60], ["touchmove", 120], ["touchmove", 200], ["touchend", 200]]) {
    const [clientX, clientY] = [box.left + x, box.top + 80]
    const place = { clientX, clientY, pageX: clientX, pageY: clientY }
    const touch = new Touch({ identifier: 1, target: adapter.surface, ...place })
    adapter.replay(new TouchEvent(type, { changedTouches: [touch], touches: [touch] }))
  }
  adapter.sendDrawing()
"""
BEGIN_STROKE = MOUSE_STROKE.replace(', ["mouseup", 200]', "").replace("adapter.sendDrawing()", "")
END_STROKE = MOUSE_STROKE.replace('["mousedown", 60], ["mousemove", 120], ["mousemove", 200], ', "")
CLICKS = "for (const [x, y] of %s) adapter.click({ x, y })"
TRIANGLE = "[[100, 60], [260, 60], [260, 180]]"
# The triangle; a corner that the next click removes, and one that stands close to another; then the first one again.
CORNERS = f"{TRIANGLE[:-1]}, [180, 240], [191, 251], [272, 192], [100, 60]]"
# Select and delete the polygon; the app, which finds no Update button, cannot ask for a report.
DELETE_UNSENT = """
  adapter.button("edit").click()
  adapter.click({ x: 245, y: 90 })
  const update = adapter.button("update")
  update.ariaLabel = `No ${update.ariaLabel}`
  adapter.button("delete").click()
"""
SEND = """
  const update = adapter.root.querySelector(`[aria-label^="No ${LABELS.update}"]`)
  update.ariaLabel = update.ariaLabel.slice(3)
  adapter.sendDrawing()
"""
LOAD_FIELD = "lockSkewingX"  # as in canvas.py
# Keep what the page sends.
KEEP_SENT = """() => {
  window.sent = []
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    window.sent.push(new TextDecoder().decode(data))
    return send.call(this, data)
  }
}"""


def with_adapter(page: Page, code: str) -> Any:
    """Run JavaScript in the page with the adapter of its canvas."""
    return page.evaluate(
        f"""() => {{
          {ADAPTER}
          const host = document.querySelector('[class*="st-key-canvas-mask-"]')
          const adapter = CanvasAdapter.find(host.className.match(/st-key-(canvas-mask-\\S+)/)[1])
          if (!adapter) throw new Error("{FILE} finds no canvas: no shadow root below its key, or no scroll area in it")
          {code}
        }}"""
    )


def expect_mask(page: Page, why: str) -> None:
    """Wait until something is masked."""
    wait_idle(page)
    expect(page.get_by_text(re.compile("^Mask [0-9.]+%")).first, why).to_contain_text(re.compile("Mask [0-9.]*[1-9]"))


def raw_drawing(page: Page) -> dict[str, Any]:
    """Return the drawing that the canvas reported last since KEEP_SENT; its objects are empty if Python finds none."""
    wait_idle(page)
    texts = [text for text in page.evaluate("window.sent") if '"drawing":' in text]
    assert texts, "The canvas reports nothing under the name “drawing” (canvas.py, sync)."
    drawing, _ = json.JSONDecoder().raw_decode(texts[-1].rpartition('"drawing":')[2])
    found: dict[str, Any] = drawing.get("raw") or {}
    return {**found, "objects": found.get("objects") or []}


def test_every_part_is_where_the_adapter_looks_for_it(page: Page, base_url: str) -> None:
    """Elements, classes, labels and states, with a shape drawn and selected."""
    begin(page, base_url)
    tool(page, "Rectangle")
    drag(page, (100, 60), (260, 180))
    with_adapter(page, 'adapter.button("edit").click()')
    box = canvas_box(page)
    page.mouse.click(box["x"] + 180, box["y"] + 120)
    wait_idle(page)
    moved = [what for what, holds in with_adapter(page, STRUCTURE).items() if not holds]
    assert not moved, f"streamlit-drawable-canvas has changed; {FILE} relies on this: " + "; ".join(moved)


@pytest.mark.parametrize(
    ("tool_name", "code", "why"),
    [
        ("Brush", MOUSE_STROKE, "Synthetic mouse events no longer draw, or Update no longer sends the drawing."),
        ("Rectangle", TOUCH_STROKE.replace("box.top + 80", "box.top + x"), "Synthetic touches no longer draw a shape."),
        ("Polygon", CLICKS % TRIANGLE + "; adapter.click({ x: 100, y: 60 })", "Clicks no longer close a polygon."),
    ],
    ids=["mouse", "touch", "polygon"],
)
def test_the_canvas_obeys_synthetic_events(page: Page, base_url: str, tool_name: str, code: str, why: str) -> None:
    """A stroke, a shape drawn by touch and a polygon, each of synthetic events, reach Python as objects."""
    begin(page, base_url)
    tool(page, tool_name)
    with_adapter(page, code)
    expect_mask(page, why)


def test_reshaping_drops_an_open_polygon(page: Page, base_url: str) -> None:
    """Corners that were clicked before are no part of the next polygon."""
    begin(page, base_url)
    tool(page, "Polygon")
    with_adapter(page, CLICKS % "[[400, 200], [500, 200]]")
    with_adapter(page, "adapter.dropOpenShape()")
    with_adapter(page, CLICKS % TRIANGLE + "; adapter.click({ x: 100, y: 60 })")
    expect_mask(page, "Pressing Edit twice no longer drops an open polygon.")


def test_straight_lines_and_outlines_stay_what_they_are(page: Page, base_url: str) -> None:
    """With Shift a stroke is one straight line; the lasso's outline is handed back as the path that it was given."""
    begin(page, base_url)
    tool(page, "Brush")
    with_adapter(
        page,
        """
        const box = adapter.surface.getBoundingClientRect()
        const at = { clientX: box.left + 60, clientY: box.top + 80, bubbles: true, cancelable: true, composed: true }
        adapter.replay(new MouseEvent("mousedown", { ...at, buttons: 1, shiftKey: true }))
        adapter.replay(adapter.moveTo({ x: 200, y: 80 }), true)
        adapter.sendDrawing()
        """,
    )
    expect_mask(page, "A move with Shift no longer draws straight.")
    tool(page, "Lasso")
    drag(page, (300, 200), (420, 260), (300, 260))
    for _ in range(2):
        page.locator(".st-key-mask-undo button").first.click()
        wait_idle(page)
    why = "The canvas changes the outline that canvas/objects.py makes for the lasso, which counts as one more step."
    expect(page.get_by_text("all may change"), why).to_be_visible()


def test_what_the_canvas_reports_and_when(page: Page, base_url: str) -> None:
    """The state that Python reads, what a load discards, and the corners and the deletion of a polygon."""
    begin(page, base_url)
    page.evaluate(KEEP_SENT)
    tool(page, "Brush")
    with_adapter(page, MOUSE_STROKE)
    before = raw_drawing(page)
    with_adapter(page, BEGIN_STROKE)
    page.locator(".st-key-mask-undo button").first.evaluate("one => one.click()")
    wait_idle(page)
    with_adapter(page, END_STROKE)
    loaded = raw_drawing(page)
    with_adapter(page, MOUSE_STROKE)
    numbers = before.get(LOAD_FIELD), raw_drawing(page).get(LOAD_FIELD)
    found = {
        f"the field {LOAD_FIELD} comes back as it was loaded; without it Python ignores every stroke (canvas.py)": (
            all(type(one) is int for one in numbers) and numbers[0] < numbers[1]
        ),
        'Python finds what is drawn at ["drawing"]["raw"]["objects"] of the state (canvas.py, sync)': (
            len(before["objects"]) == 1
        ),
        "a load discards the stroke that is being drawn (stroke_replay.js)": all(
            one["width"] < 1 for one in loaded["objects"]
        ),
    }

    tool(page, "Polygon")
    with_adapter(page, CLICKS % CORNERS)
    points = (raw_drawing(page)["objects"] or [{}])[-1].get("points") or ()
    found |= {
        "a click up to 11 pixels beside a corner removes it (corners.js)": all(one["y"] < 200 for one in points),
        "a click farther beside a corner sets a new one (corners.js)": sum(one["x"] > 250 for one in points) == 3,
    }
    with_adapter(page, DELETE_UNSENT)
    unsent = raw_drawing(page)["objects"]
    with_adapter(page, SEND)
    found["with the polygon tool a deletion is not reported until the app asks for it (canvas.js, attach)"] = (
        len(raw_drawing(page)["objects"]) == len(unsent) - 1
    )
    moved = [what for what, holds in found.items() if not holds]
    assert not moved, "streamlit-drawable-canvas has changed; the app relies on this: " + "; ".join(moved)
