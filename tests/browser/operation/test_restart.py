"""The app is restarted while people work: what they had not sent is there again on all three pages."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.app_server import PYTHON_APP, AppServer
from tests.browser.canvas_page import (
    SIZE,
    add_image,
    alpha_of,
    await_canvas,
    drag,
    photograph,
    run_edit,
    take_largest_brush,
)
from tests.browser.driver import CONTEXT, open_page, screenshot, wait_idle

# Swallow what a page sends with the token that its tab marked as lost.
SWALLOW = """(() => {
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    const lost = sessionStorage.getItem("lost")
    if (lost && new TextDecoder().decode(data).includes(lost)) window.isSwallowed = true
    else send.call(this, data)
  }
})()"""


def go_to(page: Page, name: str) -> None:
    """Open another page by the navigation."""
    page.get_by_test_id("stTopNavLink").get_by_text(name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_attached()
    wait_idle(page)


def write(page: Page, label: str, text: str) -> None:
    """Write into a field and leave it."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.blur()
    wait_idle(page)


def test_drafts_outlive_a_restart(browser: Browser, tmp_path: Path) -> None:
    """Texts, an added image and a painted mask; the mask that is sent then is the one that was painted before."""
    with AppServer(tmp_path, command=PYTHON_APP) as app:
        context = browser.new_context(**CONTEXT)
        page = context.new_page()
        try:
            open_page(page, app.base_url)
            write(page, "Prompt", "a red fox")
            go_to(page, "Analyze")
            write(page, "Text input", "What is it?")
            go_to(page, "Edit")
            add_image(page, photograph(*SIZE))
            take_largest_brush(page)
            drag(page, (60, 60), (200, 90), (200, 140))
            app.stop()
            app.start()
            page.reload()
            await_canvas(page)
            run_edit(page)
            painted = (alpha_of(app) == 0).mean()
            assert 0.01 < painted < 0.5
            go_to(page, "Analyze")
            expect(page.get_by_label("Text input", exact=True)).to_have_value("What is it?")
            go_to(page, "Generate")
            expect(page.get_by_label("Prompt", exact=True)).to_have_value("a red fox")
        finally:
            screenshot(page, "restart")
            context.close()


def test_a_request_for_the_draft_that_is_lost_is_made_again(browser: Browser, base_url: str) -> None:
    """The page is loaded again before the server heard which draft to restore: the next page asks for the same."""
    context = browser.new_context(**CONTEXT)
    page = context.new_page()
    page.add_init_script(SWALLOW)
    try:
        open_page(page, base_url)
        write(page, "Prompt", "a red fox")
        page.evaluate('sessionStorage.setItem("lost", sessionStorage.getItem("image-workbench.draft"))')
        page.reload()
        page.wait_for_function("window.isSwallowed")
        wait_idle(page)
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
        page.evaluate('sessionStorage.removeItem("lost")')
        page.reload()
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("a red fox")
        wait_idle(page)

        # What is entered after a draft was restored is the next one to restore.
        write(page, "Prompt", "a gray wolf")
        page.reload()
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("a gray wolf")
    finally:
        screenshot(page, "draft-asked-again")
        context.close()
