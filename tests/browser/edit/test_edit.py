"""The Edit page in a real browser: real strokes, and the mask that was really sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import (
    add_image,
    await_canvas,
    back_to_mask,
    canvas_box,
    drag,
    painted_box,
    photograph,
    run_edit,
    sent_mask,
    take_largest_brush,
    tool,
)
from tests.browser.driver import open_page, wait_idle


@pytest.mark.parametrize("size", [(451, 300), (4000, 3000)])
@pytest.mark.parametrize("window", [1280, 390])
def test_a_rectangle_is_where_it_was_drawn(
    new_page: Callable[..., Page], base_url: str, server: AppServer, size: tuple[int, int], window: int
) -> None:
    """Whatever the image's size and the window, the mask has alpha 0 just where it was painted."""
    page = new_page(viewport={"width": window, "height": 1000})
    open_page(page, base_url, "/edit")
    add_image(page, photograph(*size))
    tool(page, "Rectangle")
    box = canvas_box(page)
    start = (round(box["width"] * 0.25), round(box["height"] * 0.25))
    end = (round(box["width"] * 0.60), round(box["height"] * 0.55))
    drag(page, start, end)
    run_edit(page)
    mask = sent_mask(server)
    assert mask.size == size
    scale = size[0] / box["width"]
    wanted = (start[0] * scale, start[1] * scale, end[0] * scale, end[1] * scale)
    for found, place in zip(painted_box(mask), wanted, strict=True):
        assert abs(found - place) <= 1 + scale, "within a pixel of the canvas, and one of the image"
    alpha = np.asarray(mask.getchannel("A"))
    inside = alpha[round(wanted[1] + 3 * scale) : round(wanted[3] - 3 * scale), :]
    inside = inside[:, round(wanted[0] + 3 * scale) : round(wanted[2] - 3 * scale)]
    assert not inside.any()
    assert alpha[0, 0] == 255


def test_the_eraser_cuts_and_invert_swaps(page: Page, base_url: str, server: AppServer) -> None:
    """What the eraser passed over is kept; Invert edits everything else; Undo takes it back."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(600, 400))
    tool(page, "Rectangle")
    drag(page, (100, 100), (400, 300))
    tool(page, "Eraser")
    drag(page, (250, 60), (250, 340))
    run_edit(page)
    back_to_mask(page)
    alpha = np.asarray(sent_mask(server).getchannel("A"))
    scale = 600 / canvas_box(page)["width"]
    assert alpha[round(200 * scale), round(250 * scale)] == 255, "erased"
    assert alpha[round(200 * scale), round(130 * scale)] == 0, "still painted"
    page.get_by_role("button", name="Invert").click()
    wait_idle(page)
    run_edit(page, "a red balloon")
    back_to_mask(page)
    swapped = np.asarray(sent_mask(server).getchannel("A"))
    assert swapped[round(200 * scale), round(130 * scale)] == 255
    assert swapped[2, 2] == 0
    page.get_by_role("button", name="Undo").first.click()
    wait_idle(page)
    run_edit(page, "a green balloon")
    assert np.array_equal(np.asarray(sent_mask(server).getchannel("A")), alpha)


def test_feather_softens_the_edge(page: Page, base_url: str, server: AppServer) -> None:
    """A feathered mask has half-painted pixels along its edge and is wholly painted in the middle."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(600, 400))
    tool(page, "Rectangle")
    drag(page, (100, 100), (400, 300))
    page.get_by_role("button", name="Grow, shrink, feather").click()
    page.get_by_role("button", name="Feather").last.click()
    wait_idle(page)
    page.keyboard.press("Escape")
    run_edit(page)
    back_to_mask(page)
    alpha = np.asarray(sent_mask(server).getchannel("A"))
    scale = 600 / canvas_box(page)["width"]
    assert alpha[round(200 * scale), round(250 * scale)] == 0
    assert ((alpha > 20) & (alpha < 235)).sum() > 500


def test_a_polygon_and_a_mask_that_survives(page: Page, base_url: str, server: AppServer) -> None:
    """A polygon is filled; another brush, another page and a failed run change nothing of it."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(600, 400))
    tool(page, "Polygon")
    box = canvas_box(page)
    for x, y in ((120, 100), (360, 100), (240, 300), (120, 100)):
        page.mouse.click(box["x"] + x, box["y"] + y)
    wait_idle(page)
    take_largest_brush(page)
    area = page.get_by_label("Prompt", exact=True)
    area.fill("[server error] no")
    area.press("Control+Enter")
    expect(page.get_by_text("The server failed").first).to_be_visible()
    wait_idle(page)
    first = np.asarray(sent_mask(server).getchannel("A"))
    scale = 600 / box["width"]
    assert first[round(150 * scale), round(240 * scale)] == 0
    assert first[round(280 * scale), round(140 * scale)] == 255
    page.get_by_test_id("stTopNavLink").get_by_text("Generate", exact=True).click()
    wait_idle(page)
    page.get_by_test_id("stTopNavLink").get_by_text("Edit", exact=True).click()
    back_to_mask(page)  # the page comes back with its last run
    wait_idle(page)
    run_edit(page)
    assert np.array_equal(np.asarray(sent_mask(server).getchannel("A")), first)


def test_a_reload_loses_nothing_that_was_not_sent(
    page: Page, new_page: Callable[..., Page], base_url: str, server: AppServer
) -> None:
    """Images, mask and prompt are there again in this tab, and in no other; the mask that is sent is the same."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(600, 400))
    tool(page, "Rectangle")
    drag(page, (100, 100), (400, 300))
    page.get_by_label("Prompt", exact=True).fill("a yellow balloon")
    page.get_by_label("Prompt", exact=True).blur()
    wait_idle(page)
    share = page.get_by_text(re.compile("^Mask [0-9.]+%")).first
    expect(share).not_to_have_text("Mask 0.0%")
    painted = share.inner_text()
    scale = 600 / canvas_box(page)["width"]
    page.reload()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a yellow balloon")
    expect(share).to_have_text(painted)
    await_canvas(page)
    other = open_page(new_page(), base_url, "/edit")
    expect(other.get_by_text("Add an image to begin")).to_be_visible()
    run_edit(page)
    box = painted_box(sent_mask(server))
    assert box == pytest.approx(tuple(place * scale for place in (100, 100, 400, 300)), abs=2 * scale)
    page.reload()
    expect(page.locator(".image-inputs li")).to_have_count(1)
    wait_idle(page)
    expect(page.get_by_role("radio", name="Result")).to_be_checked()
    # While the page is drawn anew, a former viewer may stand beside the new one.
    expect(page.locator(".run-viewer .image img").first).to_be_visible()


def test_hostile_files_are_refused_and_odd_ones_taken(page: Page, base_url: str) -> None:
    """What is no image ends in a sentence; what can be made right is taken in, and what was done is said."""
    open_page(page, base_url, "/edit")
    odd = io.BytesIO()
    Image.new("CMYK", (64, 48), (10, 20, 30, 0)).save(odd, "JPEG")
    page.locator('input[type="file"]').first.set_input_files(
        [
            {"name": "page.png", "mimeType": "image/png", "buffer": b"<!doctype html><h1>Hello</h1>"},
            {"name": "empty.png", "mimeType": "image/png", "buffer": b""},
            {"name": "cut.png", "mimeType": "image/png", "buffer": photograph(300, 200)[:-60]},
            {"name": "print.jpg", "mimeType": "image/jpeg", "buffer": odd.getvalue()},
        ]
    )
    expect(page.locator(".image-inputs li")).to_have_count(1)
    for name in ("page.png", "empty.png", "cut.png"):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("CMYK").first).to_be_visible()
