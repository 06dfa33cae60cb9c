"""The Library in a browser: everything that was made is found, kept, followed, carried away and brought back."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from components.images.metadata import recipe_in
from tests.browser.app_server import AppServer
from tests.browser.driver import open_page, wait_idle
from tests.browser.pages.test_generate import fill_prompt, wait_done

DROP = """([target, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0))
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], name, { type }))
  const node = document.querySelector(target)
  for (const kind of ["dragenter", "dragover", "drop"])
    node.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, composed: true, dataTransfer: transfer }))
}"""


def make(page: Page, base_url: str, prompt: str, count: int = 1) -> None:
    """Generate images and wait until they are there."""
    open_page(page, base_url)
    page.get_by_label("Number of images", exact=True).fill(str(count))
    fill_prompt(page, prompt)
    page.keyboard.press("Control+Enter")
    wait_done(page, count)


def find(page: Page, base_url: str, words: str) -> Locator:
    """Go to the library and search; return the tiles."""
    open_page(page, base_url, "/library")
    search = page.get_by_label("Search", exact=True)
    search.fill(words)
    search.press("Enter")
    wait_idle(page)
    return page.locator(".gallery .tile")


def open_only(page: Page, base_url: str, words: str) -> None:
    """Open the one image that a search finds."""
    tiles = find(page, base_url, words)
    expect(tiles).to_have_count(1)
    tiles.locator(".open").click()
    expect(page.locator(".output .image img")).to_be_visible()
    wait_idle(page)


def drop(page: Page, path: Path, name: str, kind: str) -> None:
    """Drop a file in the middle of the page."""
    page.evaluate(DROP, ['[data-testid="stMain"]', name, kind, base64.b64encode(path.read_bytes()).decode()])


def test_an_image_is_found_by_its_words_and_opened(page: Page, base_url: str) -> None:
    """Search leaves the image that has the word; its page shows it, its prompt and what came."""
    make(page, base_url, "A zeppelin over quiet fields")
    source = page.locator(".image img").get_attribute("src")
    open_only(page, base_url, "zeppelin")
    assert page.locator(".output .image img").get_attribute("src") == source
    assert "output=" in page.url
    expect(page.get_by_text("Requested and returned")).to_be_visible()
    page.locator(".output .image").click()
    expect(page.locator(".viewer-field img")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".viewer-zoom")).to_have_text("100%")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Back to the library").click()
    expect(page.locator(".gallery .tile")).to_have_count(1)
    # It comes back to the tile that it was opened from, for the keyboard too.
    expect(page.locator(".gallery .tile .open")).to_be_focused()


def test_the_name_is_remembered_and_the_queue_shows_it(
    page: Page, base_url: str, new_page: Callable[..., Page]
) -> None:
    """A name given once is there after a reload; everyone sees whose run is under way; all of mine are cancelled."""
    open_page(page, base_url)
    page.get_by_role("button", name="Add your name").click()
    field = page.get_by_label("Your name", exact=True)
    field.fill("  Anna   Ohlsson ")
    field.press("Enter")
    wait_idle(page)
    page.reload()
    wait_idle(page)
    expect(page.get_by_role("button", name="As Anna Ohlsson")).to_be_visible()
    for prompt in ("[slow 60] a heron", "[slow 60] a stork"):
        fill_prompt(page, prompt)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".status")).to_have_text("Working")
        wait_idle(page)
    other = new_page()
    open_page(other, base_url, "/library")
    expect(other.get_by_text("Anna Ohlsson").first).to_be_visible()
    expect(other.get_by_text("a heron").first).to_be_visible()
    open_page(page, base_url, "/library")
    page.get_by_role("button", name="Cancel all of mine (2)").click()
    expect(other.get_by_text("Under way")).to_have_count(0)


def test_a_family_is_followed_both_ways(page: Page, base_url: str) -> None:
    """A changed word makes a child: the changed word is marked, and each leads to the other."""
    make(page, base_url, "A copper kettle on a wooden table")
    first = page.url
    fill_prompt(page, "A silver kettle on a wooden table")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda address: address != first)
    wait_done(page, 1)
    open_only(page, base_url, "silver kettle")
    expect(page.get_by_text("Made from", exact=True)).to_be_visible()
    relation = page.locator(".relation")
    expect(relation.locator("del")).to_have_text("copper ")
    expect(relation.locator("ins")).to_have_text("silver ")
    child = page.url
    relation.locator(".cover").click()
    expect(page.get_by_text("Led to", exact=True)).to_be_visible()
    assert page.url != child
    wait_idle(page)
    expect(page.locator(".relation del")).to_have_text("copper ")
    page.locator(".relation .cover").click()
    expect(page.get_by_text("Made from", exact=True)).to_be_visible()
    assert page.url == child


def test_keeping_star_tag_delete_and_undo(page: Page, base_url: str) -> None:
    """Looked at one by one and selected by keyboard: starred, tagged, found by the tag, deleted and taken back."""
    make(page, base_url, "Three walnuts in a bowl", 3)
    tiles = find(page, base_url, "walnuts")
    expect(tiles).to_have_count(3)
    # Without a tile in focus: an arrow leads to the first, and the keys are shown, but nothing happens in a field.
    page.keyboard.press("?")
    page.get_by_test_id("stMain").click(position={"x": 5, "y": 300})
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_hidden()
    wait_idle(page)  # the field has handed in what was typed, and a new search selects nothing
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(tiles.nth(0).locator(".open")).to_be_focused()
    # One after the other over the whole window, where the winners are starred and selected.
    page.keyboard.press("v")
    expect(page.locator(".viewer-caption")).to_contain_text("1 of 3")
    for key in ("Space", "s", "ArrowRight", "s", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".viewer-caption")).to_contain_text("2 of 3")
    page.keyboard.press("Escape")
    expect(page.locator(".star.on")).to_have_count(2)
    expect(tiles.nth(1).locator(".open")).to_be_focused()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Unstar", exact=True).click()
    expect(page.locator(".star.on")).to_have_count(0)
    page.get_by_role("button", name="Star", exact=True).click()
    expect(page.locator(".star.on")).to_have_count(2)
    page.get_by_role("button", name="Tag", exact=True).click()
    field = page.get_by_label("Tags of all selected", exact=True)
    field.fill("hero shots")
    field.press("Enter")
    wait_idle(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Select none").click()
    wait_idle(page)
    expect(find(page, base_url, "hero walnuts"), "the words of a tag find its run").to_have_count(3)
    page.get_by_text("Starred", exact=True).click()
    expect(page.locator(".gallery .tile")).to_have_count(2)
    page.locator(".gallery .tile .open").first.focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("1 image is in the trash")).to_be_visible()
    expect(page.locator(".gallery .tile")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".gallery .tile")).to_have_count(2)


def test_on_a_phone_taps_go_on_with_a_selection(page: Page, base_url: str, new_page: Callable[..., Page]) -> None:
    """The first is selected by its box; after that a tap selects, and does not open."""
    make(page, base_url, "Two thimbles on felt", 2)
    phone = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tiles = find(phone, base_url, "thimbles")
    tiles.nth(0).locator("input").tap()
    tiles.nth(1).locator(".open").tap()
    expect(phone.get_by_text("2 selected")).to_be_visible()
    assert "output=" not in phone.url


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_a_dropped_image_fills_the_form_in(
    page: Page, base_url: str, server: AppServer, new_page: Callable[..., Page], tmp_path: Path, image_format: str
) -> None:
    """A download carries its recipe; dropped on any page of another browser, it fills the form in."""
    prompt = f"A paper boat “{image_format}” with <sharp> & 'odd' signs"
    open_page(page, base_url, f"/?output_format={image_format}&quality=low")
    fill_prompt(page, prompt)
    page.keyboard.press("Control+Enter")
    wait_done(page, 1)
    with page.expect_download() as download:
        page.locator("a.tool", has_text="Download").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    recipe = recipe_in(saved)
    assert recipe is not None
    assert recipe["values"]["prompt"] == prompt
    with Image.open(saved) as image:
        assert (image.format or "").lower() == image_format

    other = new_page()
    open_page(other, base_url, "/analyze")
    drop(other, saved, saved.name, f"image/{image_format}")
    expect(other.get_by_label("Prompt", exact=True)).to_have_value(prompt)
    expect(other.get_by_text("Generate is filled in from")).to_be_visible()


def test_a_file_without_a_recipe_says_so(page: Page, base_url: str, tmp_path: Path) -> None:
    """A photograph from elsewhere changes nothing, and where it belongs is reported."""
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 48), "teal").save(path)
    open_page(page, base_url)
    fill_prompt(page, "Do not lose me")
    drop(page, path, path.name, "image/jpeg")
    expect(page.get_by_text("This file carries no recipe")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Do not lose me")


def test_a_zip_goes_out_and_comes_in(
    page: Page, base_url: str, server: AppServer, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    """Selected images leave as a ZIP with a manifest; another library takes them in, and only once."""
    make(page, base_url, "Two marbles on slate", 2)
    tiles = find(page, base_url, "marbles")
    expect(tiles).to_have_count(2)
    with page.expect_download() as all_of_it:
        page.get_by_role("link", name="Download all that fit").click()
    with pytest.raises(HTTPError, match="404") as refused:  # the address is this browser's own
        urlopen(all_of_it.value.url)
    refused.value.close()
    with zipfile.ZipFile(all_of_it.value.path()) as opened:
        assert len([name for name in opened.namelist() if name.startswith("images/")]) == 2
    tiles.nth(0).locator(".open").focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_text("2 selected")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download ZIP").click()
    archive = tmp_path / "out.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
        images = [name for name in opened.namelist() if name.startswith("images/")]
        digests = {hashlib.sha256(opened.read(name)).hexdigest() for name in images}
        assert "marbles" in io.TextIOWrapper(opened.open("manifest.csv"), "utf-8-sig").read()
    assert len(images) == 2
    assert manifest["image_workbench_archive"] == 1
    assert all(list((server.data / "originals").rglob(f"{digest}.*")) for digest in digests), "as they came"

    with AppServer(tmp_path / "elsewhere") as other_host:
        other = new_page()
        for summary in ("2 images imported", "0 images imported"):
            open_page(other, other_host.base_url, "/library")
            other.get_by_role("button", name="Import and check").click()
            other.locator('.chooser input[type="file"]').set_input_files(archive)
            expect(other.get_by_text(summary)).to_be_visible()
            expect(other.locator(".gallery .tile")).to_have_count(2)
            wait_idle(other)
        assert all(list((other_host.data / "originals").rglob(f"{digest}.*")) for digest in digests)
