"""The images that go into an edit, in a real browser: their order, which of them has the mask, and replacing one."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import await_canvas, drag, run_edit, sent
from tests.browser.driver import open_page, wait_idle


def test_images_in_their_order(page: Page, base_url: str, server: AppServer) -> None:
    """Three images, one of them made here before: moved by keys and mouse, replaced, removed; so they are sent."""
    open_page(page, base_url, "/edit")
    colors = {"red": (250, 0, 0), "green": (0, 250, 0), "blue": (0, 0, 250)}

    def file(name: str, size: tuple[int, int] = (300, 200)) -> dict[str, object]:
        data = io.BytesIO()
        Image.new("RGB", size, colors[name]).save(data, "PNG")
        return {"name": f"{name}.png", "mimeType": "image/png", "buffer": data.getvalue()}

    page.locator('input[type="file"]').first.set_input_files([file("red"), file("green")])
    tiles = page.locator(".image-inputs li")
    expect(tiles).to_have_count(2)
    wait_idle(page)
    run_edit(page, "make one to take in again")
    page.get_by_role("button", name="From earlier runs").click()
    page.get_by_role("button", name="Add this image").first.click()
    expect(tiles).to_have_count(3)
    wait_idle(page)
    page.keyboard.press("Escape")
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Image 1, mask: red.png, 300x200")
    tiles.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Image 1, mask: green.png, 300x200")
    expect(tiles.nth(1)).to_be_focused()
    wait_idle(page)
    tiles.nth(0).drag_to(tiles.nth(2))
    expect(tiles.nth(2)).to_have_attribute("aria-label", "Image 3: green.png, 300x200")
    wait_idle(page)
    tiles.nth(2).drag_to(tiles.nth(0))
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Image 1, mask: green.png, 300x200")
    wait_idle(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Replace image 1").click()
    chooser.value.set_files([file("blue", (320, 240))])  # type: ignore[list-item]
    expect(tiles.nth(0)).to_have_attribute("aria-label", "Image 1, mask: blue.png, 320x240")
    await_canvas(page)
    drag(page, (50, 350), (150, 360))
    run_edit(page, "three")
    images = sent(server, "image")
    assert [image.convert("RGB").getpixel((5, 5)) for image in images[:2]] == [(0, 0, 250), (250, 0, 0)]
    assert len(images) == 3
    assert sent(server, "mask")[0].size == (320, 240), "the mask is the first image's"
    page.get_by_role("button", name="Remove image 1").click()
    expect(tiles).to_have_count(2)
    wait_idle(page)
    run_edit(page, "two")
    assert [image.convert("RGB").getpixel((5, 5)) for image in sent(server, "image")[:1]] == [(250, 0, 0)]
