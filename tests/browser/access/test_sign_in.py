"""Signing in, in a browser: by OIDC at a provider on loopback, by a proxy's header, and by an unchecked name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from components.library import open_library
from components.library.team.privacy import set_sheet_private
from tests.browser import driver
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.header_proxy import HeaderProxy
from tests.servers.oidc_provider import oidc_provider
from tests.support.signing_in import ROLES, auth_toml
from tests.unit.library.sheet_fixtures import filled_sheet


@pytest.fixture
def provider() -> Iterator[str]:
    """An OIDC provider of two people; its address."""
    with oidc_provider() as address:
        yield address


def sign_in(page: Page, person: str) -> None:
    """From the app's sign-in page to the provider's, and back."""
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=person).click()


def test_by_oidc(provider: str, tmp_path: Path, browser: Browser) -> None:
    """Whoever opens a page signs in and lands on it; who signs out in one tab is out in the other."""
    server = AppServer(tmp_path, environment={**ROLES, "IMAGE_WORKBENCH_SIGN_IN": "oidc"})
    server.secrets.write_text(auth_toml(server.base_url, provider), encoding="utf-8")
    page, log = driver.new_page(browser)
    with server:
        page.goto(f"{server.base_url}/library?output=none")
        sign_in(page, "member@example.com")
        page.wait_for_url(f"{server.base_url}/library?output=none")
        wait_idle(page)
        other = open_page(page.context.new_page(), server.base_url, "/prompts")
        open_page(page, server.base_url, "/library")
        page.get_by_role("button", name="Mia Member").click()
        expect(page.get_by_text("A member: you can run")).to_be_visible()
        cookies = page.context.cookies()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{provider}/**")
        expect(other.locator("[data-testid=stApp]")).not_to_have_attribute("data-test-connection-state", "CONNECTED")
        other.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(other.get_by_role("link", name="Sign in")).to_be_visible()
        page.context.add_cookies([{**one, "url": server.base_url} for one in map(_kept, cookies)])
        other.reload()  # whoever kept the cookie has no use for it
        expect(other.get_by_role("link", name="Sign in")).to_be_visible()
        sign_in(other, "viewer@example.com")
        other.wait_for_url("**/prompts")
        expect(other.get_by_text("You are a viewer")).to_be_visible()
        expect(other.get_by_text("New prompt")).to_have_count(0)
    assert not log.errors
    page.context.close()


def _kept(cookie: Any) -> dict[str, str]:
    return {"name": cookie["name"], "value": cookie["value"]}


def sees_the_report_of_what_they_may_see(page: Page, base_url: str, server: AppServer) -> None:
    """A colleague comes from a sheet to its report, and opens its address; that of a private sheet is not found."""
    with closing(open_library(server.data)) as library:
        sheet_id, _ = filled_sheet(library)
        private_id, _ = filled_sheet(library, name="Wolves", first_seed=100)
        set_sheet_private(library, private_id, True)
    open_page(page, base_url, f"/?sheet={sheet_id}")
    address = page.get_by_role("link", name="Report").get_attribute("href")
    assert address is not None
    answer = page.goto(base_url + address)
    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_role("heading", name="Foxes")).to_be_visible()
    expect(page.locator("img").first).to_be_visible()
    answer = page.goto(base_url + address.replace(sheet_id, private_id))
    assert answer is not None
    assert answer.status == 404
    assert "Wolves" not in page.content()
    open_page(page, base_url, f"/?sheet={private_id}")
    expect(page.get_by_text("Wolves")).to_have_count(0)


def test_by_a_proxys_header(tmp_path: Path, browser: Browser) -> None:
    """The proxy says who it is, for pages and their WebSockets; beside the proxy nobody is anyone."""
    environment = {**ROLES, "IMAGE_WORKBENCH_SIGN_IN": "header", "IMAGE_WORKBENCH_TRUSTED_PROXIES": "127.0.0.1"}
    page, log = driver.new_page(browser)
    with AppServer(tmp_path, environment=environment) as server, HeaderProxy(server.port) as proxy:
        page.goto(f"http://127.0.0.1:{proxy.port}/")
        expect(page.get_by_text("did not say who you are")).to_be_visible()
        proxy.user = "admin@example.com"
        open_page(page, f"http://127.0.0.1:{proxy.port}", "/library")
        page.get_by_role("button", name="admin@").click()
        expect(page.get_by_text("An admin: you can also")).to_be_visible()
        for height in (844, 620):  # a form that is longer than the window
            page.set_viewport_size({"width": 390 if height == 844 else 1280, "height": height})
            open_page(page, f"http://127.0.0.1:{proxy.port}")
            expect(page.get_by_role("button", name="Generate").last).to_be_in_viewport()
            expect(page.get_by_text("Only me")).to_be_in_viewport(ratio=1)
        only_me = page.get_by_role("switch", name="Only me")
        page.get_by_text("Only me", exact=True).click()
        wait_idle(page)
        for address in ("/?prompt=a+wolf", "/?prompt=a+bear"):  # a link begins afresh, but never shows what was not
            open_page(page, f"http://127.0.0.1:{proxy.port}", address)
            expect(page.get_by_label("Prompt", exact=True)).to_have_value(address.rpartition("=")[2].replace("+", " "))
            expect(only_me).to_be_checked()
        page.get_by_text("Only me", exact=True).click()
        expect(only_me).not_to_be_checked()
        page.get_by_label("Prompt", exact=True).fill("a fox")
        page.get_by_role("button", name="Generate").last.click()
        expect(page.get_by_text("1 image", exact=True)).to_be_visible()
        proxy.user = "viewer@example.com"  # who sees it, and no control that changes it
        open_page(page, f"http://127.0.0.1:{proxy.port}", "/library")
        expect(page.get_by_text("V views")).to_be_visible()
        expect(page.get_by_text("Delete moves")).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("^View "))).to_have_count(1)
        expect(page.get_by_role("button", name=re.compile("^Star "))).to_have_count(0)
        page.locator("button.open").click()
        expect(page.get_by_role("button", name="Copy link")).to_be_visible()
        expect(page.get_by_role("button", name="Reject")).to_have_count(0)
        sees_the_report_of_what_they_may_see(page, f"http://127.0.0.1:{proxy.port}", server)
    assert not log.errors
    page.context.close()


def test_by_name(server: AppServer, page: Page) -> None:
    """The default: nobody signs in, and a name is only a name."""
    open_page(page, server.base_url, "/library")
    page.get_by_role("button", name="Add your name").click()
    page.get_by_role("textbox", name="Your name").fill("Ada")
    page.get_by_role("textbox", name="Your name").press("Enter")
    expect(page.get_by_role("button", name="As Ada")).to_be_visible()
    expect(page.get_by_text("Sign out")).to_have_count(0)
