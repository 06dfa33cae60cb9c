"""Edits of a sheet sent as a batch: their images in its file, and the runs that come of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from components.client.batches import calls
from components.parameters import Inputs
from components.parameters.sheets import SheetTemplate
from components.runs.batches import batch_cells
from components.runs.view import EDITED_OUTPUT
from tests.unit.library.library_fixtures import an_input
from tests.unit.runs.fake_client import png
from tests.wire.batches.batch_app import BatchApp, BatchServer, answered, eventually


def an_edit(folder: Path) -> SheetTemplate:
    """Return a sheet of edits of one image with a mask, two of them."""
    image, mask = an_input(folder, "cat.png", 1), an_input(folder, "mask.png", 2)
    values = {"prompt": "A {red|blue} hat", "size": "1024x1024"}
    extra = {EDITED_OUTPUT: "an output"}
    return SheetTemplate("edit", "gpt-image-2", values, inputs=Inputs((image,), mask), extra=extra)


def test_edits_carry_their_images_as_data_urls(app: BatchApp, server: BatchServer, tmp_path: Path) -> None:
    """A line of JSON has no parts, so image and mask are in it; the runs are edits with the same inputs."""
    sheet_id = app.send(an_edit(tmp_path))
    eventually(lambda: {cell.state for cell in app.cells(sheet_id)} == {"running"})
    upload, create = (one for one in server.server.requests if one.method == "POST")
    assert create.json()["endpoint"] == "/v1/images/edits"
    lines = [json.loads(line) for line in upload.form()[1].data.splitlines()]
    assert {line["url"] for line in lines} == {"/v1/images/edits"}
    body = lines[0]["body"]
    assert [base64.b64decode(one["image_url"].partition(",")[2]) for one in body["images"]] == [png(1)]
    assert base64.b64decode(body["mask"]["image_url"].partition(",")[2]) == png(2)
    assert body["images"][0]["image_url"].startswith("data:image/png;base64,")
    run = app.library.run(lines[0]["custom_id"])
    assert run is not None
    assert run.operation == "edit"
    assert (run.extra or {})[EDITED_OUTPUT] == "an output"
    server.answer(*(answered(line["custom_id"], png(place)) for place, line in enumerate(lines, 3)))
    server.status = "completed"
    assert [cell.state for cell in app.ended(sheet_id)] == ["done", "done"]


def test_edits_of_large_images_are_divided_into_files(
    app: BatchApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file stays under what servers take."""
    sheet_id = app.sheet(an_edit(tmp_path))
    monkeypatch.setattr(calls, "MOST_BYTES", 10_000)
    assert [len(one) for one in batch_cells.in_batches(app.library, sheet_id, [0, 1])] == [1, 1]
    monkeypatch.setattr(calls, "MOST_BYTES", 1_000_000)
    assert [len(one) for one in batch_cells.in_batches(app.library, sheet_id, [0, 1])] == [2]
