"""Where a mask starts from in a real browser: the mask of an earlier run."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import add_image, drag, photograph, run_edit, sent_mask, tool
from tests.browser.driver import open_page, wait_idle


def test_the_mask_of_an_earlier_run(page: Page, base_url: str, server: AppServer) -> None:
    """It is offered as it looked over its image, and on another image of that size it is sent as it was."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(640, 480))
    tool(page, "Rectangle")
    drag(page, (40, 30), (200, 150))
    summary = page.get_by_test_id("stMarkdown").filter(has_text="of 640x480")
    expect(summary).to_contain_text("sent at full size")
    share = summary.inner_text()
    run_edit(page, "a mask to keep")
    first = sent_mask(server)

    open_page(page, base_url, "/edit")
    other = io.BytesIO()
    Image.new("RGB", (640, 480), "darkgreen").save(other, "PNG")
    add_image(page, other.getvalue())
    expect(summary).to_contain_text("all may change")
    page.get_by_role("button", name="Start from").click()
    choice = page.get_by_role("button", name="Start from the mask of “a mask to keep”")
    expect(choice).to_be_visible()
    preview = choice.locator("img")
    expect(preview).to_have_js_property("complete", True)
    shown = Image.open(io.BytesIO(page.request.get(base_url + str(preview.get_attribute("src"))).body())).convert("RGB")
    scale = shown.width / 640
    inside, outside = (shown.getpixel((round(x * scale), round(y * scale))) for x, y in ((80, 60), (600, 440)))
    assert inside != outside
    assert outside == (90, 120, 150)
    choice.click()
    wait_idle(page)
    expect(summary).to_have_text(share)
    page.keyboard.press("Escape")
    run_edit(page, "the same mask again")
    second = sent_mask(server)
    assert second.size == first.size
    assert second.tobytes() == first.tobytes()
