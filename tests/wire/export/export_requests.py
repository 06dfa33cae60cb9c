"""Requests of every operation for the tests of exports, and what a server received in a form that can be compared."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from components.parameters import Request
from tests.wire.client_fixtures import KEY, PNG, input_image, question, request
from tests.wire.loopback import Received

NASTY = 'it\'s "true" `id` ${1 + 1} \\u0041 \\n </script> {{ 1 }} \u2028 狐 🦊'
# A form's line breaks become CR LF in JavaScript, so only the JSON requests have one.
LINES = f"{NASTY}\nnull"
SVG: dict[str, Any] = {"output_format": "svg", "svg_model": "m", "svg_reasoning_effort": "none"}
NAMES = ("generate", "generate-svg", "generate-unknown", "edit", "edit-full", "analyze", "analyze-files")


def every_request(tmp_path: Path) -> dict[str, Request]:
    """Return requests by the names in NAMES; their files are in the folder."""
    images = [input_image(tmp_path / "inputs", name, alpha=True) for name in ('it\'s; "odd", ${1}.png', "b.png")]
    mask = input_image(tmp_path / "inputs", "mask.png", alpha=True)
    for image in (*images, mask):
        (tmp_path / image.name).write_bytes(PNG)
    files = {"input_type": "files", "image_urls": ""}
    return {
        "generate": request(prompt=LINES, n=2, quality="high", user="u"),
        "generate-svg": request(model="gpt-image-2.6-flare", prompt=LINES, **SVG),
        "generate-unknown": request(model="team-model", prompt=LINES),
        "edit": request("edit", images=(images[0],), prompt=NASTY),
        "edit-full": request("edit", "gpt-image-2.6-flare", images=tuple(images), mask=mask, prompt=NASTY, **SVG),
        "analyze": question(text=LINES, stream=False),
        "analyze-files": question(text=LINES, stream=False, images=tuple(images), **files),
    }


def json_body(received: Received) -> Any:
    """Return the body without `stream` off, the API's default, which the app names and exports leave out."""
    return {name: value for name, value in received.json().items() if (name, value) != ("stream", False)}


def sent(received: Received) -> tuple[Any, ...]:
    """Return a request in a form that can be compared: a form's parts in the order of their names.

    Files of the same name stay in their order, which says which image is the first.
    """
    assert received.headers["authorization"] == f"Bearer {KEY}"
    if received.headers["content-type"] == "application/json":
        return received.method, received.path, json_body(received)
    parts = [
        # Browsers and Node write quotation marks in names as %22.
        (part.name, part.filename and part.filename.replace("%22", '"'), part.content_type, part.data)
        for part in received.form()
    ]
    text = [(name, value) for name, filename, _, value in parts if filename is None]
    files = sorted((part for part in parts if part[1] is not None), key=lambda part: str(part[0]))
    return received.method, received.path, sorted(text), files


def run_export(folder: Path, program: str | Path, name: str, script: str, base_url: str, **environment: str) -> str:
    """Run a script, written into a file of a folder, with a program that is pointed at a server; return its output."""
    (folder / name).write_text(script, encoding="utf-8")
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url, **environment}
    done = subprocess.run(
        [program, name], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
