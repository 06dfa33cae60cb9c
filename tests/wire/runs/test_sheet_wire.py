"""A sheet of edits over a real wire: what each cell sends is what the Edit page sends for one run."""

from __future__ import annotations

from pathlib import Path

from components.client import Connection
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import new_sheet
from components.parameters import Inputs
from components.parameters.sheets import ConnectionValue, SheetTemplate, make_plan
from components.runs import SheetRunner
from tests.unit.runs.fake_client import png
from tests.wire.client_fixtures import KEY, input_image
from tests.wire.loopback import Loopback, json_answer
from tests.wire.runs.test_wire import SECONDS, App, answer, app

__all__ = ["app"]  # a fixture


def test_each_cell_sends_what_the_edit_page_sends_for_one_run(app: App, tmp_path: Path) -> None:
    """Over two images with a mask by two connections: the same multipart bodies, part by part, as four single runs."""
    images = tuple(input_image(tmp_path, f"{name}.png", png(seed)) for seed, name in enumerate("ab"))
    mask = input_image(tmp_path, "mask.png", png(7), alpha=True)
    names = {"c1": ConnectionValue("Loopback"), "c2": ConnectionValue("Other")}
    varied = {"connection": tuple(names), "image": [image.sha256 for image in images]}
    values = {"prompt": "A hat", "quality": "low", "stream": False}
    template = SheetTemplate("edit", "gpt-image-2", values, varied, inputs=Inputs(images, mask), connections=names)
    plan = make_plan(template)
    more = {"name": "Hats", "owner": "", "connection_id": "c1", "connection_name": "Loopback"}
    sheet_id = new_sheet(app.library, template, plan, **more)
    sheets = SheetRunner(app.library, app.runner)
    with Loopback() as other:
        for server in (app.server, other):
            server.answer(json_answer(answer(png(1))))
        here = {
            "c1": Connection("c1", "Loopback", app.server.base_url, KEY),
            "c2": Connection("c2", "Other", other.base_url, "sk-of-the-other-connection"),
        }
        sheets.start(sheet_id, here["c1"], range(4), connections=here)
        sheets.join(SECONDS)
        assert [cell.state for cell in cells_of(app.library, sheet_id)] == ["done"] * 4
        for request in plan.requests[:2]:
            app.end(app.submit(request))
        sent = [one.form() for one in app.server.requests]
        for forms in (sent[:2], [one.form() for one in other.requests]):
            assert sorted(map(repr, forms)) == sorted(map(repr, sent[2:]))
        keys = {one.headers["authorization"] for one in other.requests}
    assert keys == {"Bearer sk-of-the-other-connection"}
    assert {part.name for part in sent[0]} >= {"prompt", "image", "mask", "quality"}
