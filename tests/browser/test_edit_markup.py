"""Markup and extended borders in a real browser: what was really sent."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from components.images.extend import SEAM
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.test_edit import add_picture, canvas_box, drag, photograph, run_edit, sent_mask, tool


def sent(server: AppServer) -> dict[str, list[Image.Image]]:
    """What went into the newest run, by role and in its order."""
    with sqlite3.connect(server.data / "workbench.sqlite3") as database:
        rows = database.execute(
            "select role, sha256 from inputs where run_id = (select id from runs order by created desc limit 1) "
            "order by role, position"
        ).fetchall()
    found: dict[str, list[Image.Image]] = {}
    for role, sha256 in rows:
        path = next((server.data / "inputs").rglob(f"{sha256}.*"))
        found.setdefault(role, []).append(Image.open(io.BytesIO(path.read_bytes())))
    return found


def colour(page: Page, value: str) -> None:
    """Choose another colour."""
    page.get_by_test_id("stColorPicker").locator("div").last.click()
    field = page.locator('input[id^="rc-editable-input"]')
    field.fill(value)
    field.press("Enter")
    page.keyboard.press("Escape")
    wait_idle(page)


def test_markup_is_sent_as_it_was_drawn(page: Page, base_url: str, server: AppServer) -> None:
    """Pen, box, arrow and text in their colours, at their places, see-through elsewhere; no mask goes with it."""
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(1280, 960))
    drag(page, (300, 300), (340, 310))  # a mask, which markup takes the place of
    tool(page, "Markup")
    expect(page.get_by_text("sent over the picture instead of a mask")).to_be_visible()
    drag(page, (60, 60), (260, 60))
    colour(page, "#0000ff")
    tool(page, "Box")
    drag(page, (100, 150), (250, 260))
    tool(page, "Arrow")
    drag(page, (400, 300), (560, 200))
    tool(page, "Text")
    box = canvas_box(page)
    page.mouse.click(box["x"] + 300, box["y"] + 400)
    page.keyboard.type("remove")
    page.mouse.click(box["x"] + 30, box["y"] + 440)
    expect(page.get_by_text("4 marks")).to_be_visible()
    tool(page, "Pen")  # the text that was begun and left empty is no mark
    run_edit(page)

    inputs = sent(server)
    assert set(inputs) == {"image", "markup"}
    markup = inputs["markup"][0]
    assert (markup.format, markup.mode, markup.size) == ("PNG", "RGBA", (1280, 960))
    scale = 1280 / box["width"]
    pixels = np.asarray(markup)

    def at(x: float, y: float) -> tuple[int, ...]:
        return tuple(int(value) for value in pixels[round(y * scale), round(x * scale)])

    assert at(160, 60) == (0xD7, 0x26, 0x3D, 255), "the pen"
    for x, y in ((100, 200), (250, 200), (170, 150), (170, 260)):  # a pen's width is drawn around or inside
        assert (0, 0, 255, 255) in {at(x + right, y + down) for right in (0, 3, 6) for down in (0, 3, 6)}, "its sides"
    assert at(170, 200)[3] == 0, "nothing inside the box"
    assert at(480, 250) == (0, 0, 255, 255), "the arrow's shaft"
    head = pixels[round(190 * scale) : round(225 * scale), round(520 * scale) : round(570 * scale), 3]
    assert (head > 0).sum() > 2 * 30 * 6 * scale, "the arrow has a head"
    text = pixels[round(385 * scale) : round(430 * scale), round(290 * scale) : round(400 * scale)]
    assert (text[..., 3] > 200).sum() > 300, "letters"
    assert at(320, 305)[3] == 0, "the mask is no part of it"
    assert at(600, 450)[3] == 0

    tool(page, "Mask")
    run_edit(page, "with the mask again")
    assert set(sent(server)) == {"image", "mask"}


def test_extended_borders_are_masked(page: Page, base_url: str, server: AppServer) -> None:
    """By sides and by a ratio: the larger picture goes in, and just what is new is to be edited."""
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(600, 400))
    tool(page, "Extend")
    for side, pixels in (("Left", "64"), ("Bottom", "32")):
        page.get_by_label(f"{side} (px)").fill(pixels)
        page.get_by_label(f"{side} (px)").press("Enter")
        wait_idle(page)
    expect(page.get_by_text("600x400 becomes 664x432")).to_be_visible()
    page.get_by_role("button", name="Extend the picture").click()
    page.locator(".upper-canvas").wait_for()
    wait_idle(page)
    run_edit(page)
    picture = sent(server)["image"][0]
    assert picture.size == (664, 432)
    assert np.array_equal(np.asarray(picture.convert("RGB"))[:400, 64:], np.full((400, 600, 3), (90, 120, 150)))
    expected = np.zeros((432, 664), np.uint8)
    expected[: 400 - SEAM, 64 + SEAM :] = 255  # a little of the old picture, so that no seam stays
    assert np.array_equal(np.asarray(sent_mask(server).getchannel("A")), expected)

    tool(page, "Extend")
    page.get_by_label("Target", exact=True).click()
    page.get_by_role("option", name="1:1", exact=True).click()
    wait_idle(page)
    page.get_by_role("button", name="Extend the picture").click()
    page.locator(".upper-canvas").wait_for()
    wait_idle(page)
    run_edit(page, "wider")
    assert sent_mask(server).size == (664, 664)


def test_pictures_in_their_order(page: Page, base_url: str, server: AppServer) -> None:
    """Three pictures, one of them made here before: moved by the keyboard, replaced, removed; so they are sent."""
    open_page(page, base_url, "/edit")
    colours = {"red": (250, 0, 0), "green": (0, 250, 0), "blue": (0, 0, 250)}

    def file(name: str, size: tuple[int, int] = (300, 200)) -> dict[str, object]:
        data = io.BytesIO()
        Image.new("RGB", size, colours[name]).save(data, "PNG")
        return {"name": f"{name}.png", "mimeType": "image/png", "buffer": data.getvalue()}

    page.locator('input[type="file"]').first.set_input_files([file("red"), file("green")])
    tiles = page.locator(".tray li")
    expect(tiles).to_have_count(2)
    wait_idle(page)
    run_edit(page, "make one to take in again")
    page.get_by_role("button", name="From earlier runs").click()
    page.get_by_role("button", name="Add this picture").first.click()
    expect(tiles).to_have_count(3)
    wait_idle(page)
    page.keyboard.press("Escape")
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Picture 1, mask: red.png, 300x200")
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Picture 1, mask: green.png, 300x200")
    expect(tiles.nth(1)).to_be_focused()
    wait_idle(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace picture 1").click()
    chooser.value.set_files([file("blue", (320, 240))])  # type: ignore[list-item]
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Picture 1, mask: blue.png, 320x240")
    wait_idle(page)
    drag(page, (50, 50), (150, 60))
    run_edit(page, "three")
    inputs = sent(server)
    assert [image.convert("RGB").getpixel((5, 5)) for image in inputs["image"][:2]] == [(0, 0, 250), (250, 0, 0)]
    assert len(inputs["image"]) == 3
    assert inputs["mask"][0].size == (320, 240), "the mask is the first picture's"
    page.get_by_role("button", name="Remove picture 1").click()
    expect(tiles).to_have_count(2)
    wait_idle(page)
    run_edit(page, "two")
    assert [image.convert("RGB").getpixel((5, 5)) for image in sent(server)["image"][:1]] == [(250, 0, 0)]


def test_on_a_phone(new_page: Callable[..., Page], base_url: str, server: AppServer) -> None:
    """With a finger on a narrow screen: the stroke paints and scrolls nothing; nothing is wider than the screen."""
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, base_url, "/edit")
    add_picture(page, photograph(600, 400))
    box = canvas_box(page)
    top = page.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollTop")
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (60, 60))
    for step in range(1, 9):
        touch("touchMove", (60 + step * 15, 60 + step * 12))
    touch("touchEnd")
    wait_idle(page)
    expect(page.get_by_text("nothing painted")).to_have_count(0)
    assert page.evaluate("() => document.querySelector('[data-testid=\"stMain\"]').scrollTop") == top
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    run_edit(page)
    scale = 600 / box["width"]
    alpha = np.asarray(sent_mask(server).getchannel("A"))
    for step in (0, 4, 8):
        assert alpha[round((60 + step * 12) * scale), round((60 + step * 15) * scale)] == 0
    assert alpha[round(60 * scale), round(180 * scale)] == 255
