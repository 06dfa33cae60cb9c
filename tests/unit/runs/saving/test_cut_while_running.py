"""A version of an image is made while other images of its run still arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from components.client import Event
from components.client.events import Sent
from components.images.errors import ImageRefused
from tests.unit.runs.fake_client import DONE, SECONDS, Gate, RunnerHarness, arrives, ask


def flat() -> bytes:
    """A dark square before white."""
    image = Image.new("RGB", (60, 40), (255, 255, 255))
    image.paste((30, 40, 60), (20, 10, 40, 30))
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def test_what_still_arrives_stays(harness: Callable[..., RunnerHarness]) -> None:
    """Half of the second image is on the disk while the first one is cut out, and is there afterwards."""
    gate, halves = Gate(), []

    def half(staging: Path) -> Event:
        halves.append(staging / "second.part")
        halves[0].write_bytes(b"half")
        return Sent()

    app = harness([Sent(), arrives(0, flat()), half, gate, DONE])
    run_id = app.submit(ask(2))
    assert gate.reached.wait(SECONDS)
    (first,) = app.until(run_id, lambda view: len(view.images) == 1).images
    cut = app.runner.versions.cut_background(first)
    assert (cut.role, app.runner.versions.cut_background(first).id) == ("cutout", cut.id)
    assert halves[0].read_bytes() == b"half"
    with pytest.raises(ImageRefused, match="as it came"):
        app.runner.versions.cut_background(replace(first, role="composite"))
    gate.open()
    assert app.end(run_id).state == "done"
    assert not list(app.library.staging.iterdir())
