"""What a page is called: in the browser's tab, and to those who hear it read."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.driver import open_page

TITLES = {
    "/": "Generate",
    "/edit": "Edit",
    "/analyze": "Analyze",
    "/library": "Library",
    "/prompts": "Prompts",
    "/compare": "Compare",
    "/connections": "Connections",
}


def test_each_page_has_its_title_one_heading_and_the_apps_icon(page: Page, base_url: str) -> None:
    """The tab names the page first; the outline begins with one heading of level 1; the icon is the app's own."""
    for path, title in TITLES.items():
        open_page(page, base_url, path)
        expect(page).to_have_title(f"{title} · Image Workbench")
        expect(page.get_by_role("heading", level=1)).to_have_text([title])
        icons = page.locator('link[rel~="icon"]')
        expect(icons).to_have_count(1)
        assert "svg" in str(icons.get_attribute("href"))
