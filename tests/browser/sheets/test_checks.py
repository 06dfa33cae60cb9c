"""Checks in a real browser: a sheet shows what passed and what failed, and a failed cell becomes an edit."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from components.library import open_library
from components.library.sheets.checks import add_check
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.unit.library.sheet_fixtures import filled_sheet


def test_a_failed_check_is_seen_and_mended(new_page: Callable[..., Page], base_url: str, server: AppServer) -> None:
    """A check that was added before is made up at the opening, a second one in the panel; Mend fills the Edit page."""
    library = open_library(server.data)
    sheet_id, _ = filled_sheet(library)
    add_check(library, sheet_id, "format", {})
    library.close()
    page = open_page(new_page(), base_url, f"/?sheet={sheet_id}")
    verdicts = page.locator(".sheet .verdict")
    expect(verdicts).to_have_count(6)
    expect(page.locator(".sheet .verdict.pass")).to_have_count(6)
    wait_idle(page)

    page.get_by_role("button", name="Checks", exact=True).click()
    wait_idle(page)
    expect(page.get_by_text("6 of 6 passed")).to_be_visible()
    page.get_by_label("New check", exact=True).click()
    page.get_by_role("option", name="Dominant color").click()
    wait_idle(page)
    page.get_by_label("Color", exact=True).fill("#255b80")  # that of the first image
    page.get_by_label("Color", exact=True).press("Tab")
    wait_idle(page)
    page.get_by_role("button", name="Add check").click()
    # The first decoding takes its time on a busy machine.
    expect(page.locator(".sheet .verdict.fail")).to_have_count(5, timeout=60_000)
    wait_idle(page)
    page.keyboard.press("Escape")
    totals = page.locator(".sheet th .total")
    expect(totals.first).to_have_text(re.compile(r"58% pass · [\d.]+% #\w{6} · \$0.035 each"))
    expect(totals.nth(1)).to_have_text(re.compile(r"67% pass · [\d.]+% #\w{6} · \$0.030 each"))
    expect(page.locator(".sheet .spent").first).to_have_text("$0.010")
    last = verdicts.last
    name = "Checks of green, high: 1 passed, 1 failed. pass: Requested format (requested png, returned png); fail"
    assert (last.get_attribute("aria-label") or "").startswith(name)
    last.focus()
    expect(page.locator(".sheet .verdicts").last).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("unpassed")
    expect(page.locator(".sheet td.cell")).to_have_count(6)

    page.locator(".sheet td.cell").last.hover()
    page.locator(".sheet .mend").last.click()
    page.wait_for_url("**/edit**")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(
        "Correct only the following and leave everything else exactly as it is:\n"
        "- Use the color #255b80 for at least 20% of the image."
    )
