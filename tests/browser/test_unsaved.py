"""A library that cannot be written: what was paid for is on the page, and in the library when it can be."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.library import Library
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page
from tests.browser.killing import PICTURES, Told, Watch, picture
from tests.browser.seeing import seeing_app
from tests.browser.test_generate import fill_prompt, wait_shown
from tests.wire.loopback import Loopback

AT_THE_NEXT_START = "The app keeps it too, and files it at its next start."


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[AppServer, Loopback]]:
    """The app and the server that gives it pictures."""
    with seeing_app(tmp_path) as both:
        yield both


def ask(page: Page, base_url: str) -> None:
    """Ask for three pictures."""
    open_page(page, base_url, f"/?n={PICTURES}&partial_images=1")
    fill_prompt(page, "a red kite over dunes")
    page.keyboard.press("Control+Enter")


def test_pictures_that_cannot_be_filed_are_offered_and_filed_later(
    page: Page, new_page: Callable[..., Page], both: tuple[AppServer, Loopback]
) -> None:
    """While the originals' folder is gone, pictures are had from the page; the next start files them, as it says."""
    app, remote = both
    told, gate = Told([picture(900 + place) for place in range(PICTURES)], picture(950, 64)), threading.Event()
    remote.answer(told.streamed("half of 2", gate), path="/v1/images/generations")
    watch = Watch(app.data)
    watch.begin()
    ask(page, app.base_url)
    watch.until(lambda watch: watch.rows() == 1, "the first picture is filed")
    originals, aside = app.data / "originals", app.data / "elsewhere"
    originals.rename(aside)
    originals.write_text("no folder")
    gate.set()

    expect(page.locator(".status")).to_have_text("Failed after 1")
    expect(page.get_by_text("The picture could not be written to disk")).to_be_visible()
    expect(page.get_by_text("Save it from this page now.")).to_be_visible()
    expect(page.get_by_text(AT_THE_NEXT_START)).to_have_count(PICTURES)  # by each picture, and by the error
    links = page.get_by_role("link", name="Save it from here")
    expect(links).to_have_count(PICTURES - 1)
    for place, data in enumerate(told.pictures[1:]):
        with page.expect_download() as download:
            links.nth(place).click()
        assert Path(download.value.path()).read_bytes() == data
        assert download.value.suggested_filename.endswith(".png")

    assert "Traceback" not in app.log_text()
    originals.unlink()
    aside.rename(originals)
    app.stop()
    app.start()
    later = new_page()
    later.goto(page.url)
    wait_shown(later, PICTURES)
    expect(later.get_by_text("2 pictures that had arrived have been put into the library since.")).to_be_visible()
    expect(later.get_by_role("link", name="Save it from here")).to_have_count(0)
    ((_, filed),) = watch.filed().items()
    assert filed == [(place, hashlib.sha256(data).hexdigest()) for place, data in enumerate(told.pictures)]
    library = Library.open(app.data)
    assert library.check(thorough=True).is_clean
    library.close()


def test_what_is_no_picture_is_offered_and_laid_aside(page: Page, both: tuple[AppServer, Loopback]) -> None:
    """Bytes that are no picture are had from the page too; the next start lays them aside, as it says."""
    app, remote = both
    told, gate = Told([b"I am no picture"] * PICTURES, picture(950, 64)), threading.Event()
    gate.set()
    remote.answer(told.streamed("the end", gate), path="/v1/images/generations")
    ask(page, app.base_url)
    links = page.get_by_role("link", name="Save it from here")
    expect(links).to_have_count(PICTURES)
    expect(page.get_by_text("it lies in the library's folder lost-and-found")).to_have_count(PICTURES)
    with page.expect_download() as download:
        links.first.click()
    assert Path(download.value.path()).read_bytes() == told.pictures[0]
    assert download.value.suggested_filename.endswith(".bin")
    assert "Traceback" not in app.log_text()
    app.stop()
    app.start()
    assert [path.read_bytes() for path in (app.data / "lost-and-found").iterdir()] == [told.pictures[0]] * PICTURES
