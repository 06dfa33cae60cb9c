"""What is drawn on the Edit page in a real browser, tool by tool, and what of it was really sent."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from components.images.masks.extend import SEAM
from tests.browser.app_server import AppServer
from tests.browser.canvas_page import (
    SIZE,
    alpha_of,
    await_canvas,
    back_to_mask,
    begin,
    canvas_box,
    drag,
    edit_toggle,
    painted_box,
    run_edit,
    sent,
    sent_mask,
    take_largest_brush,
    tool,
)
from tests.browser.driver import await_run, wait_idle


def painted_on_canvas(page: Page) -> bool:
    """Whether the canvas itself shows anything drawn."""
    return bool(
        page.locator(".dc-canvas.lower-canvas").evaluate(
            "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(value => value)"
        )
    )


def halves(mask: Image.Image, column: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is painted left of a column, and what right of it."""
    left, top, right, bottom = painted_box(mask.crop((column, 0, mask.width, mask.height)))
    return painted_box(mask.crop((0, 0, column, mask.height))), (left + column, top, right + column, bottom)


def assert_near(found: tuple[float, ...], wanted: tuple[float, ...], scale: float) -> None:
    """Within a pixel of the canvas and one of the image."""
    assert found == pytest.approx(wanted, abs=1 + scale), (found, wanted)


def test_lasso_circle_and_steps(page: Page, base_url: str, server: AppServer) -> None:
    """Lasso and circle paint what they enclose; undo, redo and clear go through the steps and change nothing else."""
    scale = begin(page, base_url)
    tool(page, "Lasso")
    box = canvas_box(page)
    corners = ((60, 60), (240, 60), (240, 240))
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
    page.mouse.up()
    wait_idle(page)
    tool(page, "Circle")
    drag(page, (350, 200), (450, 200))
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    both = share.inner_text()
    run_edit(page)
    back_to_mask(page)
    alpha = alpha_of(server)
    lasso, circle = halves(sent_mask(server), round(300 * scale))
    assert_near(lasso, tuple(place * scale for place in (60, 60, 240, 240)), scale + 1)
    assert alpha[round(100 * scale), round(200 * scale)] == 0, "inside the lasso"
    assert alpha[round(200 * scale), round(100 * scale)] == 255, "beyond its closing line"
    assert_near(circle, tuple(place * scale for place in (350, 150, 450, 250)), scale)

    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    undo.click()
    expect(share).not_to_have_text(both)
    undo.click()
    expect(page.get_by_text("all may change")).to_be_visible()
    expect(undo).to_be_disabled()
    wait_idle(page)
    assert not painted_on_canvas(page)
    redo.click()
    expect(undo).to_be_enabled()
    redo.click()
    expect(share).to_have_text(both)
    expect(redo).to_be_disabled()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("all may change")).to_be_visible()
    undo.click()
    expect(share).to_have_text(both)
    wait_idle(page)
    run_edit(page, "a red balloon")
    assert np.array_equal(alpha_of(server), alpha), "what came back is what was drawn"


def test_a_drawn_shape_is_moved_and_reshaped(page: Page, base_url: str, server: AppServer) -> None:
    """The canvas's own edit mode moves and stretches a shape, and the mask follows."""
    scale = begin(page, base_url)
    tool(page, "Rectangle")
    drag(page, (100, 100), (200, 180))
    expect(page.get_by_text("sent at full size")).to_be_visible()
    edit_toggle(page).click()
    drag(page, (150, 140), (250, 200))
    drag(page, (300, 240), (360, 288))
    run_edit(page)
    assert_near(painted_box(sent_mask(server)), tuple(place * scale for place in (200, 160, 360, 288)), 2 * scale)
    back_to_mask(page)
    tool(page, "Lasso")
    edit_toggle(page).click()
    drag(page, (280, 230), (260, 210))
    run_edit(page, "a red balloon")
    assert_near(painted_box(sent_mask(server)), tuple(place * scale for place in (180, 140, 340, 268)), 2 * scale)


def test_zoomed_and_panned(page: Page, base_url: str, server: AppServer) -> None:
    """Zoom keeps the middle where it was; at 200 % a stroke lands where the panned image shows it; window and brush
    size change no byte of it."""
    size = (900, 700)
    begin(page, base_url, size)
    page.get_by_role("radio", name="200%").click()
    wait_idle(page)
    scroll = page.locator(".dc-scroll")
    scroll.scroll_into_view_if_needed()
    view = scroll.bounding_box()
    assert view is not None
    middle = (view["x"] + view["width"] / 2, view["y"] + view["height"] / 2)
    left, top = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    assert (left, top) == pytest.approx((900 - view["width"] / 2, 700 - view["height"] / 2), abs=2)
    page.mouse.move(*middle)
    page.keyboard.down("Space")
    page.mouse.down()
    page.mouse.move(middle[0] - 260, middle[1] - 180, steps=5)
    page.mouse.up()
    page.keyboard.up("Space")
    panned = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    assert panned == pytest.approx((left + 260, top + 180), abs=1)
    tool(page, "Rectangle")
    box = canvas_box(page)
    start = (middle[0] - 50 - box["x"], middle[1] - 40 - box["y"])
    end = (middle[0] + 70 - box["x"], middle[1] + 60 - box["y"])
    drag(page, start, end)
    run_edit(page)
    mask = sent_mask(server)
    assert mask.size == size
    assert_near(painted_box(mask), tuple(place / 2 for place in (*start, *end)), 0.5)
    before = np.asarray(mask.getchannel("A"))

    back_to_mask(page)
    page.set_viewport_size({"width": 1000, "height": 700})
    page.get_by_role("radio", name="Fit").click()
    take_largest_brush(page)
    run_edit(page, "a red balloon")
    assert np.array_equal(alpha_of(server), before)


# A busy browser handles keys and clicks first: what the canvas leaves for a timer, its message too, comes late.
SLOW_TIMERS = """() => {
  const real = window.setTimeout
  window.setTimeout = (act, ms = 0, ...rest) => real(act, ms + 3000, ...rest)
  window.addEventListener("keydown", () => { window.setTimeout = real }, { capture: true, once: true })
}"""


def test_a_stroke_counts_at_once(page: Page, base_url: str, server: AppServer) -> None:
    """Whoever runs in the very moment the pointer goes up sends the mask with that stroke, also in a busy browser."""
    scale = begin(page, base_url)
    page.get_by_label("Prompt", exact=True).fill("a yellow balloon")
    page.get_by_label("Prompt", exact=True).blur()
    wait_idle(page)
    box = canvas_box(page)
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200, steps=4)
    page.evaluate(SLOW_TIMERS)
    page.mouse.up()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".status")).to_have_text("1 image")
    wait_idle(page)
    assert alpha_of(server)[round(200 * scale), round(250 * scale)] == 0
    # From a tool of the drawing too, which has the focus when it was chosen.
    back_to_mask(page)
    tool(page, "Lasso")
    first = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    await_run(page)


def test_fingers_paint_and_the_page_stays(new_page: Callable[..., Page], base_url: str, server: AppServer) -> None:
    """On a phone a finger paints, also a shape, and taps a polygon; the page stays, nothing scrolls sideways."""
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    scale = begin(page, base_url)
    touches = page.context.new_cdp_session(page)

    def finger(start: tuple[float, float], end: tuple[float, float]) -> None:
        box = canvas_box(page)
        for kind, share in (("touchStart", 0.0), *(("touchMove", step / 6) for step in range(1, 7)), ("touchEnd", 1.0)):
            x, y = (box[side] + a + (b - a) * share for side, a, b in zip("xy", start, end, strict=True))
            points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        wait_idle(page)

    main = page.get_by_test_id("stMain")
    canvas_box(page)
    before = main.evaluate("one => one.scrollTop")
    finger((60, 40), (60, 180))
    assert main.evaluate("one => one.scrollTop") == before
    tool(page, "Rectangle")
    finger((150, 60), (290, 160))
    tool(page, "Polygon")
    box = canvas_box(page)
    for x, y in ((15, 190), (95, 190), (95, 225), (15, 190)):
        page.touchscreen.tap(box["x"] + x, box["y"] + y)
    wait_idle(page)
    assert main.evaluate("one => [one.scrollWidth, one.scrollLeft]") == [390, 0]
    for button in page.locator("[data-testid=stMain] button:visible:not(.strip *)").all():
        found = button.bounding_box()
        assert found is None or found["width"] == 0 or (found["x"] >= 0 and found["x"] + found["width"] <= 391)
    run_edit(page)
    alpha = alpha_of(server)
    assert alpha[round(110 * scale), round(60 * scale)] == 0, "the finger's stroke"
    assert alpha[round(205 * scale), round(88 * scale)] == 0, "the polygon that was tapped"
    _, shape = halves(sent_mask(server), round(110 * scale))
    assert_near(shape, tuple(place * scale for place in (150, 60, 290, 160)), scale)


def test_two_fingers_move_a_zoomed_image_and_paint_nothing(
    new_page: Callable[..., Page], base_url: str, server: AppServer
) -> None:
    """On a phone two fingers pan, also when one comes down before the other; what one finger paints then is alone."""
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    begin(page, base_url, (900, 700))
    page.get_by_role("radio", name="200%").click()
    wait_idle(page)
    scroll = page.locator(".dc-scroll")
    scroll.scroll_into_view_if_needed()
    view = scroll.bounding_box()
    assert view is not None
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": view["x"] + x, "y": view["y"] + y, "id": place} for place, (x, y) in enumerate(places)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    one, two = (200.0, 200.0), (260.0, 240.0)
    touch("touchStart", one)
    touch("touchMove", (198.0, 199.0))
    touch("touchStart", (198.0, 199.0), two)
    for step in range(1, 6):
        touch("touchMove", (198 - 20.0 * step, 199 - 16.0 * step), (two[0] - 20 * step, two[1] - 16 * step))
    touch("touchEnd", (98.0, 119.0))
    touch("touchEnd")
    left, top = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    assert (left - before[0], top - before[1]) == pytest.approx((100, 80), abs=4)
    wait_idle(page)
    assert not painted_on_canvas(page)

    touch("touchStart", (60.0, 60.0))
    for step in range(1, 6):
        touch("touchMove", (60 + 20.0 * step, 60.0))
    touch("touchEnd")
    wait_idle(page)
    run_edit(page)
    mask = sent_mask(server)
    found = painted_box(mask)
    assert found[3] - found[1] < 60, "one stroke, and no dot where the two fingers were"
    alpha = np.asarray(mask.getchannel("A"))
    assert alpha[round((60 + top) / 2), round((110 + left) / 2)] == 0


def test_markup_is_sent_in_its_colors(page: Page, base_url: str, server: AppServer) -> None:
    """Pen, arrow, box and text in two colors go over the image as a see-through PNG, and no mask goes with them."""
    scale = begin(page, base_url)
    drag(page, (50, 50), (80, 50))
    tool(page, "Markup")
    expect(page.get_by_text("instead of a mask")).to_be_visible()
    expect(page.get_by_text("The painted mask stays here and is not sent")).to_be_visible()
    drag(page, (60, 60), (220, 60))
    page.get_by_role("button", name="Color color picker").click()
    page.get_by_label("Hex").fill("#0055FF")
    page.keyboard.press("Escape")
    wait_idle(page)
    tool(page, "Arrow")
    drag(page, (100, 200), (300, 200))
    tool(page, "Box")
    drag(page, (350, 100), (450, 180))
    tool(page, "Text")
    page.get_by_label("Prompt", exact=True).fill("a yellow balloon")
    page.get_by_label("Prompt", exact=True).blur()
    wait_idle(page)
    box = canvas_box(page)
    page.mouse.click(box["x"] + 120, box["y"] + 300)
    page.keyboard.type("HILL")
    page.keyboard.press("Control+Enter")  # while it is still being written
    expect(page.locator(".status")).to_have_text("1 image")
    wait_idle(page)
    (markup,) = sent(server, "markup")
    assert (markup.format, markup.mode, markup.size) == ("PNG", "RGBA", SIZE)
    assert not sent(server, "mask")
    pixels = np.asarray(markup)

    def at(x: float, y: float) -> tuple[int, ...]:
        return tuple(int(value) for value in pixels[round(y * scale), round(x * scale)])

    red, blue = (215, 38, 61, 255), (0, 85, 255, 255)
    assert at(140, 60) == red, "the pen"
    assert at(200, 200) == blue, "the arrow"
    for x, y in ((400, 101), (351, 140)):  # its outer edge may share a pixel with what is below
        assert at(x, y)[:3] == blue[:3], "the box"
        assert at(x, y)[3] > 200
    assert at(400, 140)[3] == 0, "which is hollow"
    letters = pixels[round(280 * scale) : round(360 * scale), round(110 * scale) : round(330 * scale)]
    assert ((letters[..., :3] == blue[:3]).all(axis=-1) & (letters[..., 3] > 100)).sum() > 60, "the text"
    head = pixels[round(180 * scale) : round(196 * scale), round(260 * scale) : round(300 * scale)]
    assert (head == blue).all(axis=-1).any(), "the arrow's head, where it was drawn to"
    assert at(20, 400)[3] == 0


def test_new_borders_are_masked_by_themselves(page: Page, base_url: str, server: AppServer) -> None:
    """Borders on a side, then a target ratio: the image sent has the new size, and just what is new is edited."""
    scale = begin(page, base_url)
    tool(page, "Rectangle")
    drag(page, (100, 100), (160, 160))
    tool(page, "Extend")
    page.get_by_label("Right (px)").fill("120")
    page.get_by_label("Right (px)").press("Enter")
    expect(page.get_by_text("600x400 becomes 720x400")).to_be_visible()
    page.get_by_role("button", name="Extend the image").click()
    await_canvas(page)
    run_edit(page)
    (image,) = sent(server, "image")
    assert image.size == (720, 400)
    pixels = np.asarray(image)
    assert not pixels[:, 600:, 3].any()
    assert (pixels[:, :600] == (90, 120, 150, 255)).all()
    alpha = alpha_of(server)
    inside = round(130 * scale)
    assert alpha[inside, inside] == 0, "what was painted before is still painted"
    assert not alpha[:, 600 - SEAM :].any()
    assert (alpha[:, 300 : 600 - SEAM] == 255).all()

    back_to_mask(page)
    page.get_by_role("button", name="Clear", exact=True).click()
    wait_idle(page)
    tool(page, "Extend")
    page.get_by_role("combobox", name="Target").click()
    page.get_by_role("option", name="1:1").click()
    expect(page.get_by_text("720x400 becomes 720x720")).to_be_visible()
    page.get_by_role("button", name="Extend the image").click()
    await_canvas(page)
    run_edit(page, "a red balloon")
    (image,) = sent(server, "image")
    assert image.size == (720, 720)
    wanted = np.zeros((720, 720), np.uint8)
    wanted[160 + SEAM : 560 - SEAM] = 255
    assert np.array_equal(alpha_of(server), wanted)
