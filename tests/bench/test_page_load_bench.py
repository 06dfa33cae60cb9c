"""How long a page takes until its prompt can be written in, against a bare Streamlit page with one text area.

Both servers answer the same browser in turn: the first visit after a start, then visits to a server that is warm. Also:
from a click in the navigation to the other page's button, and from a changed field to the price that follows from it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.bench.report import Ratio, record
from tests.browser.app_server import AppServer
from tests.browser.driver import launched, new_page, open_page, wait_idle

# About one visit in eight takes 0.45 s longer, also of a bare page: a median needs several.
STARTS, VISITS, ROUNDS = 5, 2, 3
AIM = 1.2
BARE = 'import streamlit as st\nst.text_area("Prompt")\n'


def _visit(browser: Browser, server: AppServer) -> float:
    """Milliseconds until the text area is on the screen, for a person without a cache."""
    page, _ = new_page(browser)
    began = time.perf_counter()
    page.goto(server.base_url, wait_until="commit")
    page.locator("textarea").first.wait_for()
    took = (time.perf_counter() - began) * 1000
    page.context.close()
    return took


def test_page_load(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """The Generate page comes nearly as soon as the least that Streamlit can show."""
    script = tmp_path / "bare.py"
    script.write_text(BARE, encoding="utf-8")
    commands = {"ours": ("-m", "streamlit", "run", "app.py"), "bare": ("-m", "streamlit", "run", str(script))}
    first: dict[str, list[float]] = {name: [] for name in commands}
    warm: dict[str, list[float]] = {name: [] for name in commands}
    with launched() as browser:
        for start in range(STARTS):
            servers = {
                name: AppServer(tmp_path / f"{name}{start}", command=command) for name, command in commands.items()
            }
            with ExitStack() as running:
                for server in servers.values():
                    running.callback(server.stop)
                with ThreadPoolExecutor(len(servers)) as both:
                    list(both.map(AppServer.start, servers.values()))
                if not start:
                    page, _ = new_page(browser)  # what the browser itself does once is no one's
                    page.goto("about:blank")
                    page.context.close()
                # In turn, as the browser too is slower at first.
                for name, server in sorted(servers.items(), reverse=start % 2 == 0):
                    first[name].append(_visit(browser, server))
                for _ in range(VISITS):
                    for name, server in servers.items():
                        warm[name].append(_visit(browser, server))
    for what, found in (("first visit after a start", first), ("page load, warm", warm)):
        ours, theirs = (statistics.median(found[name]) for name in ("ours", "bare"))
        record(record_property, Ratio(f"{what}, against a bare page", ours, theirs, "ms", AIM))


# Milliseconds from the press on an element until a text that is found by a selector is another one.
UNTIL_CHANGED = """selector => new Promise(resolve => {
  let pressed
  addEventListener('pointerdown', () => { pressed = performance.now() }, { once: true, capture: true })
  const texts = () => [...document.querySelectorAll(selector)].map(one => one.textContent).join()
  const first = texts()
  const look = () => pressed && texts() !== first ? resolve(performance.now() - pressed) : setTimeout(look, 2)
  look()
})"""


PRICE = '[class*="workspace-run"] [data-testid="stCaptionContainer"]'


def until_changed(page: Page, press: Locator, selector: str, *, waits: bool = True) -> float:
    """Return the milliseconds from the press to the change; unless told not to, wait until the page is idle."""
    page.evaluate(f"selector => {{ window.measured = ({UNTIL_CHANGED})(selector) }}", selector)
    press.click()
    took = float(page.evaluate("() => window.measured"))
    if waits:
        wait_idle(page)
    return took


def test_page_switch_and_changed_field(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Figures to watch: another page's run button, and the price after another quality."""
    switches, changes = [], []
    with AppServer(tmp_path) as server, launched() as browser:
        page, _ = new_page(browser)
        open_page(page, server.base_url)
        for _ in range(ROUNDS):
            for name in ("Edit", "Generate"):
                button = '[class*="workspace-run"] button'
                switches.append(until_changed(page, page.get_by_role("link", name=name), button))
            radios = [page.get_by_role("radio", name=quality, exact=True) for quality in ("low", "high")]
            changes += [until_changed(page, radio, PRICE) for radio in radios]
        page.context.close()
    record(
        record_property,
        Ratio("page switch, to the other page's button", statistics.median(switches), 120, "ms allowed", 1),
        Ratio("changed field, to its price", statistics.median(changes), 80, "ms allowed", 1),
    )
