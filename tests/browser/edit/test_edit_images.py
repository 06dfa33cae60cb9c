"""The Edit page's images in a real browser: what is taken in, what is refused, and what comes out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import await_canvas, canvas_box, drag, run_edit, sent, tool
from tests.browser.driver import open_page, wait_idle
from tests.unit.images.odd_images import deep_png, heic, photo, rotated_exif, saved

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def add(page: Page, *files: tuple[str, str, bytes]) -> None:
    """Put files (name, content type, bytes) into the input images."""
    payload: Sequence[FilePayload] = [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    page.locator('input[type="file"]').first.set_input_files(payload)


def output(server: AppServer, role: str) -> NDArray[np.uint8]:
    """The newest run's output in a role, as RGB."""
    with sqlite3.connect(server.data / "workbench.sqlite3") as database:
        (sha256,) = database.execute(
            "select sha256 from outputs where role = ? "
            "and run_id = (select id from runs order by created desc limit 1)",
            (role,),
        ).fetchone()
    with Image.open(next((server.data / "originals").rglob(f"{sha256}.*"))) as image:
        return np.asarray(image.convert("RGB"))


def test_odd_images_are_made_right_and_impostors_refused(page: Page, base_url: str, server: AppServer) -> None:
    """What was done to an image is said; what is none ends in a sentence; the others stay and are sent."""
    open_page(page, base_url, "/edit")
    deep = np.full((40, 60, 3), 65535, np.uint16)
    coffee = photo().resize((90, 60))
    add(
        page,
        ("turned.jpg", "image/jpeg", saved(coffee, "JPEG", exif=rotated_exif(6))),
        ("deep.png", "image/png", deep_png(deep, 2)),
        ("phone.heic", "image/heic", heic("coffee-90x60")),
        ("scan.tiff", "image/tiff", saved(coffee, "TIFF")),
        ("drawing.svg", "image/svg+xml", SVG),
        ("notes.png", "image/png", b"Milk, bread, cheese\n" * 20),
    )
    expect(page.locator(".image-inputs li")).to_have_count(4)
    for said in ("turned upright", "16 bits a channel were scaled to 8", "converted from HEI", "converted from TIFF"):
        expect(page.get_by_text(said).first).to_be_visible()
    expect(page.get_by_text("drawing.svg: This is an SVG")).to_be_visible()
    expect(page.get_by_text("notes.png: ")).to_be_visible()
    await_canvas(page)
    run_edit(page)
    images = sorted(sent(server, "image"), key=lambda image: image.size)
    assert [image.size for image in images] == [(60, 40), (60, 90), (90, 60), (90, 60)]
    assert {image.format for image in images} <= {"PNG", "JPEG", "WEBP"}
    assert all(image.getexif().get(0x0112, 1) == 1 for image in images)


GIVE = """([where, kind, files, texts]) => {
  const carried = new DataTransfer()
  for (const [name, type, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name, { type }))
  for (const [type, text] of texts) carried.items.add(text, type)
  const more = { bubbles: true, cancelable: true, composed: true }
  const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: carried, ...more })
    : new DragEvent(kind, { dataTransfer: carried, ...more })
  return !document.querySelector(where).dispatchEvent(event)
}"""


def test_images_are_pasted_and_dropped_anywhere(page: Page, base_url: str) -> None:
    """A pasted image goes in, several dropped beside the chooser too; a table pasted into the prompt stays text."""
    open_page(page, base_url, "/edit")
    tiles = page.locator(".image-inputs li")

    def give(where: str, kind: str, *names: str, texts: tuple[tuple[str, str], ...] = ()) -> bool:
        """Whether the page took it, so that the browser does nothing else with it."""
        files = [[name, "image/png", list(saved(Image.new("RGB", (40, 30)), "PNG"))] for name in names]
        return bool(page.evaluate(GIVE, [where, kind, files, texts]))

    assert give("body", "paste", "image.png")
    expect(tiles).to_have_count(1)
    wait_idle(page)
    table = (("text/plain", "A B"), ("text/html", "<b>A</b>"))
    assert not give("textarea", "paste", "table.png", texts=table)
    assert give("textarea", "paste", "photo.png", texts=(("text/plain", "photo.png"),))
    expect(tiles).to_have_count(2)
    wait_idle(page)
    give("body", "drop", "one.png", "two.png")
    expect(tiles).to_have_count(4)
    wait_idle(page)
    give("body", "drop", "alone.png")
    expect(tiles).to_have_count(5)
    expect(tiles.first).to_have_attribute("aria-label", "Image 1, mask: image.png, 40x30")


# Streamlit collects what changes at one moment by a timer of 0 ms; in a busy browser that moment is long.
LONG_MOMENT = """() => {
  const real = window.setTimeout
  window.setTimeout = (act, ms = 0, ...rest) => real(act, ms || 1500, ...rest)
  real(() => { window.setTimeout = real }, 1000)
}"""


def test_a_removal_reported_together_with_the_mask_is_shown(page: Page, base_url: str) -> None:
    """Streamlit runs the mask's fragment alone for both; the page follows."""
    open_page(page, base_url, "/edit")
    add(page, ("first.png", "image/png", saved(photo().resize((90, 60)), "PNG")))
    await_canvas(page)
    wait_idle(page)
    page.evaluate(LONG_MOMENT)
    page.get_by_role("button", name="Invert").click()
    page.get_by_role("button", name="Remove image 1").click()
    expect(page.locator(".image-inputs li")).to_have_count(0)


def test_a_file_over_the_servers_limit_is_reported(page: Page, base_url: str, tmp_path: Path) -> None:
    """Streamlit's chooser forgets what it refused as soon as it starts anew; the input images keep saying so."""
    huge, fine = tmp_path / "huge.tif", tmp_path / "fine.png"
    with huge.open("wb") as file:
        file.truncate(230_000_000)  # of nothing, so that it takes no room
    Image.new("RGB", (40, 30)).save(fine)
    open_page(page, base_url, "/edit")
    page.locator('input[type="file"]').first.set_input_files([huge, fine])
    expect(page.locator(".image-inputs li")).to_have_count(1)
    wait_idle(page)
    expect(page.locator(".image-inputs .refused")).to_have_text(
        "huge.tif has 230 MB; at most 200 MB are taken. Make it smaller first."
    )


def test_outside_is_kept_and_the_result_goes_on(page: Page, base_url: str, server: AppServer) -> None:
    """Both versions are there, and the kept one is the original outside the mask; before and after compare by keys."""
    open_page(page, base_url, "/edit")
    original = photo("chelsea.png")
    add(page, ("chelsea.png", "image/png", saved(original, "PNG")))
    await_canvas(page)
    scale = original.width / canvas_box(page)["width"]
    tool(page, "Rectangle")
    drag(page, (200, 150), (400, 300))
    page.get_by_text("Keep outside the mask exactly").click()
    wait_idle(page)
    run_edit(page, "[ignore mask] a yellow balloon")
    plain, kept, before = output(server, "image"), output(server, "composite"), np.asarray(original)
    assert kept.shape == before.shape
    far = np.ones(before.shape[:2], bool)
    soft = 20
    far[
        round(150 * scale) - soft : round(300 * scale) + soft, round(200 * scale) - soft : round(400 * scale) + soft
    ] = False
    assert np.array_equal(kept[far], before[far])
    inside = kept[round(225 * scale), round(300 * scale)]
    assert plain.shape != before.shape or not np.array_equal(plain[far], before[far]), "it ignored the mask"
    assert not np.array_equal(inside, before[round(225 * scale), round(300 * scale)])

    expect(page.locator(".status").last).to_be_in_viewport()
    expect(page.get_by_text("original kept outside the mask")).to_be_visible()
    frame, slider = page.locator(".image .frame").first, page.get_by_role("slider", name="Before and after").first
    cut = "one => getComputedStyle(one).getPropertyValue('--cut').trim()"
    assert frame.evaluate(cut) == "0%", "the whole result is seen first"
    slider.focus()
    page.keyboard.press("End")
    assert frame.evaluate(cut) == "100%"
    page.keyboard.press("Home")
    assert frame.evaluate(cut) == "0%"
    hold = page.get_by_role("button", name="Hold to see before").first
    hold.focus()
    page.keyboard.down("Enter")
    assert frame.evaluate(cut) == "100%"
    page.keyboard.up("Enter")
    assert frame.evaluate(cut) == "0%"

    page.locator(".tile .tool-edit").first.click()
    expect(page.get_by_text("all may change")).to_be_visible()
    expect(page.locator(".image-inputs li")).to_have_count(1)
    wait_idle(page)
    await_canvas(page)
    run_edit(page, "a green hat")
    (image,) = sent(server, "image")
    assert np.array_equal(np.asarray(image.convert("RGB")), plain)
    assert not sent(server, "mask")
    expect(page.get_by_text("Steps", exact=True)).to_be_visible()
    page.get_by_role("button", name="Step 1: ").first.click()
    expect(page.get_by_text("original kept outside the mask")).to_be_visible()
    expect(page.locator(".status").last).to_be_in_viewport()
