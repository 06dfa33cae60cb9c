"""The Library page in a browser: what was made is found and opened again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.driver import open_page, wait_idle
from tests.browser.test_generate import fill_prompt, wait_done


def test_a_run_is_found_by_its_words_and_opened(page: Page, base_url: str) -> None:
    """Search leaves the run that has the word; a click on its picture opens it on its own page."""
    open_page(page, base_url)
    fill_prompt(page, "A zeppelin over quiet fields")
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    source = page.locator(".picture img").get_attribute("src")
    open_page(page, base_url, "/library")
    search = page.get_by_label("Search", exact=True)
    search.fill("zeppelin")
    search.press("Enter")
    tile = page.locator(".gallery .tile")
    expect(tile).to_have_count(1)
    wait_idle(page)
    tile.click()
    wait_done(page, 1)
    assert page.locator(".picture img").get_attribute("src") == source
    assert "run=" in page.url
