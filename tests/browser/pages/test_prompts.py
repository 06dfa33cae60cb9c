"""A saved prompt in a real browser: filled in, used, with a style, and its result on the version's page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.driver import open_page, wait_idle


def test_from_the_shelf_to_an_image_and_back(page: Page, base_url: str) -> None:
    """What was typed last counts although its field still has the focus; the image stands with the version."""
    open_page(page, base_url, "/prompts")
    page.get_by_role("button", name="App icon").click()
    page.get_by_label("app", exact=True).fill("a bakery")
    page.get_by_label("symbol", exact=True).fill("a loaf")
    page.get_by_role("button", name="Use on Generate").click()
    prompt = page.locator(".st-key-workspace-form").get_by_label("Prompt", exact=True)
    expect(page).to_have_title("Generate · Image Workbench")
    wait_idle(page)
    assert prompt.input_value().startswith("App icon for a bakery: one simple symbol of a loaf, flat shapes")
    page.get_by_role("button", name="Generate", exact=False).last.click()
    expect(page.locator(".image img").first).to_be_visible()
    open_page(page, base_url, "/prompts?saved=start-04")
    expect(page.locator(".strip img").first).to_be_visible()


def test_a_proposal_outlives_a_reload_and_is_used(page: Page, base_url: str) -> None:
    """The popover closes by itself, the wording is shown below the prompt, and nothing changes before Use."""
    open_page(page, base_url, "/")
    prompt = page.locator(".st-key-workspace-form").get_by_label("Prompt", exact=True)
    prompt.fill("A very stunning harbor")
    page.get_by_role("button", name="Reword").click()
    page.get_by_role("button", name="Shorten").click()
    proposal = page.locator(".st-key-proposal-generate")
    expect(proposal.locator("del")).to_have_text("very stunning")
    expect(page.get_by_role("button", name="Shorten")).to_be_hidden()
    page.reload()
    expect(proposal.locator("del")).to_have_text("very stunning")
    expect(prompt).to_have_value("A very stunning harbor")
    proposal.get_by_role("button", name="Use").click()
    expect(prompt).to_have_value("A harbor")
    expect(proposal).to_be_hidden()
