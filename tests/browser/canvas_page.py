"""The canvas in a real browser: images put into the input images, real strokes, and what was really sent."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.app_server import AppServer
from tests.browser.driver import await_run, open_page, wait_idle

SIZE = (600, 400)


def photograph(width: int, height: int) -> bytes:
    """A plain PNG of this size, in bytes."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(file, "PNG")
    return file.getvalue()


# The canvas is put up at a usual width and fitted to its column as soon as that is measured.
FITTED = """() => {
  const canvas = [...document.querySelectorAll("[class*=st-key-canvas] *")].find(one => one.shadowRoot)?.shadowRoot
    .querySelector(".upper-canvas")
  const column = document.querySelector("[class*=st-key-drawing-tools] .drawing-tools")
    ?? [...document.querySelectorAll("*")].map(one => one.shadowRoot?.querySelector(".drawing-tools")).find(one => one)
  return canvas && column && (canvas.height > innerHeight - 280
    || canvas.width === Math.floor(column.getBoundingClientRect().width))
}"""


def await_canvas(page: Page) -> None:
    """Wait until the canvas can be painted on."""
    page.wait_for_function(FITTED)
    wait_idle(page)


def add_image(page: Page, data: bytes, name: str = "photo.png") -> None:
    """Put an image into the input images and wait until it can be painted on."""
    page.locator('input[type="file"]').first.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    await_canvas(page)


def begin(page: Page, base_url: str, size: tuple[int, int] = SIZE) -> float:
    """Open the page with an image; return how many of its pixels one pixel of the canvas has."""
    open_page(page, base_url, "/edit")
    add_image(page, photograph(*size))
    return size[0] / canvas_box(page)["width"]


def edit_toggle(page: Page) -> Locator:
    """The canvas's own button for moving and reshaping."""
    return page.locator('.dc-toolbar [aria-label="Edit"]')


def canvas_box(page: Page) -> dict[str, float]:
    """Where the canvas is in the window, scrolled into sight."""
    canvas = page.locator(".upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return dict(box)


# Nothing lies over the canvas at a point of the window, and the drawing tools listen to it and let one draw.
REACHABLE = """([x, y]) => {
  let node = document.elementFromPoint(x, y)
  while (node?.shadowRoot) node = node.shadowRoot.elementFromPoint(x, y)
  return node?.matches(".upper-canvas") && Boolean(node.getRootNode().querySelector(".hint"))
    && getComputedStyle(node).cursor !== "progress"
}"""


def drag(page: Page, start: tuple[float, float], *places: tuple[float, float]) -> None:
    """Drag over the canvas from one point through others, in canvas pixels."""
    box = canvas_box(page)
    page.wait_for_function(REACHABLE, arg=[box["x"] + start[0], box["y"] + start[1]])
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    for x, y in places:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=6)
    page.mouse.up()
    wait_idle(page)


def tool(page: Page, name: str) -> None:
    """Choose a tool."""
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).first.click()
    wait_idle(page)


def brush_size(page: Page) -> Locator:
    """The slider of the brush size."""
    return page.get_by_role("group", name="Brush size").get_by_role("slider")


def take_largest_brush(page: Page) -> None:
    """Choose the brush, and its largest size."""
    tool(page, "Brush")
    brush_size(page).press("End")
    wait_idle(page)


def run_edit(page: Page, prompt: str = "a yellow balloon") -> None:
    """Write a prompt, run, and wait for the image."""
    area, before = page.get_by_label("Prompt", exact=True), page.url
    area.fill(prompt)
    area.press("Control+Enter")
    page.wait_for_url(lambda url: "run=" in url and url != before)
    await_run(page)
    wait_idle(page)


def back_to_mask(page: Page) -> None:
    """After a run: from its result back to the mask."""
    tool(page, "Mask")
    await_canvas(page)


def sent(server: AppServer, role: str) -> list[Image.Image]:
    """The images of the newest run in a role ("image", "mask", "markup"), in their order, as they were sent."""
    with sqlite3.connect(server.data / "workbench.sqlite3") as database:
        rows = database.execute(
            "select sha256 from inputs where role = ? and run_id = (select id from runs order by created desc limit 1) "
            "order by position",
            (role,),
        ).fetchall()
    images = [Image.open(next((server.data / "inputs").rglob(f"{sha256}.*"))) for (sha256,) in rows]
    for image in images:
        image.load()
    return images


def sent_mask(server: AppServer) -> Image.Image:
    """The mask of the newest run, as its bytes were sent."""
    (mask,) = sent(server, "mask")
    assert Path(str(mask.filename)).stat().st_size < 4_000_000  # type: ignore[attr-defined]
    assert (mask.format, mask.mode) == ("PNG", "RGBA")
    return mask


def alpha_of(server: AppServer) -> NDArray[np.uint8]:
    """The alpha of the newest run's mask: 0 where the image is edited."""
    return np.asarray(sent_mask(server).getchannel("A"))


def painted_box(mask: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is to be edited, where alpha is below a half."""
    rows, columns = np.nonzero(np.asarray(mask.getchannel("A")) < 128)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
