"""A sheet of edits over a real wire: what each cell sends is what the Edit page sends for one run."""

from __future__ import annotations

from pathlib import Path

from components.client import Connection
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import new_sheet
from components.parameters import Inputs
from components.parameters.sheets import SheetTemplate, make_plan
from components.runs import SheetRunner
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, input_image
from tests.wire.loopback import json_answer
from tests.wire.runs.test_wire import SECONDS, App, answer, app

__all__ = ["app"]  # a fixture


def test_each_cell_sends_what_the_edit_page_sends_for_one_run(app: App, tmp_path: Path) -> None:
    """Two prompts over two images with a mask: the same multipart bodies, part by part, as four single runs."""
    images = tuple(input_image(tmp_path, f"{name}.png", png(seed)) for seed, name in enumerate("ab"))
    mask = input_image(tmp_path, "mask.png", png(7), alpha=True)
    varied = {"image": [image.sha256 for image in images]}
    values = {"prompt": "A {red|blue} hat", "quality": "low", "stream": False}
    template = SheetTemplate("edit", "gpt-image-2", values, varied, inputs=Inputs(images, mask))
    plan = make_plan(template)
    app.server.answer(json_answer(answer(png(1))))
    more = {"name": "Hats", "owner": "", "connection_id": "c1", "connection_name": "Loopback"}
    sheet_id = new_sheet(app.library, template, plan, **more)
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, Connection("c1", "Loopback", app.server.base_url, KEY), range(4))
    sheets.join(SECONDS)
    assert [cell.state for cell in cells_of(app.library, sheet_id)] == ["done"] * 4
    for request in plan.requests:
        app.end(app.submit(request))
    sent = [one.form() for one in app.server.requests]
    assert sorted(map(repr, sent[:4])) == sorted(map(repr, sent[4:]))
    assert {part.name for part in sent[0]} >= {"prompt", "image", "mask", "quality"}
