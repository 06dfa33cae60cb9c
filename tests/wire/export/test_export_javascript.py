"""JavaScript exports are run by Node, the one that Playwright brings, and send what the app sends."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import playwright
import pytest

from components.parameters import Request, as_fetch, as_javascript
from tests.wire.client_fixtures import KEY, PNG, ask, b64
from tests.wire.export.export_requests import NAMES, json_body, sent
from tests.wire.loopback import Loopback, json_answer

NODE = Path(playwright.__file__).parent / "driver" / "node"
ANSWER = {
    "created": 1,
    "data": [{"b64_json": b64(PNG)}],
    "output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "A fox."}]}],
}


# Stands for the openai package: prints which method was called with which arguments.
STUB = """
export const toFile = async (bytes, name, { type }) => ({ bytes: bytes.length, name, type });
const methods = (path) => async (body) => {
  console.log(JSON.stringify({ path, body }));
  return { data: [], output_text: "" };
};
export default class OpenAI {
  images = { generate: methods("images.generate"), edit: methods("images.edit") };
  responses = { create: methods("responses.create") };
}
"""


def run_node(folder: Path, script: str, base_url: str = "http://127.0.0.1:9/v1") -> str:
    """Run a module in a folder with Node and return what it prints."""
    (folder / "export.mjs").write_text(script, encoding="utf-8")
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    done = subprocess.run(
        [NODE, "export.mjs"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_fetch_script_sends_the_apps_own_request(name: str, requests: dict[str, Request], tmp_path: Path) -> None:
    """Method, path and JSON body or parts are those that the app's client sends."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "scratch")
        run_node(tmp_path, as_fetch(requests[name]), server.base_url)
        app, script = server.requests
    assert sent(script) == sent(app)


def test_the_fetch_script_saves_the_image_and_prints_the_answer(requests: dict[str, Request], tmp_path: Path) -> None:
    """The image is on disk, named by the output field; an answer is printed."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        run_node(tmp_path, as_fetch(requests["generate"]), server.base_url)
        assert run_node(tmp_path, as_fetch(requests["analyze"]), server.base_url) == "A fox.\n"
    assert (tmp_path / "data-1.png").read_bytes() == PNG


@pytest.mark.parametrize("name", NAMES)
def test_the_script_for_the_package_calls_it_with_the_apps_values(
    name: str, requests: dict[str, Request], tmp_path: Path
) -> None:
    """A stand-in for the package gets the method's name and, by name, every value and file of the app's request."""
    package = tmp_path / "node_modules" / "openai"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "openai", "type": "module", "main": "index.js"}')
    (package / "index.js").write_text(STUB)
    call = json.loads(run_node(tmp_path, as_javascript(requests[name])).split("\n")[0])
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "scratch")
        (app,) = server.requests
    assert call["path"] == {"g": "images.generate", "e": "images.edit", "a": "responses.create"}[name[0]]
    if not name.startswith("edit"):
        assert call["body"] == json_body(app)
        return
    body, parts = call["body"], app.form()
    files = [one for key in ("image", "mask") for one in _listed(body.pop(key, []))]
    assert [(one["name"], one["type"], one["bytes"]) for one in files] == [
        (part.filename and part.filename.replace("%22", '"'), part.content_type, len(part.data))
        for part in parts
        if part.filename is not None
    ]
    assert sorted(_flat(body)) == sorted((part.name, part.data.decode()) for part in parts if part.filename is None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flat(body: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in body.items():
        path = f"{prefix}[{name}]" if prefix else name
        found += _flat(value, path) if isinstance(value, dict) else [(path, str(value))]
    return found
