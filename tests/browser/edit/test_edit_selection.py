"""Tools that select on the Edit page in a real browser: an object by clicks, colors, and what a lasso goes around."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import add_image, alpha_of, begin, brush_size, canvas_box, drag, run_edit, tool
from tests.browser.driver import open_page, wait_idle
from tests.setup.environment import ROOT

SAMPLES = ROOT / "tests" / "samples"


def mask_share(page: Page) -> float:
    """How much of the image is masked, in percent, as the page says it."""
    wait_idle(page)
    return float(page.get_by_text("% of ").first.inner_text().split("%")[0].removeprefix("Mask "))


def test_an_object_in_two_clicks_refined_by_hand(page: Page, base_url: str) -> None:
    """Clicks select, a lasso with Ctrl takes away, the wand and the fill add; Undo goes back one by one."""
    open_page(page, base_url, "/edit")
    add_image(page, (SAMPLES / "coffee.png").read_bytes())
    scale = canvas_box(page)["width"] / 600

    def click(x: float, y: float) -> None:
        box = canvas_box(page)
        page.mouse.click(box["x"] + x * scale, box["y"] + y * scale)

    tool(page, "Object")
    click(285, 50)
    wait_idle(page)
    click(130, 220)
    found = mask_share(page)
    hand = Image.new("L", (600, 400))
    outline = json.loads((SAMPLES / "hand-drawn-masks.json").read_text(encoding="utf-8"))["coffee.png"]
    ImageDraw.Draw(hand).polygon([tuple(point) for point in outline], fill=255)
    assert found == pytest.approx(100 * np.asarray(hand).mean() / 255, rel=0.08)

    tool(page, "Lasso")
    page.keyboard.down("Control")
    drag(page, (300 * scale, 180 * scale), (560 * scale, 180 * scale))  # a line encloses nothing
    box = canvas_box(page)
    for ends in ("Escape", None):
        page.mouse.move(box["x"] + 300 * scale, box["y"] + 40 * scale)
        page.mouse.down()
        for x, y in ((590, 40), (590, 390), (300, 390)):
            page.mouse.move(box["x"] + x * scale, box["y"] + y * scale, steps=4)
        if ends:
            page.keyboard.press(ends)
        page.mouse.up()
        assert (mask_share(page) == found) is bool(ends)
    page.keyboard.up("Control")
    half = mask_share(page)

    tool(page, "Wand")
    click(40, 20)  # the dark corner
    assert mask_share(page) > half
    tool(page, "Fill")
    page.get_by_role("radio", name="Remove").click()
    wait_idle(page)
    click(40, 20)
    assert mask_share(page) == pytest.approx(half, abs=0.1)
    undo = page.locator(".st-key-mask-undo button").first
    for left in (4, 3, 2, 1, 0):
        expect(undo).to_be_enabled()
        undo.click()
        wait_idle(page)
        assert undo.is_enabled() is bool(left)


def test_a_brush_of_ones_own(page: Page, base_url: str, server: AppServer) -> None:
    """Alt and a drag size it, a soft one fades, Shift and a click go straight on, the wheel zooms at the pointer, and a
    lasso goes on after the space bar moved the image."""
    scale = begin(page, base_url)
    tool(page, "Brush")
    box, before = canvas_box(page), int(brush_size(page).input_value())
    page.keyboard.down("Alt")
    drag(page, (100, 300), (120, 300))
    page.keyboard.up("Alt")
    assert int(brush_size(page).input_value()) == pytest.approx(before + 40 * scale, abs=2)
    assert mask_share(page) == 0
    page.get_by_role("group", name="Hardness").get_by_role("slider").press("Home")
    wait_idle(page)
    drag(page, (80, 80), (80, 81))
    page.keyboard.down("Shift")
    page.mouse.click(box["x"] + 380, box["y"] + 80)
    page.keyboard.up("Shift")
    wait_idle(page)

    tool(page, "Lasso")
    box = canvas_box(page)
    corner = (box["x"] + 300, box["y"] + 200)
    page.mouse.move(*corner)
    page.mouse.wheel(0, -100)
    expect(page.get_by_role("radio", name="200%")).to_be_checked()
    wait_idle(page)
    zoomed = page.locator(".upper-canvas").bounding_box()
    assert zoomed is not None
    held = [(corner[0] - zoomed["x"]) / zoomed["width"], (corner[1] - zoomed["y"]) / zoomed["width"]]
    assert held == pytest.approx([300 / box["width"], 200 / box["width"]], abs=0.01)
    page.mouse.down()
    page.mouse.move(corner[0] + 60, corner[1], steps=3)
    page.keyboard.down("Space")
    page.mouse.move(corner[0] + 20, corner[1] - 60, steps=3)
    page.keyboard.up("Space")
    page.mouse.move(corner[0] + 20, corner[1] + 40, steps=3)
    page.mouse.up()
    wait_idle(page)
    run_edit(page)
    alpha = alpha_of(server)
    line = alpha[round(80 * scale)]
    assert line[round(200 * scale)] == 0, "straight between the two"
    assert len(np.unique(alpha[: round(140 * scale), round(200 * scale)])) > 10, "its edge fades"
    right, low = round(held[0] * 600), round(held[1] * 600)
    assert alpha[low + 15, right + 25] == 0, "inside the lasso, drawn at 200 % in two parts"
