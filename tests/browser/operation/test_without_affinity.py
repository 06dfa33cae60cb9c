"""A person edits an image while their requests come to either of two app servers, whichever has their page."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import driver
from tests.browser.canvas_page import SIZE, add_image, drag, photograph, take_largest_brush
from tests.browser.driver import open_page, wait_idle
from tests.browser.operation.test_two_servers import EDITS, PROMPT, held, parts, preview, start
from tests.browser.two_servers import two_servers
from tests.wire.loopback import Loopback

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="two_servers needs nginx")

# What only the server of the page has: an upload to it, its event stream, a download from its memory.
OF_THE_PAGE = ("/_stcore/upload_file/", "/channels/", "/media/")


@pytest.mark.parametrize("splits", [False, True], ids=["in turns", "page and requests apart"])
def test_everything_works_at_either_server(splits: bool, browser: Browser, tmp_path: Path) -> None:
    """A file is added, a mask drawn, two edits shown live one after the other, and a text downloaded."""
    gates = first, second = threading.Event(), threading.Event()
    with Loopback() as api, two_servers(tmp_path, api.base_url, affinity=False, splits=splits) as both:
        api.answer(held(1, first), held(2, second), path=EDITS)
        page, _ = driver.new_page(browser, ignore_https_errors=True)
        try:
            open_page(page, both.base_url, "/edit?partial_images=1")
            add_image(page, photograph(*SIZE))
            take_largest_brush(page)
            drag(page, (60, 60), (200, 90), (200, 140))
            page.get_by_label("Prompt", exact=True).fill(PROMPT)
            seen = ""
            for gate in gates:
                start(page)
                seen = preview(page, seen)
                gate.set()
                expect(page.locator(".status").last).to_have_text("1 image")
            wait_idle(page)
            page.get_by_role("button", name="Use in code").first.click()
            with page.expect_download() as download:
                page.get_by_role("button", name="Download as .json").click()
            assert PROMPT in json.dumps(json.loads(download.value.path().read_bytes()))
        finally:
            for gate in gates:
                gate.set()
            driver.screenshot(page, f"without-affinity-{splits}")
            page.context.close()
        if splits:
            assert [both.server_of(what) for what in ("/_stcore/stream", *OF_THE_PAGE)] == [0, 1, 1, 1]
        sent = [parts(one) for one in api.requests if one.path == EDITS]
        assert len(sent) == 2
        assert sent[0] == sent[1]
        assert {"image", "mask"} <= sent[0].keys()
