"""A person works at one of two app servers, which is killed; another person works at the other."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from components.ui.access.browser_cookie import NAME
from tests.browser import driver
from tests.browser.canvas_page import SIZE, add_image, drag, photograph, take_largest_brush
from tests.browser.driver import open_page, wait_idle
from tests.browser.stopping_server import png_of
from tests.browser.two_servers import TwoServers, two_servers
from tests.wire.layers.proxies import PREFIX
from tests.wire.loopback import Answer, Loopback, Received, Step, Wait, event, stream_answer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")

EDITS = "/v1/images/edits"
PROMPT = "a yellow balloon"
# The address of a preview that is shown and loaded.
PREVIEW = """() => [...document.querySelectorAll("*")]
  .flatMap(one => [...(one.shadowRoot?.querySelectorAll('img[src*="/partials/"]') || [])])
  .find(img => img.complete && img.naturalWidth > 0)?.src"""


def held(seed: int, *gates: threading.Event) -> Answer:
    """An edit's answer with a preview before each gate, and the image after the last."""
    steps: list[Step] = []
    for place, gate in enumerate(gates):
        partial = _text(png_of(seed + 1 + place, 64))
        preview = {"type": "image_edit.partial_image", "partial_image_index": place, "b64_json": partial}
        steps += [event(preview), Wait(gate)]
    done = {"type": "image_edit.completed", "b64_json": _text(png_of(seed)), "usage": {"output_tokens": 9}}
    return stream_answer([*steps, event(done)])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def person_at(browser: Browser, both: TwoServers, place: int) -> Page:
    """A new person's page, whose requests the proxy sends to one of the servers."""
    page, _ = driver.new_page(browser, ignore_https_errors=True)
    page.context.add_cookies([{"name": NAME, "value": both.browser_at(place), "url": both.base_url}])
    return page


def start(page: Page) -> str:
    """Start the run by the keys, and return its id."""
    before = page.url
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.wait_for_url(lambda url: "run=" in url and url != before)
    return page.url.partition("run=")[2].partition("&")[0]


def preview(page: Page, before: str = "") -> str:
    """Wait for a preview other than the one before, and return its address."""
    shown = page.wait_for_function(
        f"before => {{ const src = ({PREVIEW})(); return src !== before && src }}", arg=before
    )
    return str(shown.json_value())


def parts(request: Received) -> dict[str, bytes]:
    return {one.name: one.data for one in request.form()}


def test_a_server_is_killed_while_people_work(browser: Browser, tmp_path: Path) -> None:
    """Another person's page at the other server follows and cancels a run. After the kill the tab has its draft and
    goes on with the run under way: previews, the image, and one request."""
    never, second_preview, end = (threading.Event() for _ in range(3))
    with Loopback() as api, two_servers(tmp_path, api.base_url) as both:
        api.answer(held(1, never), held(2, second_preview, end), path=EDITS)
        ann, bob = person_at(browser, both, 0), person_at(browser, both, 1)
        try:
            open_page(ann, both.base_url, "/edit?partial_images=2")
            add_image(ann, photograph(*SIZE))
            assert both.server_of("/_stcore/upload_file/") == 0
            take_largest_brush(ann)
            drag(ann, (60, 60), (200, 90), (200, 140))
            field = ann.get_by_label("Prompt", exact=True)
            field.fill(PROMPT)
            first = start(ann)

            bob.goto(f"{both.base_url}/edit?run={first}")
            preview(bob)
            assert both.server_of(f"/runs/{first}/partials/") == 1
            bob.get_by_role("button", name="Cancel", exact=True).click()
            expect(ann.locator(".status").last).to_have_text("Cancelled")
            expect(bob.locator(".status").last).to_have_text("Cancelled")

            second = start(ann)
            seen = preview(ann)
            both.await_rows(f"SELECT 1 FROM drafts WHERE content LIKE '%{PROMPT}%' AND content LIKE '%Path%'")
            both.apps[0].kill()
            shutil.rmtree(both.apps[0].data)  # the other server is on another machine
            second_preview.set()
            assert both.server_of(preview(ann, seen).partition(PREFIX)[2]) == 1
            expect(field).to_have_value(PROMPT)
            end.set()
            expect(ann.locator(".status").last).to_have_text("1 image")
            shown = hashlib.sha256(png_of(2)).hexdigest()
            expect(ann.locator(f'img[src*="{shown}"]').first).to_be_visible()
            wait_idle(ann)

            # Image and mask are sent from here as before.
            third = start(ann)
            both.await_rows(f"SELECT 1 FROM runs WHERE id = '{third}' AND state = 'done'")
            expect(ann.locator(".status").last).to_have_text("1 image")
        finally:
            for gate in (never, second_preview, end):
                gate.set()
            for name, page in (("ann", ann), ("bob", bob)):
                driver.screenshot(page, f"two-servers-{name}")
                page.context.close()
        sent = [parts(one) for one in api.requests if one.path == EDITS]
        assert len(sent) == 3
        assert sent[0] == sent[1] == sent[2]
        states = both.rows("SELECT id, state FROM runs ORDER BY created")
        assert states == [(first, "cancelled"), (second, "done"), (third, "done")]
