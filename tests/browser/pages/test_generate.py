"""The newcomer's walk on the Generate page, in a real browser against the built-in engine."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.driver import await_run, open_page, wait_idle


def fill_prompt(page: Page, prompt: str) -> None:
    """Type a prompt as a person does."""
    area = page.get_by_label("Prompt", exact=True)
    area.click()
    area.fill(prompt)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select box by its visible text."""
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    wait_idle(page)


def segment(page: Page, label: str, option: str) -> None:
    """Choose one of the buttons that stand side by side."""
    page.get_by_label(label, exact=True).get_by_text(option, exact=True).click()
    wait_idle(page)


def wait_done(page: Page, count: int) -> None:
    """Wait until the run has ended with this many images, all of them on the screen."""
    await_run(page, f"{count} images" if count > 1 else "1 image")
    wait_shown(page, count)


def wait_shown(page: Page, count: int) -> None:
    """Wait until this many images are on the screen, loaded."""
    expect(page.locator(".image img")).to_have_count(count)
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')]
        .flatMap(e => [...(e.shadowRoot?.querySelectorAll('.image img') || [])])
        .every(img => img.complete && img.naturalWidth > 0)"""
    )
    wait_idle(page)


def test_a_newcomer_gets_images_on_the_page_and_on_disk(page: Page, base_url: str, server: AppServer) -> None:
    """With no key: type, change size, quality and number, press Generate; the image is shown and stored."""
    open_page(page, base_url)
    expect(page.get_by_text("Built-in engine, no AI").first).to_be_visible()
    expect(page.get_by_text("Free here.").first).to_be_visible()
    fill_prompt(page, "A red boat on a calm lake at sunset")
    choose(page, "Size", "1536x1024")
    segment(page, "Quality", "low")
    page.get_by_label("Number of images", exact=True).fill("2")
    page.get_by_role("button", name="Generate", exact=False).last.click()
    wait_done(page, 2)

    expect(page.get_by_text("Requested and returned")).to_be_visible()
    assert "run=" in page.url
    link = page.locator("a.tool", has_text="Download").first
    with page.expect_download() as download:
        link.click()
    saved = Path(download.value.path()).read_bytes()
    image = Image.open(io.BytesIO(saved))
    assert image.size == (1536, 1024)
    shown = page.request.get(base_url + str(page.locator(".image img").first.get_attribute("src"))).body()
    assert list((server.data / "originals").rglob(f"{hashlib.sha256(shown).hexdigest()}.*")), "the exact bytes are kept"
    assert image.tobytes() == Image.open(io.BytesIO(shown)).tobytes(), "only a recipe was added"


def test_control_enter_runs_and_a_reload_shows_the_run_again(
    page: Page, base_url: str, new_page: Callable[..., Page]
) -> None:
    """Ctrl+Enter in the prompt runs; the address shows the same run after a reload and to somebody else."""
    open_page(page, base_url)
    fill_prompt(page, "A green hill under a pale moon")
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    source = page.locator(".image img").get_attribute("src")
    page.reload()
    wait_done(page, 1)
    assert page.locator(".image img").get_attribute("src") == source

    other = new_page()
    other.goto(page.url)
    wait_done(other, 1)
    assert other.locator(".image img").get_attribute("src") == source


def test_an_image_leads_on_from_where_it_came(page: Page, base_url: str) -> None:
    """Beneath it stand its star, which stays after a reload, and ways to edit it, ask about it and see all of it."""
    open_page(page, base_url)
    fill_prompt(page, "A blue kite over a field")
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    star = page.get_by_role("button", name="Star image 1")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    address = page.url
    page.reload()
    wait_done(page, 1)
    expect(star).to_have_attribute("aria-pressed", "true")
    for name, there in (
        ("Edit", ".upper-canvas"),
        ("Analyze", ".image-inputs li"),
        ("Details", ".output .image img"),
    ):
        page.goto(address)
        wait_done(page, 1)
        page.locator(".grid button.tool", has_text=name).click()
        page.locator(there).wait_for()
        wait_idle(page)


def test_a_phone_is_shown_the_run_that_it_began(new_page: Callable[..., Page], base_url: str) -> None:
    """The result is far below the button there: a run comes into sight by itself, and so does the run of a link."""
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    open_page(page, base_url)
    fill_prompt(page, "A small tree on a hill")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".status")).to_be_in_viewport()
    wait_done(page, 1)
    expect(page.locator(".image img")).to_be_in_viewport()
    other = new_page(viewport={"width": 768, "height": 1024}, has_touch=True)
    other.goto(page.url)
    expect(other.locator(".image img")).to_be_in_viewport(ratio=0.8)


def test_cancel_stops_a_slow_run(page: Page, base_url: str) -> None:
    """Cancel ends a run at once, says what that means for the bill, and the form keeps everything."""
    open_page(page, base_url)
    fill_prompt(page, "[slow 60] a slow train")
    page.get_by_role("button", name="Generate").last.click()
    expect(page.locator(".status")).to_have_text("Working")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator(".status")).to_have_text("Cancelled")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("[slow 60] a slow train")


def test_the_viewer_shows_true_pixels(page: Page, base_url: str) -> None:
    """A click opens the image large; 100% shows one image pixel on one screen pixel; Escape closes it."""
    open_page(page, base_url)
    fill_prompt(page, "A blue vase")
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    page.locator(".image").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer).to_be_visible()
    viewer.get_by_role("button", name="100%").click()
    expect(viewer.locator(".viewer-zoom")).to_have_text("100%")
    box = viewer.locator("img").bounding_box()
    assert box is not None
    assert round(box["width"]) == 1024
    page.keyboard.press("+")
    expect(viewer.locator(".viewer-zoom")).to_have_text("125%")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_the_character_count_is_live_and_warns(page: Page, base_url: str) -> None:
    """The count follows every key; over the model's limit it turns red, nothing is cut off or sent."""
    open_page(page, base_url, "/?model=dall-e-2")
    area = page.get_by_label("Prompt", exact=True)
    area.click()
    page.keyboard.type("twelve chars")
    expect(page.locator(".count")).to_have_text("12 / 1,000")
    area.fill("x" * 1001)
    expect(page.locator(".count")).to_have_class(re.compile("over"))
    page.get_by_role("button", name="Generate").last.click()
    expect(page.get_by_text("1000 characters").first).to_be_visible()
    expect(area).to_have_value("x" * 1001)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("[moderation] a thing", "Blocked by the safety system"),
        ("[server error] a thing", "The server failed"),
        ("[no money] a thing", "The account's quota is used up"),
        ("[html] a thing", "The server sent a web page"),
        ("[not an image] a thing", "The response is not an image"),
    ],
)
def test_a_failure_says_what_to_do_and_keeps_the_form(page: Page, base_url: str, prompt: str, words: str) -> None:
    """Each kind of failure ends in one clear message; the prompt stays where it was."""
    open_page(page, base_url)
    fill_prompt(page, prompt)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(prompt)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_the_window(new_page: Callable[..., Page], base_url: str, width: int) -> None:
    """At phone width and on a desktop the page never scrolls sideways."""
    page = new_page(viewport={"width": width, "height": 860})
    open_page(page, base_url)
    fill_prompt(page, "A wide river")
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
