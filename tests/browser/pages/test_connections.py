"""A connection of one's own in the browser: added, tested, edited, probed; its secrets are nowhere but in memory."""

from __future__ import annotations

import json
import threading

from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.wire.client_fixtures import PNG, b64
from tests.wire.loopback import Loopback, Wait, error_answer, json_answer

KEY, VALUE = "sk-azure-9876543210fedcba", "s3cret-gateway-value"


def test_secrets_are_entered_once_and_seen_nowhere(page: Page, server: AppServer) -> None:
    """Azure's deployments with a header: the test passes, an edit keeps both secrets, a probe goes on while the
    page is drawn anew, its answer is used in the form, and no place shows a secret.
    """
    received: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda data: received.append(data.decode("latin-1") if isinstance(data, bytes) else data)
        ),
    )
    with Loopback() as remote:
        remote.answer(json_answer({"data": [{"id": "gpt-image-2"}]}), path="/openai/models")
        open_page(page, server.base_url, "/connections")
        page.get_by_role("combobox", name="Kind of server").click()
        page.get_by_text("Azure OpenAI, deployments").last.click()
        wait_idle(page)
        page.get_by_label("Base URL").fill(remote.origin)
        page.get_by_label("API key").fill(KEY)
        page.get_by_label("API version").fill("2025-04-01-preview")
        page.get_by_text("Headers and query parameters").click()
        page.get_by_label("Header", exact=True).fill("X-Gateway")
        page.get_by_label("Header's value").fill(VALUE)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Works. 1 models: gpt-image-2.")).to_be_visible()
        page.get_by_role("button", name="Edit", exact=True).click()
        wait_idle(page)
        expect(page.get_by_label("API key").first).to_have_attribute("placeholder", "unchanged (sk-…dcba)")
        page.get_by_label("Name", exact=True).first.fill("Renamed")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Renamed", exact=True)).to_be_visible()
        expect(page.get_by_text("Works. 1 models: gpt-image-2.")).to_be_visible()
        page.get_by_role("button", name="What can this server do?").first.click()
        expect(page.get_by_text("11 requests. About $")).to_be_visible()
        release = threading.Event()
        refusal = error_answer(400, "unsupported_parameter", message="No streams here.", param="stream")
        remote.answer([Wait(release), *json_answer({"data": [{"b64_json": b64(PNG)}]})], refusal)
        page.get_by_role("button", name="Send 11 requests").click()
        expect(page.get_by_text("0 of 11 answered. Now: Generate")).to_be_visible()
        page.get_by_role("button", name="Test", exact=True).first.click()  # the page is drawn anew, the probe goes on
        expect(page.get_by_text("0 of 11 answered. Now: Generate")).to_be_visible()
        release.set()
        expect(page.get_by_text("Done. 9 requests: ")).to_be_visible()
        expect(page.get_by_role("row", name="Stream images")).to_contain_text("No streams here.")
        page.get_by_role("link", name="Generate").click()
        page.get_by_text("More options").click()
        expect(page.get_by_text("Renamed did not take it on").first).to_be_visible()
        wait_idle(page)
        first, last = remote.requests[0].headers, remote.requests[-1].headers
    assert len(remote.requests) > 1
    assert (first["api-key"], first["x-gateway"]) == (last["api-key"], last["x-gateway"]) == (KEY, VALUE)
    storage = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    fields = page.evaluate("[...document.querySelectorAll('input, textarea')].map(one => one.value)")
    database = b"".join(file.read_bytes() for file in server.data.glob("workbench.sqlite3*"))
    places = [page.content(), storage, json.dumps(fields), server.log_text(), database.decode("latin-1"), *received]
    for secret in (KEY, VALUE):
        assert not [place[:200] for place in places if secret in place]
