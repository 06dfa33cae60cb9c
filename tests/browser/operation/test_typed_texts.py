"""What a person types and has not left is there again after a reload, a broken line, and the end of the app server."""

from __future__ import annotations

import base64
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.browser import driver
from tests.browser.app_server import PYTHON_APP, AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.network_proxy import network_proxy
from tests.browser.operation.test_two_servers import person_at, start
from tests.browser.stopping_server import png_of
from tests.browser.two_servers import two_servers
from tests.wire.loopback import Loopback, json_answer

GENERATIONS = "/v1/images/generations"
DRAFT = "a yellow"
TYPED = "a yellow balloon at dawn"
STATE = "document.querySelector('[data-testid=\"stApp\"]').dataset.testConnectionState"
# Press the button in the moment in which the connection is there again.
PRESS_AT_ONCE = """() => {
  const app = document.querySelector('[data-testid="stApp"]')
  window.pressed = 0
  new MutationObserver(() => {
    if (app.dataset.testConnectionState !== "CONNECTED" || window.pressed) return
    const button = document.querySelector(".st-key-generate-submit button")
    button.disabled = false
    button.click()
    window.pressed += 1
  }).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] })
}"""


def prompt(page: Page, label: str = "Prompt") -> Locator:
    return page.get_by_label(label, exact=True)


def go_on_typing(page: Page, text: str, label: str = "Prompt") -> None:
    """Type at the end of a field, and stay in it."""
    prompt(page, label).press("ControlOrMeta+End")
    page.keyboard.type(text)


def await_state(page: Page, *, connected: bool) -> None:
    page.wait_for_function(f"connected => ({STATE} === 'CONNECTED') === connected", arg=connected)


@contextmanager
def killed_while_typed(browser: Browser, folder: Path, screenshot_name: str) -> Iterator[tuple[AppServer, Page]]:
    """An app that was killed while a prompt was typed, and the page, which knows it."""
    with AppServer(folder, command=PYTHON_APP) as app:
        page, _ = driver.new_page(browser)
        try:
            open_page(page, app.base_url)
            go_on_typing(page, TYPED)
            app.kill()
            await_state(page, connected=False)
            yield app, page
        finally:
            driver.screenshot(page, screenshot_name)
            page.context.close()


@pytest.mark.parametrize(("path", "label"), [("/", "Prompt"), ("/analyze", "Text input")])
def test_a_reload_at_once(page: Page, base_url: str, path: str, label: str) -> None:
    """What is typed after the field was left once, and after it was reloaded."""
    open_page(page, base_url, path)
    field = prompt(page, label)
    field.fill(DRAFT)
    field.blur()
    wait_idle(page)
    go_on_typing(page, " balloon", label)
    page.reload()
    expect(field).to_have_value("a yellow balloon")
    wait_idle(page)
    go_on_typing(page, " at dawn", label)
    page.reload()
    expect(field).to_have_value(TYPED)
    wait_idle(page)

    # What is left is what counts from then on.
    field.fill("a gray wolf")
    field.blur()
    wait_idle(page)
    page.reload()
    expect(field).to_have_value("a gray wolf")


def test_what_replaced_a_typed_text_is_newer(page: Page, base_url: str) -> None:
    """The app has filled in the variable of a prompt that was typed."""
    open_page(page, base_url)
    prompt(page).fill("a {{color}} balloon")
    prompt(page).blur()
    page.get_by_label("color", exact=True).fill("yellow")
    page.get_by_role("button", name="Fill in", exact=True).click()
    expect(prompt(page)).to_have_value("a yellow balloon")
    page.reload()
    expect(prompt(page)).to_have_value("a yellow balloon")
    wait_idle(page)
    expect(prompt(page)).to_have_value("a yellow balloon")


def test_two_reloads_before_the_page_is_drawn(page: Page, base_url: str) -> None:
    """The second comes before the server has heard which draft to restore."""
    open_page(page, base_url)
    go_on_typing(page, TYPED)
    page.reload(wait_until="commit")
    # Playwright's own reload fails while the page of the former one is not attached yet.
    page.evaluate("() => void setTimeout(() => location.reload())")
    expect(prompt(page)).to_have_value(TYPED)


def test_a_line_that_breaks_for_a_moment(page: Page, server: AppServer) -> None:
    """The server has kept the session: text and session go on, and a change in the middle is where it was made."""
    with network_proxy(server.port) as network:
        open_page(page, f"http://127.0.0.1:{network.port}")
        go_on_typing(page, "a balloon")
        network.cut()
        await_state(page, connected=False)
        network.mend()
        await_state(page, connected=True)
        wait_idle(page)
        expect(prompt(page)).to_have_value("a balloon")
        prompt(page).press("ControlOrMeta+Home")
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        page.keyboard.type("yellow ")
        expect(prompt(page)).to_be_focused()
        expect(prompt(page)).to_have_value("a yellow balloon")
        page.keyboard.press("ControlOrMeta+z")
        expect(prompt(page)).not_to_have_value("a yellow balloon")


@pytest.mark.parametrize("presses", [False, True], ids=["looks", "presses"])
def test_the_app_is_killed_and_started_again(browser: Browser, tmp_path: Path, *, presses: bool) -> None:
    """Nothing was written of the text. Who presses the button in the moment of the return runs nothing else."""
    with killed_while_typed(browser, tmp_path, "typed-restart") as (app, page):
        if presses:
            page.evaluate(PRESS_AT_ONCE)
        app.start()
        await_state(page, connected=True)
        wait_idle(page)
        expect(prompt(page)).to_have_value(TYPED)
        if presses:
            assert page.evaluate("window.pressed") == 1
        if "run=" not in page.url:
            start(page)
        expect(page.locator(".status").last).to_have_text("1 image")
        expect(prompt(page)).to_have_value(TYPED)
        wait_idle(page)
        page.goto(f"{app.base_url}/library")
        expect(page.get_by_text(TYPED)).to_have_count(1)


def test_a_reload_while_no_server_answers(browser: Browser, tmp_path: Path) -> None:
    """The browser shows its own page of an error, until the app is there again."""
    with killed_while_typed(browser, tmp_path, "typed-reload") as (app, page):
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
            page.reload()
        page.wait_for_function("location.protocol === 'chrome-error:'")
        app.start()
        page.goto(f"{app.base_url}/")  # what a browser does to reload its own page
        expect(prompt(page)).to_have_value(TYPED)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP and SIGKILL are of POSIX systems")
def test_the_other_server_takes_what_none_has_heard(browser: Browser, tmp_path: Path) -> None:
    """A server has part of a prompt, answers no more while it is typed on, and is killed."""
    image = json_answer({"data": [{"b64_json": base64.b64encode(png_of(1)).decode()}], "usage": {"output_tokens": 9}})
    with Loopback() as api, two_servers(tmp_path, api.base_url) as both:
        api.answer(image, path=GENERATIONS)
        page = person_at(browser, both, 0)
        try:
            open_page(page, both.base_url)
            prompt(page).fill(DRAFT)
            prompt(page).blur()
            wait_idle(page)
            both.await_rows(f"SELECT 1 FROM drafts WHERE content LIKE '%{DRAFT}%'")
            go_on_typing(page, " balloon")
            os.kill(both.apps[0].pid, signal.SIGSTOP)
            go_on_typing(page, " at dawn")
            both.apps[0].kill()
            await_state(page, connected=False)
            await_state(page, connected=True)
            wait_idle(page)
            expect(prompt(page)).to_have_value(TYPED)
            both.await_rows(f"SELECT 1 FROM drafts WHERE content LIKE '%{TYPED}%'")
            run = start(page)
            both.await_rows(f"SELECT 1 FROM runs WHERE id = '{run}' AND state = 'done'")
        finally:
            driver.screenshot(page, "typed-two-servers")
            page.context.close()
        assert [one.json()["prompt"] for one in api.requests if one.path == GENERATIONS] == [TYPED]
