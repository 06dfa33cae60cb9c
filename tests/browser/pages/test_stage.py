"""Images are marked by keys and compared with a pinned one, all on the Generate page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import wait_idle
from tests.browser.pages.test_generate import fill_prompt
from tests.browser.pages.test_library import make

ON = ("aria-pressed", "true")


def stored(server: AppServer, page: Page) -> str:
    """The rows that the app itself shows: what was marked is in the library, not only on the screen."""
    page.goto(f"{server.base_url}/library")
    wait_idle(page)
    return page.locator(".gallery").inner_text()


def test_keys_mark_images_and_leave_what_is_typed_alone(page: Page, base_url: str, server: AppServer) -> None:
    """Star, rating and rejection by keys are stored; letters that are typed into the prompt do nothing."""
    make(page, base_url, "Two herons by a weir", 2)
    page.get_by_label("Prompt", exact=True).press_sequentially(" sx5")
    expect(page.locator(".tile .tool-reject").first).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    for key in ("s", "4", "ArrowRight", "x", "c", "ArrowRight", "c"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Star image 1")).to_have_attribute(*ON)
    expect(page.get_by_role("button", name="Rate image 1 4 of 5")).to_have_attribute(*ON)
    expect(page.get_by_role("button", name="Reject image 2")).to_have_attribute(*ON)
    expect(page.get_by_role("button", name="Compare 2 images")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").locator("dt")).to_have_count(14)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()  # it takes keys while it closes
    wait_idle(page)
    # The same keys in the full window, on the image that is shown there.
    page.keyboard.press("v")
    expect(page.locator(".viewer-caption")).to_contain_text("1 of 2")
    for key in ("s", "2", "x", "c"):
        page.keyboard.press(key)
    bar = page.locator(".viewer-tools")
    for name, pressed in (
        ("Star", "false"),
        ("Rate this image 2 of 5", "true"),
        ("Reject", "true"),
        ("Compare", "false"),
    ):
        expect(bar.get_by_role("button", name=name).first).to_have_attribute("aria-pressed", pressed)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").locator("dt")).not_to_have_count(0)
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    for key in ("s", "4", "x", "b"):  # B leads back to the form, which it fills
        page.keyboard.press(key)
    expect(page.locator("dialog.viewer")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo filling in")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Two herons by a weir")
    wait_idle(page)
    page.keyboard.press("Escape")
    for key in ("v", "e"):
        page.keyboard.press(key)
    expect(page.locator(".upper-canvas")).to_be_visible()
    shown = stored(server, page)
    assert "4 of 5" in shown
    assert "rejected" in shown
    # And in the library, on the tile that has the focus.
    first, second = page.locator(".gallery .tile").nth(0), page.locator(".gallery .tile").nth(1)
    before = second.inner_text()
    first.locator(".open").focus()
    for key in ("s", "2", "c", "x"):
        page.keyboard.press(key)
    expect(first).to_contain_text("2 of 5")
    expect(first).to_contain_text("rejected")
    assert second.inner_text() == before, "only the tile with the focus is marked"
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").locator("dt")).not_to_have_count(0)
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    wait_idle(page)
    first.locator(".open").focus()
    page.keyboard.press("e")
    expect(page.locator(".upper-canvas")).to_be_visible()
    assert urlsplit(page.url).path == "/edit"
    stored(server, page)
    first.locator(".open").focus()
    page.keyboard.press("b")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Two herons by a weir")
    assert urlsplit(page.url).path == "/"


def test_a_pinned_image_stands_beside_each_new_one(page: Page, base_url: str) -> None:
    """Pin, change a word, run: both are there with the word; zoom is linked, the modes and a reload keep the pin."""
    make(page, base_url, "A red lighthouse at dusk")
    page.locator(".status").click()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pin image 1")).to_have_attribute(*ON)
    wait_idle(page)
    fill_prompt(page, "A blue lighthouse at dusk")
    page.keyboard.press("Control+Enter")
    panes = page.locator(".beside .pane")
    expect(panes).to_have_count(2)
    expect(page.locator(".beside ins").last).to_have_text("blue")
    expect(page.locator(".status")).to_have_text("1 image")
    sources = page.locator(".beside .pane img").evaluate_all("all => all.map(one => one.getAttribute('src'))")
    assert len(set(sources)) == 2
    page.locator(".beside .panes").focus()
    page.keyboard.press("+")
    widths = page.locator(".beside .pane img").evaluate_all("all => all.map(one => parseInt(one.style.width))")
    assert widths[0] == widths[1] > panes.first.evaluate("pane => pane.clientWidth")
    places = "all => all.map(one => [one.style.left, one.style.top].join())"
    before = page.locator(".beside .pane img").evaluate_all(places)
    page.keyboard.press("ArrowRight")
    moved = page.locator(".beside .pane img").evaluate_all(places)
    assert moved[0] == moved[1] != before[0], "the images move together"
    for mode, count in (("Flip", 1), ("Slider", 2), ("Difference", 2)):
        page.get_by_role("button", name=mode, exact=True).click()
        expect(panes).to_have_count(count)
    page.get_by_role("button", name="Side by side").click()
    page.locator(".status").click()
    page.keyboard.down("h")
    expect(page.locator(".beside .peeking img")).to_have_attribute("src", sources[0])
    page.keyboard.up("h")
    expect(page.locator(".beside .peeking")).to_have_count(0)
    wait_idle(page)
    page.reload()
    wait_idle(page)
    expect(panes).to_have_count(2)
    page.locator(".status").click()
    page.keyboard.press("b")
    expect(page.get_by_text(re.compile("The next run is its child"))).to_be_visible()
