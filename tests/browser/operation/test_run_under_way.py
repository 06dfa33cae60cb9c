"""A run that is under way, held there by its server: what a page shows of it, and who sees its end."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import open_page
from tests.browser.network_proxy import network_proxy
from tests.browser.pages.test_generate import fill_prompt, wait_done
from tests.browser.stopping_server import IMAGES, ServerImages, png_of
from tests.browser.vision_server import app_with_server

GENERATIONS = "/v1/images/generations"
UNDER_WAY = f"0 of {IMAGES}"


@dataclass(frozen=True)
class Held:
    """The app, and the gate that its server waits at."""

    app: AppServer
    gate: threading.Event

    def ask(self, page: Page, base_url: str = "") -> None:
        """Ask for images, a preview of each with them."""
        open_page(page, base_url or self.app.base_url, f"/?n={IMAGES}&partial_images=1")
        fill_prompt(page, "a lighthouse in a storm")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".status")).to_have_text(UNDER_WAY)
        page.wait_for_url(re.compile("run="))


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """A server that sends a preview and then nothing more until the gate opens."""
    images, gate = (
        ServerImages([png_of(700 + place) for place in range(IMAGES)], png_of(750, 64)),
        threading.Event(),
    )
    with app_with_server(tmp_path_factory.mktemp("going-on")) as (app, remote):
        remote.answer(images.streamed("a preview", gate), path=GENERATIONS)
        try:
            yield Held(app, gate)
        finally:
            gate.set()


def test_partial_images_are_shown_while_the_run_goes_on(page: Page, held: Held) -> None:
    """With partial images asked for, a preview stands in the image's place before the image does."""
    held.ask(page)
    preview = page.get_by_alt_text("Preview of image 1")
    expect(preview).to_be_visible()
    assert preview.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 64
    held.gate.set()
    wait_done(page, IMAGES)
    expect(preview).to_have_count(0)


def test_a_run_goes_on_when_the_tab_closes(page: Page, held: Held, new_page: Callable[..., Page]) -> None:
    """A run whose tab was closed in the middle is there, whole, when its address is opened again."""
    held.ask(page)
    address = page.url
    page.close()
    held.gate.set()
    other = new_page()
    other.goto(address)
    wait_done(other, IMAGES)


def test_a_reload_in_the_middle_and_a_second_browser(page: Page, held: Held, new_page: Callable[..., Page]) -> None:
    """A run that is under way shows after a reload, and in another browser by its link; both see its end."""
    held.ask(page)
    page.reload()
    other = new_page()
    other.goto(page.url)
    for one in (page, other):
        expect(one.locator(".status")).to_have_text(UNDER_WAY)
        expect(one.get_by_alt_text("Preview of image 1")).to_be_visible()
    held.gate.set()
    for one in (page, other):
        wait_done(one, IMAGES)
    sources = [[image.get_attribute("src") for image in one.locator(".image img").all()] for one in (page, other)]
    assert sources[0] == sources[1]


def test_a_network_that_goes_and_comes_back(page: Page, held: Held) -> None:
    """A page that loses the server says so; what ended meanwhile is drawn whole when the network is back, unasked."""
    with network_proxy(held.app.port) as network:
        held.ask(page, f"http://127.0.0.1:{network.port}")
        network.cut()
        expect(page.get_by_text("The connection to the server is lost.")).to_be_visible()
        held.gate.set()
        # Streamlit's own connection comes back later than the one that news comes by.
        network.mend(but="/_stcore/")
        expect(page.locator(".status")).to_have_text(f"{IMAGES} images")
        expect(page.locator(".image img")).to_have_count(IMAGES)
        network.mend()
        wait_done(page, IMAGES)
        expect(page.get_by_role("button", name="Run again")).to_be_visible()
        expect(page.get_by_text("Requested and returned")).to_be_visible()
