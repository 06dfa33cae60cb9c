"""A sheet's script, run with the real openai package, sends what the app sends for each of its cells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from components.library import open_library
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import find_sheet, new_sheet
from components.parameters.server import OPENAI_SERVER
from components.parameters.sheets import SheetTemplate, make_plan
from components.ui.sheets.sheet_json import sheet_python
from tests.wire.client_fixtures import KEY, PNG, ask, b64
from tests.wire.loopback import Loopback, json_answer

TEMPLATE = SheetTemplate(
    "generate",
    "gpt-image-2",
    {"prompt": 'A {red|"blue"} fox \\{x\\} \\n', "size": "1024x1024"},
    {"quality": ("low", "high"), "output_format": ("png", "webp")},
    rules="quality=high & output_format=webp",
)


def test_a_sheets_script_sends_the_apps_own_requests(tmp_path: Path) -> None:
    """Six of eight cells, skipped ones left out: the same bodies in the same order, and a file for each."""
    library, plan = open_library(tmp_path / "data"), make_plan(TEMPLATE)
    sheet_id = new_sheet(library, TEMPLATE, plan, name="Foxes", owner="", connection_id="c", connection_name="C")
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    script = tmp_path / "sheet.py"
    script.write_text(sheet_python(sheet, cells_of(library, sheet_id), OPENAI_SERVER), encoding="utf-8")
    library.close()
    with Loopback() as server:
        server.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}))
        for request in plan.requests:
            ask(server.base_url, request, tmp_path / "scratch")
        environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
        done = subprocess.run(
            [sys.executable, script.name], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        bodies = [{**one.json(), "stream": None} for one in server.requests]
    assert len(bodies) == 12
    assert bodies[6:] == bodies[:6]
    files = sorted(one.name for one in tmp_path.iterdir() if one.suffix in {".png", ".webp"})
    assert files == done.stdout.split()
    assert files[0] == "001-red-low-png-1.png"
    assert [Path(one).suffix for one in files].count(".webp") == 2
