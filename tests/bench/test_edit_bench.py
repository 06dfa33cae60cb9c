"""The Edit page with large photographs, in Chromium: a stroke until it is counted, an upload until one can paint."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.bench.report import Ratio, record
from tests.browser.app_server import AppServer
from tests.browser.driver import launched, new_page, open_page, wait_idle

STROKES = 5


def photograph(width: int, height: int, quality: int) -> bytes:
    """A JPEG with as much detail as a photograph of a forest: tiles of noise over gradients, in bytes."""
    rng, tile = np.random.default_rng(7), 1000
    small = rng.integers(0, 256, (tile // 4, tile // 4, 3), dtype=np.uint8)
    gradients = Image.fromarray(small).resize((tile, tile), Image.Resampling.BICUBIC)
    grain = Image.fromarray(rng.integers(0, 256, (tile, tile, 3), dtype=np.uint8))
    tiles = np.tile(np.asarray(Image.blend(gradients, grain, 0.35)), (-(-height // tile), -(-width // tile), 1))
    file = io.BytesIO()
    Image.fromarray(tiles[:height, :width]).save(file, "JPEG", quality=quality)
    return file.getvalue()


def add(page: Page, data: bytes, folder: Path) -> None:
    """Put a photograph into the page's file chooser, as a file: its bytes would take long to the browser."""
    (photo := folder / "photo.jpg").write_bytes(data)
    page.locator('input[type="file"]').first.set_input_files(photo)


@pytest.fixture(scope="module")
def large() -> bytes:
    """A photograph of 12 megapixels."""
    return photograph(4000, 3000, 85)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    """A browser and the address of an app."""
    with AppServer(tmp_path_factory.mktemp("app")) as server, launched() as browser:
        yield browser, server.base_url


def test_stroke_to_share(large: bytes, shown: tuple[Browser, str], tmp_path: Path, record_property) -> None:
    """A stroke on 12 megapixels is counted soon, and sends the image neither to the server nor back."""
    sent: list[int] = []
    browser, address = shown
    with new_page(browser)[0] as page:

        def listen(socket: WebSocket) -> None:
            socket.on("framereceived", lambda frame: sent.append(len(frame)))
            socket.on("framesent", lambda frame: sent.append(len(frame)))

        page.on("websocket", listen)
        open_page(page, address, "/edit")
        add(page, large, tmp_path)
        canvas = page.locator(".upper-canvas")
        canvas.wait_for()
        wait_idle(page)
        box = canvas.bounding_box()
        assert box is not None
        share = page.locator("strong", has_text="Mask ")
        times = []
        for number in range(STROKES):
            before = share.inner_text()
            sent.clear()
            y = box["y"] + 40 + number * 50
            page.mouse.move(box["x"] + 60, y)
            page.mouse.down()
            page.mouse.move(box["x"] + 300, y + 20, steps=6)
            page.mouse.up()
            begun = time.perf_counter()
            expect(share).not_to_have_text(before)
            times.append((time.perf_counter() - begun) * 1000)
            wait_idle(page)
            assert sum(sent) < 200_000, f"a stroke sent {sum(sent):,} bytes"
    record(
        record_property,
        Ratio("a stroke on 12 megapixels until its share is shown", statistics.median(times), 1000.0, "ms of a second"),
    )


def test_upload_to_canvas(shown: tuple[Browser, str], tmp_path: Path, record_property) -> None:
    """A photograph of 30 MB can be painted on soon after the browser has sent it."""
    data = photograph(7700, 5000, 93)
    assert len(data) >= 30_000_000
    browser, address = shown
    with new_page(browser)[0] as page:
        open_page(page, address, "/edit")
        done: list[float] = []
        page.on(
            "requestfinished", lambda request: done.append(time.perf_counter()) if "upload" in request.url else None
        )
        add(page, data, tmp_path)
        page.locator(".upper-canvas").wait_for(timeout=60_000)
        page.wait_for_function(
            """() => [...document.querySelectorAll('*')].some(e => {
                const canvas = e.shadowRoot?.querySelector('.dc-background-canvas')
                return canvas && canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3]
            })"""
        )
        ready = time.perf_counter()
    assert done, "the upload was seen"
    what = f"a photograph of {len(data) / 1e6:.0f} MB, from sent to painted on"
    record(record_property, Ratio(what, ready - done[0], 2.0, "s allowed", 1.0))
