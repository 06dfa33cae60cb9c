"""A library with one finished run of each kind, made by the built-in engine before the app is started on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.library.annotations import add_tags, add_to_collection, new_collection, star
from components.library.queries.prompts import find_prompts
from components.library.sheets.checks import add_check
from components.library.sheets.votes import Vote, add_votes
from components.parameters import InputImage, Request, resolve
from components.ui.process.workbench import Workbench, close_workbench, workbench
from tests.browser.app_server import AppServer
from tests.setup.environment import ROOT
from tests.support.await_run import wait_for_ends
from tests.unit.library.sheet_fixtures import filled_sheet

REPORT = "report"  # the one page that is no page of Streamlit
PROMPT = "A lighthouse on a rocky coast at dusk, warm light in its window, gulls over the waves, soft brush strokes"


def _run(bench: Workbench, operation: str, values: Mapping[str, Any], *images: InputImage, **more: Any) -> str:
    request = resolve(operation, str(values["model"]), values, images=images)
    assert isinstance(request, Request), request
    run_id = bench.runner.submit(bench.built_in(), request, **more)
    wait_for_ends(bench.runner, run_id)
    return run_id


def furnish(data: Path) -> dict[str, str]:
    """Fill the library in `data`; return the addresses of its results by page.

    It takes a process of its own: beside an open browser, asyncio cannot be used in the tests'.
    """
    environment = {**os.environ, "IMAGE_WORKBENCH_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.furnished"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    addresses: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return addresses


def _furnish(bench: Workbench) -> dict[str, str]:
    model = {"model": "gpt-image-1", "quality": "low"}
    four = _run(bench, "generate", {**model, "prompt": PROMPT, "n": 4}, owner="Ada")
    outputs = bench.library.outputs(four)
    first = outputs[0]
    image = InputImage(
        bench.library.file("original", first.sha256) or Path(),
        "lighthouse.png",
        "image/png",
        first.width,
        first.height,
        first.bytes,
        first.sha256,
        first.has_alpha,
    )
    edited = _run(bench, "edit", {**model, "prompt": "Make the sky stormy"}, image, owner="Ada", parent_output=first.id)
    asked = _run(bench, "analyze", {"model": "gpt-4o", "text": "What is in this image?"}, image)
    star(bench.library, [first.id], True)
    add_tags(bench.library, [one.id for one in outputs], ["coast"])
    add_to_collection(bench.library, new_collection(bench.library, "Posters", "Ada").id, [first.id, outputs[1].id])
    sheet, images = filled_sheet(bench.library)
    add_check(bench.library, sheet, "format", {})
    add_check(bench.library, sheet, "color", {"color": "#255b80", "least": 20.0})
    bench.checks.catch_up(sheet)
    bench.checks.join()
    add_votes(bench.library, sheet, "Ada", [Vote(images[0], other, "left") for other in images[1:]])
    return {
        "generate": f"/?run={four}",
        "sheet": f"/?sheet={sheet}",
        "vote": f"/vote?sheet={sheet}",
        "prompts": "/prompts",
        "prompt": f"/prompts?saved={find_prompts(bench.library)[0].id}",
        REPORT: f"/report?sheet={sheet}",
        "edit": f"/edit?run={edited}",
        "analyze": f"/analyze?run={asked}",
        "library": "/library",
        "output": f"/library?output={first.id}",
        "compare": f"/compare?outputs={first.id},{outputs[1].id}",
        "connections": "/connections",
    }


@contextmanager
def furnished_app(folder: Path) -> Iterator[tuple[AppServer, dict[str, str]]]:
    """The app on such a library, and the addresses of its results."""
    app = AppServer(folder)
    addresses = furnish(app.data)
    with app:
        yield app, addresses


if __name__ == "__main__":
    try:
        print(json.dumps(_furnish(workbench())))
    finally:
        close_workbench()
