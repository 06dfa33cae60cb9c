"""Chromium, and what every browser test does with a page: open it, wait until the app is idle, look at it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.servers import chromium
from tests.servers.network import is_local
from tests.setup.environment import ROOT

RESULTS = ROOT / "test-results"
# The last `--disable-features` counts, so this repeats Playwright's own list. The first two load a page of the
# address bar's suggestions for every new window, which takes as long as a third of the app's own first page.
FEATURES_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
CONTEXT = {
    "viewport": {"width": 1280, "height": 900},
    "locale": "en-US",
    "timezone_id": "UTC",
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
WAIT_MS = 60_000
WAITS = itertools.count()
expect.set_options(timeout=WAIT_MS)

# Between a click and the answer "the script runs" the page still says "notRunning", and on a busy machine that takes
# seconds. So what the page asks for is counted where it leaves: `owed` says that a rerun was requested and has not
# ended yet.
# Field numbers are those of Streamlit's BackMsg (rerun_script) and ForwardMsg (new_session, script_finished).
RERUN, BEGUN, ENDED = 11, 4, 6
COUNT_RERUNS = f"""(() => {{
  function* fields(bytes) {{
    let at = 0
    const number = () => {{
      let value = 0, factor = 1, byte
      do {{ byte = bytes[at++]; value += (byte & 127) * factor; factor *= 128 }} while (byte > 127)
      return value
    }}
    while (at < bytes.length) {{
      const tag = number()
      yield Math.floor(tag / 8)
      if (tag % 8 === 0) number()
      else at += tag % 8 === 2 ? number() : tag % 8 === 1 ? 8 : 4
    }}
  }}
  const numbers = data => ArrayBuffer.isView(data) || data instanceof ArrayBuffer
    ? [...fields(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength))] : []
  window.WebSocket = class extends WebSocket {{
    constructor(...options) {{
      super(...options)
      window.owed = window.begun = false
      this.addEventListener("close", () => {{ window.owed = false }})
      this.addEventListener("message", ({{ data }}) => {{
        const states = numbers(data)
        if (states.includes({BEGUN})) window.begun = true
        if (states.includes({ENDED}) && window.begun) window.owed = false
      }})
    }}
    send(data) {{
      if (numbers(data).includes({RERUN})) {{ window.owed = true; window.begun = false }}
      super.send(data)
    }}
  }}
}})()"""
# What asks only when an answer is there follows at once: idle means idle for a while, counted from this wait on.
IDLE_MS = 200
IDLE = """([wait, enough]) => {
  const app = document.querySelector('[data-testid="stApp"]')
  const idle = app && !window.owed && app.dataset.testScriptState === "notRunning"
    && app.dataset.testConnectionState === "CONNECTED"
    && !document.querySelector('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"]')
  if (!idle) window.idle = undefined
  else if (window.idle?.wait !== wait) window.idle = { wait, since: performance.now() }
  return idle && performance.now() - window.idle.since > enough
}"""


# Streamlit removes a canvas right after a call that a newer one overtook; see `isOnPage` in the canvas's adapter.js.
# What the call was loading then clears the context of the removed canvas. The page has another one by then, as
# tests/browser/edit/test_canvas_made_anew.py shows. A canvas that is on the page cannot have this error.
OF_A_REMOVED_CANVAS = re.compile(
    r"TypeError: Cannot read properties of undefined \(reading 'clearRect'\)\n"
    r" +at \w+\.clearContext \(\S+/streamlit-drawable-canvas\.streamlit_drawable_canvas/index-[\w-]+\.js:[\d:]+\)\n"
    r" +at \w+\.clear "
)

# The run in the address is on show, with this status.
SHOWN = """status => {
  const run = new URLSearchParams(location.search).get("run")
  return [...document.querySelectorAll("*")]
    .map(one => one.shadowRoot?.querySelector(`.run-viewer[data-run="${run}"] .status`))
    .some(one => one?.textContent === status)
}"""


@dataclass
class PageLog:
    """What a page said: its console, uncaught errors, and requests to other machines; and the origins it asked."""

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Forget everything, for the next test."""
        for part in (self.console, self.errors, self.outside, self.origins):
            part.clear()

    def __str__(self) -> str:
        parts = (
            ("uncaught errors", self.errors),
            ("requests elsewhere", self.outside),
            ("console", self.console),
        )
        return "\n".join(f"== {title}\n" + "\n".join(lines) for title, lines in parts)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium with an empty profile. No asyncio loop can be run in this thread meanwhile."""
    path = chromium.find()
    assert path, chromium.NONE.format("") + " `python3 -m tests` does."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, **options: Any) -> tuple[Page, PageLog]:
    """A page in a fresh context, as of a person who comes for the first time; `options` are the context's."""
    page = browser.new_context(**{**CONTEXT, **options}).new_page()
    page.add_init_script(COUNT_RERUNS)
    page.set_default_timeout(WAIT_MS)
    log = PageLog()

    def on_console(message: ConsoleMessage) -> None:
        log.console.append(f"{message.type}: {message.text}")
        if "Content Security Policy" in message.text:  # the app's own pages need nothing that the policy forbids
            log.errors.append(message.text)

    def on_error(error: Error) -> None:
        said = str(error.stack or error.message)
        if not OF_A_REMOVED_CANVAS.match(said):
            log.errors.append(said)

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and not is_local(address.hostname):
            log.outside.append(request.url)
        if request.is_navigation_request():
            log.origins.add(f"{address.scheme}://{address.netloc}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    page.on("request", on_request)
    return page, log


def open_page(page: Page, base_url: str, path: str = "/") -> Page:
    """Go to a page of the app and wait until it is drawn."""
    page.goto(base_url + path)
    wait_idle(page)
    return page


def wait_idle(page: Page, timeout_ms: float = WAIT_MS) -> None:
    """Wait until the app is connected and no script runs. Raise AssertionError if it shows an exception."""
    page.wait_for_function(IDLE, arg=[next(WAITS), IDLE_MS], timeout=timeout_ms)
    exceptions = page.locator('[data-testid="stException"]').all_inner_texts()
    assert not exceptions, f"The page shows an exception: {exceptions}"


def await_run(page: Page, status: str = "1 image") -> None:
    """Wait until the run in the address is on show with a status; the run before may be there for a moment."""
    page.wait_for_function(SHOWN, arg=status)


def screenshot(page: Page, name: str) -> Path:
    """Save what the window shows as test-results/NAME.png and give the path."""
    path = result_path(f"{name}.png")
    page.screenshot(path=path)
    return path


def result_path(name: str) -> Path:
    """Where a test leaves a file for people to look at; the folder is made, the name cleaned."""
    RESULTS.mkdir(exist_ok=True)
    return RESULTS / re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
