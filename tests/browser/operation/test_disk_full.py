"""A library that cannot be written: what was paid for is on the page, and in the library when it can be."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.library import check_library, open_library
from components.library.db.engine import BUSY_SECONDS, NAME
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page
from tests.browser.pages.test_generate import fill_prompt, wait_shown
from tests.browser.stopping_server import IMAGES, ServerImages, Watch, png_of
from tests.browser.vision_server import app_with_server
from tests.wire.loopback import Loopback, Wait, json_answer

KEPT_TOO = "The app also has it on disk and adds it to the library as soon as possible."


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[AppServer, Loopback]]:
    """The app and the server that gives it images."""
    with app_with_server(tmp_path) as both:
        yield both


def server_images() -> ServerImages:
    """The images that the server gives, and a preview."""
    return ServerImages([png_of(900 + place) for place in range(IMAGES)], png_of(950, 64))


def ask(page: Page, base_url: str, address: str = f"/?n={IMAGES}&partial_images=1") -> None:
    """Ask for three images, or for what the address says."""
    open_page(page, base_url, address)
    fill_prompt(page, "a red kite over dunes")
    page.keyboard.press("Control+Enter")


def test_images_that_cannot_be_filed_are_offered_and_filed_later(
    page: Page, new_page: Callable[..., Page], both: tuple[AppServer, Loopback]
) -> None:
    """While the originals' folder is gone, images are had from the page; the next start files them at the latest."""
    app, remote = both
    images, gate = server_images(), threading.Event()
    remote.answer(images.streamed("half of 2", gate), path="/v1/images/generations")
    watch = Watch(app.data)
    watch.begin()
    ask(page, app.base_url)
    # The staged file goes last: until then the file is looked at once more, and would be missed.
    watch.until(lambda watch: watch.rows() == 1 and not watch.received("-*.image"), "the first image is filed")
    originals, aside = app.data / "originals", app.data / "elsewhere"
    originals.rename(aside)
    originals.write_text("no folder")
    gate.set()

    expect(page.locator(".status")).to_have_text("Failed after 1")
    expect(page.get_by_text("The image could not be written to disk")).to_be_visible()
    expect(page.get_by_text("The app keeps trying to save it.")).to_be_visible()
    expect(page.get_by_text(KEPT_TOO)).to_have_count(IMAGES - 1)
    links = page.get_by_role("link", name="Save it from here")
    expect(links).to_have_count(IMAGES - 1)
    for place, data in enumerate(images.images[1:]):
        with page.expect_download() as download:
            links.nth(place).click()
        assert Path(download.value.path()).read_bytes() == data
        assert download.value.suggested_filename.endswith(".png")

    assert "Traceback" not in app.log_text()
    app.stop()
    originals.unlink()
    aside.rename(originals)
    app.start()
    later = new_page()
    later.goto(page.url)
    wait_shown(later, IMAGES)
    expect(later.get_by_text("2 received images were added to the library afterwards.")).to_be_visible()
    expect(later.get_by_role("link", name="Save it from here")).to_have_count(0)
    ((_, filed),) = watch.filed().items()
    assert filed == [(place, hashlib.sha256(data).hexdigest()) for place, data in enumerate(images.images)]
    library = open_library(app.data)
    assert check_library(library, thorough=True).is_clean
    library.close()


def test_what_was_refused_comes_into_the_library_by_itself(
    page: Page, new_page: Callable[..., Page], both: tuple[AppServer, Loopback]
) -> None:
    """A page that says that images could not be stored shows them when they are, and another one does too."""
    app, remote = both
    images, gate = server_images(), threading.Event()
    gate.set()
    remote.answer(images.streamed("the end", gate), path="/v1/images/generations")
    originals = app.data / "originals"
    originals.write_text("no folder")
    ask(page, app.base_url)
    expect(page.get_by_role("link", name="Save it from here")).to_have_count(IMAGES)
    originals.unlink()

    expect(page.locator(".status")).to_have_text(f"{IMAGES} images")
    wait_shown(page, IMAGES)
    expect(page.get_by_role("link", name="Save it from here")).to_have_count(0)
    expect(page.get_by_text("could not be written")).to_have_count(0)
    later = new_page()
    later.goto(page.url)
    wait_shown(later, IMAGES)
    expect(later.locator(".status")).to_have_text(f"{IMAGES} images")


def test_a_locked_database_is_waited_for(page: Page, both: tuple[AppServer, Loopback]) -> None:
    """While another program locks the database, the page says so and offers the image; afterwards all is written."""
    app, remote = both
    data, gate = png_of(900), threading.Event()
    head, body = json_answer({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]})
    remote.answer([head, Wait(gate), body], path="/v1/images/generations")
    watch = Watch(app.data)
    ask(page, app.base_url, "/")
    watch.until(lambda watch: watch.state() == "running", "it is under way")
    with closing(sqlite3.connect(app.data / NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        gate.set()
        # First the image is waited with, then the run's end.
        link = page.get_by_role("link", name="Save it from here")
        expect(link).to_be_visible(timeout=5 * BUSY_SECONDS * 1000)
        expect(page.get_by_text("locked by another program").first).to_be_visible()
        with page.expect_download() as download:
            link.click()
        assert Path(download.value.path()).read_bytes() == data
        other.execute("ROLLBACK")
    expect(page.locator(".status")).to_have_text("1 image")
    wait_shown(page, 1)
    expect(page.get_by_text("locked by another program")).to_have_count(0)
    assert watch.rows() == 1
    watch.until(lambda watch: watch.state() == "done", "its end is written")
    assert "Traceback" not in app.log_text()


def test_what_cannot_be_shown_stays_with_its_run(page: Page, both: tuple[AppServer, Loopback]) -> None:
    """Bytes that cannot be opened are had from the run's page, also after a restart."""
    app, remote = both
    images, gate = ServerImages([b"I am no image"] * IMAGES, png_of(950, 64)), threading.Event()
    gate.set()
    remote.answer(images.streamed("the end", gate), path="/v1/images/generations")
    ask(page, app.base_url)
    links = page.get_by_role("link", name="Save it from here")
    expect(links).to_have_count(IMAGES)
    expect(page.get_by_text("It is kept with this run, unchanged.")).to_have_count(IMAGES)
    with page.expect_download() as download:
        links.first.click()
    assert Path(download.value.path()).read_bytes() == images.images[0]
    assert download.value.suggested_filename.endswith(".bin")
    assert "Traceback" not in app.log_text()
    app.stop()
    app.start()
    page.goto(page.url)
    expect(links).to_have_count(IMAGES)
    with page.expect_download() as download:
        links.last.click()
    assert Path(download.value.path()).read_bytes() == images.images[0]
    assert not (app.data / "lost-and-found").exists()
