"""A blind vote in a real browser: two people vote by keys, and see ranking and report when they have ended."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from components.library import open_library
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.unit.library.sheet_fixtures import filled_sheet


def name_cookie(base_url: str, name: str) -> dict[str, str]:
    """The cookie of a browser that remembers a name."""
    return {"name": "image_workbench_owner", "value": name, "url": base_url}


def ballot(page: Page) -> Locator:
    """The ballot that is drawn now; while the page is drawn anew, a former one may stand below it."""
    return page.locator(".ballot").first


def vote(page: Page, key: str, after: str) -> None:
    """Press a key when the pair is there, and wait until the next one is."""
    expect(ballot(page).locator(".choice.left")).to_be_enabled()
    page.keyboard.press(key)
    expect(ballot(page).locator(".status")).to_have_text(after)


def test_two_people_vote_blind_by_keys(new_page: Callable[..., Page], base_url: str, server: AppServer) -> None:
    """A 3x2 sheet: Anna votes on four pairs and ends, Ben on all 15; each sees the other's votes only at the end."""
    anna, ben = new_page(), new_page()
    for page, name in ((anna, "Anna"), (ben, "Ben")):
        page.context.add_cookies([name_cookie(base_url, name)])  # type: ignore[list-item]
    library = open_library(server.data)
    sheet_id, _ = filled_sheet(library)
    library.close()
    open_page(anna, base_url, f"/?sheet={sheet_id}")
    anna.get_by_role("link", name="Vote").click()
    expect(ballot(anna).locator(".status")).to_have_text("Pair 1 of 15")
    assert "green" not in anna.locator("body").inner_text()

    # A key that is held is one vote, and a key in a field is none.
    expect(ballot(anna).locator(".choice.left")).to_be_enabled()
    for _ in range(3):
        anna.keyboard.down("ArrowLeft")
    anna.keyboard.up("ArrowLeft")
    expect(ballot(anna).locator(".status")).to_have_text("Pair 2 of 15")
    anna.get_by_role("button", name="As Anna").click()
    anna.get_by_label("Your name", exact=True).press("ArrowRight")
    anna.keyboard.press("Escape")
    expect(anna.get_by_label("Your name", exact=True)).to_be_hidden()  # until then, keys are its own
    vote(anna, "t", "Pair 3 of 15")
    vote(anna, "b", "Pair 4 of 15")
    ballot(anna).locator(".choice.right").click()
    expect(ballot(anna).locator(".status")).to_have_text("Pair 5 of 15")

    open_page(ben, base_url, f"/vote?sheet={sheet_id}")
    expect(ballot(ben).locator(".status")).to_have_text("Pair 1 of 15")
    assert "Anna" not in ben.locator("body").inner_text()
    for number in range(2, 16):
        vote(ben, "ArrowLeft", f"Pair {number} of 15")
    expect(ballot(ben).locator(".choice.left")).to_be_enabled()
    ben.keyboard.press("ArrowLeft")
    expect(ben.locator(".ranking .votes")).to_have_text("19 votes by 2 people (Anna, Ben): 1 tie, 1 both bad.")
    expect(ben.locator(".ranking table")).to_have_count(3)

    anna.get_by_role("button", name="Show the ranking").click()
    anna.get_by_role("button", name="End my voting").click()
    expect(anna.locator(".ranking .votes")).to_contain_text("19 votes by 2 people")
    anna.get_by_role("link", name="Back to the sheet").click()
    address = anna.get_by_role("link", name="Report").get_attribute("href")
    anna.get_by_role("link", name="Ranking").click()
    expect(anna.locator(".ranking .votes")).to_be_visible()

    anna.goto(f"{base_url}{address}")
    expect(anna.get_by_role("heading", name="Foxes")).to_be_visible()
    expect(anna.locator(".ranking .votes")).to_contain_text("19 votes by 2 people")

    # The link let Ben vote; marks of Anna's sheet he only reads until he continues from it.
    ben.get_by_role("link", name="Back to the sheet").click()
    expect(ben.get_by_text("Read-only", exact=True)).to_be_visible()
    cell = ben.locator(".sheet td.cell").first
    cell.hover()
    expect(cell.locator(".star")).to_be_disabled()
    for key in ("s", "4", "c"):  # a comparison is of his own session
        cell.press(key)
    expect(cell.locator(".marks")).to_have_text("in comparison")
    ben.get_by_role("button", name="Continue from here").click()
    expect(ben.get_by_text("Read-only", exact=True)).to_be_hidden()
    cell.press("4")
    expect(cell.locator(".marks")).to_have_text("4 of 5 · in comparison")
    wait_idle(ben)
    expect(cell.locator(".star")).to_have_attribute("aria-pressed", "false")

    # Whoever has the report's address sees what Anna sees.
    ben.goto(f"{base_url}{address}")
    expect(ben.get_by_role("heading", name="Foxes")).to_be_visible()
    expect(ben.locator(".ranking .votes")).to_have_text("19 votes by 2 people (Anna, Ben): 1 tie, 1 both bad.")
    expect(ben.locator("img").first).to_be_visible()
