"""Iterating in a real browser: step through runs and prompts by keys, see what changed, send a link."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.driver import open_page, wait_idle
from tests.browser.pages.test_generate import wait_done

PROMPTS = ("A red boat", "A green boat", "A green boat at dusk")


def test_keys_step_through_runs_and_prompts(page: Page, base_url: str) -> None:
    """Alt+Left shows the run before and fills the form with it; Alt+Up recalls prompts and Alt+Down what was typed."""
    open_page(page, base_url)
    prompt = page.get_by_label("Prompt", exact=True)
    for text in PROMPTS:
        prompt.fill(text)
        address = page.url
        prompt.press("Control+Enter")
        page.wait_for_url(lambda url, before=address: url != before)
        wait_done(page, 1)
        wait_idle(page)
    expect(page.locator(".prompt ins")).to_have_text(" at dusk".strip())
    assert page.locator(".strip").bounding_box()["y"] < page.locator(".tile").first.bounding_box()["y"]
    prompt.fill("Not sent yet")
    page.keyboard.press("Alt+ArrowLeft")
    expect(prompt).to_have_value(PROMPTS[1])
    expect(page.locator(".run-viewer .prompt")).to_contain_text("green boat")
    wait_idle(page)
    page.keyboard.press("Alt+ArrowLeft")
    expect(prompt).to_have_value(PROMPTS[0])
    wait_idle(page)
    page.get_by_role("button", name="Undo filling in").click()
    expect(prompt).to_have_value("Not sent yet")
    wait_idle(page)
    prompt.focus()
    for text in (*reversed(PROMPTS), PROMPTS[0]):
        page.keyboard.press("Alt+ArrowUp")
        expect(prompt).to_have_value(text)
    for text in (*PROMPTS[1:], "Not sent yet"):
        page.keyboard.press("Alt+ArrowDown")
        expect(prompt).to_have_value(text)


def test_a_link_opens_the_image_for_a_colleague(page: Page, base_url: str, new_page: Callable[..., Page]) -> None:
    """The copied address shows the run with that image outlined; form and marks stay until it is continued."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, base_url, "/?prompt=A+boat&n=2")
    page.get_by_role("button", name="Generate").last.click()
    wait_done(page, 2)
    page.get_by_role("button", name="Copy the link to image 2").click()
    expect(page.get_by_role("button", name="Copy the link to image 2")).to_have_text("Copied")
    address = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert set(parse_qs(address.query)) == {"run", "output"}
    other = new_page()
    open_page(other, base_url, f"{address.path}?{address.query}")
    wait_done(other, 2)
    expect(other.locator(".tile.linked")).to_have_count(1)
    prompt = other.get_by_label("Prompt", exact=True)
    expect(prompt).to_have_value("")
    expect(other.get_by_text("Read-only", exact=True)).to_be_visible()
    other.keyboard.press("Escape")
    star, pin = other.get_by_role("button", name="Star image 2"), other.get_by_role("button", name="Pin image 2")
    expect(star).to_be_disabled()
    cut = other.get_by_role("button", name="Cut out image 2")
    expect(cut).to_be_disabled()
    for key in ("s", "4", "x", "p"):  # a pin is of the reader's own session
        other.keyboard.press(key)
    expect(pin).to_have_attribute("aria-pressed", "true")
    wait_idle(other)
    expect(star).to_have_attribute("aria-pressed", "false")
    beside_mark = other.locator(".run-viewer .head").get_by_role("button", name="Continue from here")
    expect(beside_mark).to_be_in_viewport()
    beside_mark.click()
    expect(prompt).to_have_value("A boat")
    expect(other.get_by_text("Read-only", exact=True)).to_be_hidden()
    expect(beside_mark).to_be_hidden()
    expect(cut).to_be_enabled()
    other.keyboard.press("s")
    expect(star).to_have_attribute("aria-pressed", "true")
