"""Editing over several turns in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.canvas_page import await_canvas, begin, run_edit
from tests.browser.driver import wait_idle


def test_two_turns_and_back_to_the_first(page: Page, base_url: str) -> None:
    """ "Next turn" brings the image with an empty prompt; the second turn knows the first; each step can be opened."""
    begin(page, base_url, (300, 200))
    run_edit(page, "a red sky")
    page.get_by_role("button", name="Next turn image 1").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
    expect(page.get_by_text("The prompts and images that led to this one go along")).to_be_visible()
    expect(page.get_by_role("button", name="Step 2: not sent yet")).to_have_attribute("aria-current", "true")
    await_canvas(page)
    run_edit(page, "the same again")
    expect(page.get_by_text("the same again (a red sky). Keep everything else as it is.").first).to_be_visible()
    page.get_by_role("button", name="Step 1: a red sky").click()
    wait_idle(page)
    expect(page.get_by_role("button", name="Step 1: a red sky")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Step 2: the same again")).to_be_visible()
