"""An input image is cropped and extended by dragging handles, and what was painted stays over its part of the image."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import alpha_of, await_canvas, begin, drag, painted_box, run_edit, sent, sent_mask, tool
from tests.browser.driver import wait_idle


def drag_handle(page: Page, name: str, x: float, y: float) -> None:
    """Drag a handle of the frame by this many CSS pixels."""
    handle = page.get_by_role("button", name=f"Move the {name}")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + x, middle[1] + y, steps=6)
    page.mouse.up()
    wait_idle(page)


def test_crop_and_extend_by_dragging(page: Page, base_url: str, server: AppServer) -> None:
    """A ratio, a dragged corner, then a dragged side; the mask moves along and the numbers agree."""
    scale = begin(page, base_url)
    tool(page, "Rectangle")
    drag(page, (200, 150), (300, 220))
    page.get_by_role("button", name="Crop, rotate, pad").click()
    page.get_by_label("Ratio").select_option("1")
    side = page.get_by_role("spinbutton", name="Left")
    expect(side).to_have_value("100")
    shown = page.locator(".frame-box").bounding_box()
    assert shown is not None
    drag_handle(page, "bottom right corner", -shown["width"] / 4, -shown["height"] / 4)
    facts = page.locator(".frame-editor [role=status]").inner_text()
    width, height = map(int, facts.split(" becomes ")[1].split("x"))
    assert width == height == pytest.approx(300, abs=3)
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text(f"Reframed from 600x400 to {width}x{height}.")).to_be_visible()
    await_canvas(page)

    page.get_by_test_id("stButtonGroup").get_by_text("Extend", exact=True).click()
    wait_idle(page)
    drag_handle(page, "right side", 40, 0)
    added = int(page.get_by_label("Right (px)").input_value())
    assert added > 20
    assert page.get_by_label("Left (px)").input_value() == "0"
    page.get_by_role("button", name="Extend the image").click()
    await_canvas(page)
    run_edit(page)
    assert [image.size for image in sent(server, "image")] == [(width + added, height)]
    alpha = alpha_of(server)
    assert np.all(alpha[:, width:] == 0), "what is new is to be filled"
    old = sent_mask(server).crop((0, 0, width - 20, height))
    wanted = (200 * scale - 100, 150 * scale, 300 * scale - 100, 220 * scale)
    assert painted_box(old) == pytest.approx(wanted, abs=2 + scale)
