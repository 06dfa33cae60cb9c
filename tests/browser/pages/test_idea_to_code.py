"""The job that the app is for, on one page: from an idea to code for it, with the clicks counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import open_page, wait_idle

MOST_CLICKS = 15
COUNT = "window.clicks = 0; addEventListener('pointerdown', () => window.clicks++, true)"


def run(page: Page, prompt: str) -> None:
    """Write a prompt over the one that is there, and run it by keys."""
    area = page.get_by_label("Prompt", exact=True)
    area.press("Control+a")
    area.press_sequentially(prompt)
    area.press("Control+Enter")


def beside(button: Locator, page: Page) -> tuple[float, float]:
    """How far the run on show is from a button, in CSS pixels."""
    wait_idle(page)
    one, other = button.bounding_box(), page.locator(".run-viewer .status").bounding_box()
    assert one is not None
    assert other is not None
    return other["x"] - one["x"], other["y"] - one["y"]


def test_the_whole_job_takes_few_clicks_and_one_page(new_page: Callable[..., Page], base_url: str) -> None:
    """Idea, changed word, comparison, sheet of six, branch, link and code: at most 15 clicks, keys not counted."""
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(COUNT)
    opened: list[str] = []
    page.on("framenavigated", lambda frame: opened.append(urlsplit(frame.url).path))
    open_page(page, base_url)

    # One idea. The prompt has the focus already.
    page.keyboard.type("A red lighthouse")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".run-viewer .status")).to_have_text("1 image")
    wait_idle(page)

    # A changed word, beside the first image, which is pinned; then flipped.
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pin image 1")).to_have_attribute("aria-pressed", "true")
    wait_idle(page)
    run(page, "A blue lighthouse")
    expect(page.locator(".beside ins").last).to_have_text("blue")
    expect(page.locator(".run-viewer .status")).to_have_text("1 image")
    wait_idle(page)
    page.get_by_role("button", name="Flip", exact=True).click()

    # Three styles by two qualities.
    area = page.get_by_label("Prompt", exact=True)
    area.fill("A blue lighthouse, {ink|oil|pastel}")
    page.get_by_label("Vary", exact=True).click()
    page.get_by_role("option", name="Quality", exact=True).click()
    page.keyboard.press("Escape")
    wait_idle(page)
    for quality in ("low", "medium"):
        page.get_by_label("Quality: values").get_by_text(quality, exact=True).click()
        wait_idle(page)
    area.press("Control+Enter")
    expect(page.locator(".sheet .status")).to_have_text("6 of 6 done", timeout=60_000)
    wait_idle(page)

    # A branch from the first run.
    page.locator('.strip button[title^="A red lighthouse ("]').last.click()  # other tests' runs stand there too
    expect(page.locator(".run-viewer .prompt")).to_contain_text("A red lighthouse")
    wait_idle(page)
    page.keyboard.press("b")
    expect(page.get_by_text("The next run is its child")).to_be_visible()
    wait_idle(page)
    run(page, "A red lighthouse in fog")
    expect(page.locator(".run-viewer .prompt ins")).to_have_text(re.compile("in fog"))
    expect(page.locator(".run-viewer .status")).to_have_text("1 image")
    wait_idle(page)
    branches = page.get_by_role("button", name=re.compile("^Branches [0-9]"))
    expect(branches).to_be_visible()

    # A link for a colleague, and the code.
    page.get_by_role("button", name="Copy link", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "run=" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Use in code").click()
    page.get_by_role("tab", name="Python").click()
    expect(page.get_by_role("tabpanel").get_by_text("images.generate")).to_be_visible()

    clicks = page.evaluate("window.clicks")
    print(f"clicks: {clicks}, pages: {sorted(set(opened))}")
    assert 0 < clicks <= MOST_CLICKS
    assert set(opened) == {"/"}

    # The tree opens over the result, which stays where it is, and a run in it is shown with its settings.
    before = beside(branches, page)
    branches.click()  # the mouse scrolls the page when a message covers the button
    tree = page.get_by_role("region", name="Branches")
    expect(tree.locator("ins").last).to_have_text("in fog")
    assert beside(branches, page) == pytest.approx(before, abs=0.5)
    tree.get_by_role("button", name="Show the run: A red lighthouse, done", exact=True).click()
    expect(area).to_have_value("A red lighthouse")
    expect(tree.locator("[aria-current]")).to_contain_text("A red lighthouse")
    wait_idle(page)
    tree.locator("[aria-current]").press("Escape")
    expect(tree).to_be_hidden()
