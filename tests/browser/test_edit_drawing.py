"""Every way to draw a mask in a real browser, and all that must not change one: judged by the mask that was sent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.test_edit import add_picture, canvas_box, drag, painted_box, photograph, run_edit, sent_mask, tool

SIZE = (800, 600)


def press(page: Page, name: str) -> None:
    """Press one of the buttons beneath the canvas."""
    page.get_by_test_id("stBaseButton-secondary").filter(has_text=name).first.click()
    wait_idle(page)


def near(found: tuple[int, ...], wanted: tuple[float, ...], scale: float) -> bool:
    """Whether edges are where they were drawn, to a pixel of the canvas and one of the picture."""
    return all(abs(one - other) <= 1 + scale for one, other in zip(found, wanted, strict=True))


def test_circle_lasso_undo_redo_and_clear(page: Page, base_url: str, server: AppServer) -> None:
    """A circle is round and a lasso filled; steps go back and forth; Clear leaves no mask to send."""
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(*SIZE))
    scale = SIZE[0] / canvas_box(page)["width"]
    tool(page, "Circle")
    drag(page, (100, 100), (200, 100))
    tool(page, "Lasso")
    box = canvas_box(page)
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.mouse.down()
    for x, y in ((600, 300), (600, 450), (400, 450), (400, 310)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
    page.mouse.up()
    wait_idle(page)
    run_edit(page)
    both = np.asarray(sent_mask(server).getchannel("A"))
    assert both[round(375 * scale), round(500 * scale)] == 0, "inside the lasso"
    assert both[round(375 * scale), round(380 * scale)] == 255

    press(page, "Undo")
    run_edit(page, "the circle alone")
    mask = sent_mask(server)
    left, top, right, bottom = painted_box(mask)
    assert abs((right - left) - (bottom - top)) <= 2, "as wide as high"
    painted = (np.asarray(mask.getchannel("A")) < 128).sum()
    assert abs(painted / (np.pi * ((right - left) / 2) ** 2) - 1) < 0.02, "round"
    assert near((left, right), (100 * scale, 200 * scale), scale)

    press(page, "Redo")
    run_edit(page, "both again")
    assert np.array_equal(np.asarray(sent_mask(server).getchannel("A")), both)
    press(page, "Clear")
    expect(page.get_by_text("nothing painted")).to_be_visible()
    press(page, "Undo")
    run_edit(page, "after taking Clear back")
    assert np.array_equal(np.asarray(sent_mask(server).getchannel("A")), both)


def test_a_shape_is_moved_and_reshaped(page: Page, base_url: str, server: AppServer) -> None:
    """With the canvas's pencil a drawn shape is dragged elsewhere and made larger by a corner; the mask follows."""
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(*SIZE))
    scale = SIZE[0] / canvas_box(page)["width"]
    tool(page, "Rectangle")
    drag(page, (100, 100), (220, 180))
    page.get_by_role("button", name="Edit", exact=True).first.click()
    drag(page, (160, 140), (360, 290))
    run_edit(page)
    assert near(painted_box(sent_mask(server)), tuple(one * scale for one in (300, 250, 420, 330)), scale)
    drag(page, (420, 330), (480, 370))
    run_edit(page, "larger")
    left, top, right, bottom = painted_box(sent_mask(server))
    assert near((left, top), (300 * scale, 250 * scale), scale)
    assert right > 440 * scale
    assert bottom > 345 * scale


def test_zoomed_and_panned(page: Page, base_url: str, server: AppServer) -> None:
    """At 200 % the picture is moved with the space bar; a stroke there is painted where it is seen, and stays."""
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(*SIZE))
    page.get_by_text("200%", exact=True).click()
    wait_idle(page)
    page.locator(".upper-canvas").scroll_into_view_if_needed()
    scroll = page.locator(".dc-scroll")
    frame = scroll.bounding_box()
    assert frame is not None
    page.mouse.click(frame["x"] - 20, frame["y"] + 300)
    page.mouse.move(frame["x"] + 500, frame["y"] + 300)
    page.keyboard.down("Space")
    page.mouse.down()
    page.mouse.move(frame["x"] + 200, frame["y"] + 180, steps=5)
    page.mouse.up()
    page.keyboard.up("Space")
    across, down = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    assert across >= 250
    tool(page, "Rectangle")
    frame = scroll.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 100, frame["y"] + 100)
    page.mouse.down()
    page.mouse.move(frame["x"] + 300, frame["y"] + 200, steps=5)
    page.mouse.up()
    wait_idle(page)
    run_edit(page)
    across, down = scroll.evaluate("one => [one.scrollLeft, one.scrollTop]")
    zoomed = sent_mask(server)
    wanted = ((across + 100) / 2, (down + 100) / 2, (across + 300) / 2, (down + 200) / 2)
    assert near(painted_box(zoomed), wanted, 1)
    page.get_by_role("radio", name="Fit").locator("..").click()
    wait_idle(page)
    run_edit(page, "at Fit")
    assert near(painted_box(sent_mask(server)), tuple(map(float, painted_box(zoomed))), 0)


def test_nothing_but_drawing_changes_a_mask(new_page: Callable[..., Page], base_url: str, server: AppServer) -> None:
    """Neither another window, brush, tool, zoom, colour nor prompt moves or alters what was painted."""
    page = new_page(viewport={"width": 1280, "height": 900})
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(*SIZE))
    drag(page, (120, 120), (300, 200))
    tool(page, "Rectangle")
    drag(page, (350, 250), (500, 330))
    run_edit(page, "first")
    first = np.asarray(sent_mask(server).getchannel("A"))

    def resize(width: int) -> None:
        before = canvas_box(page)["width"]
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """before => {
              const all = root => [...root.querySelectorAll('*')]
                .flatMap(e => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])])
              const canvas = all(document).find(e => e.classList?.contains('upper-canvas'))
              return canvas && Math.abs(canvas.getBoundingClientRect().width - before) > 10
            }""",
            arg=before,
        )
        wait_idle(page)

    resize(760)
    run_edit(page, "in a narrow window")
    narrow = np.asarray(sent_mask(server).getchannel("A"))
    resize(1280)
    page.get_by_label("Brush size", exact=True).fill("7")
    page.get_by_label("Brush size", exact=True).press("Enter")
    wait_idle(page)
    tool(page, "Eraser")
    tool(page, "Brush")
    page.get_by_role("radio", name="100%").locator("..").click()
    wait_idle(page)
    run_edit(page, "after all that")
    for other in (narrow, np.asarray(sent_mask(server).getchannel("A"))):
        differing = (first < 128) != (other < 128)
        assert differing.sum() <= 0.002 * (first < 128).sum(), "but for a rounding at the very edge"
