"""Exports for httpx and curl, run by the real programs, send what the app sends; the engine answers every kind."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.parameters import Request, as_curl, as_fetch, as_httpx, as_javascript, as_python
from tests.wire.client_fixtures import KEY, PNG, ask, b64, input_image, request
from tests.wire.engine_fixtures import Engine, opened, running
from tests.wire.export.export_requests import NAMES, run_export, sent
from tests.wire.export.test_export_javascript import ANSWER, run_node
from tests.wire.loopback import Loopback, json_answer

CURL = Path("/usr/bin/curl")
needs_curl = pytest.mark.skipif(not CURL.exists(), reason="there is no /usr/bin/curl")


def run(folder: Path, program: str, script: str, base_url: str) -> str:
    """Run a script in a folder and return what it prints. Its curl is the real one."""
    search = f"{CURL.parent}{os.pathsep}{os.environ['PATH']}"
    return run_export(folder, program, "export", script, base_url, PATH=search)


@pytest.mark.parametrize("name", NAMES)
def test_the_httpx_script_sends_the_apps_own_request(name: str, requests: dict[str, Request], tmp_path: Path) -> None:
    """Method, path and JSON body or parts are those that the app's client sends."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "staging")
        printed = run(tmp_path, sys.executable, as_httpx(requests[name]), server.base_url)
        app, script = server.requests
    assert sent(script) == sent(app)
    if name.startswith("analyze"):
        assert printed == "A fox.\n"
    else:
        assert next(tmp_path.glob("data-1.*")).read_bytes() == PNG


def test_the_httpx_script_ends_with_the_servers_refusal(requests: dict[str, Request], tmp_path: Path) -> None:
    """A refusal ends the script with the status and the server's message, without the key."""
    with Loopback() as server:
        server.answer(json_answer({"error": {"message": "No foxes."}}, status=400))
        with pytest.raises(AssertionError, match=r"400: .*No foxes") as refusal:
            run(tmp_path, sys.executable, as_httpx(requests["generate"]), server.base_url)
    assert KEY not in str(refusal.value)


@needs_curl
@pytest.mark.parametrize("name", NAMES)
def test_the_curl_command_sends_the_apps_own_request(name: str, requests: dict[str, Request], tmp_path: Path) -> None:
    """The real curl sends the method, path and JSON body or parts of the app's client; the answer is in its file."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "staging")
        printed = run(tmp_path, "sh", as_curl(requests[name]), server.base_url)
        app, command = server.requests
    assert sent(command) == sent(app)
    answer = printed if name.startswith("analyze") else (tmp_path / "data.json").read_text()
    assert json.loads(answer) == ANSWER


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Run the built-in engine for the tests of this file."""
    with running() as engine:
        yield engine


def asked_of(operation: str, folder: Path) -> Request:
    """Return a request for a WebP image, whose input file is in the folder."""
    image = input_image(folder / "inputs", "cat.png")
    (folder / image.name).write_bytes(PNG)
    images = (image,) if operation == "edit" else ()
    return request(operation, images=images, prompt="a fox", quality="low", output_format="webp")


def is_the_requested_image(data: str) -> bool:
    """Return whether base64 data is a WebP image of a size that the engine draws."""
    image = opened(data)
    return image.format == "WEBP" and min(image.size) >= 256


@pytest.mark.parametrize("operation", ["generate", "edit"])
@pytest.mark.parametrize("form", ["openai", "httpx", "fetch", pytest.param("curl", marks=needs_curl)])
def test_the_engine_answers_an_export_with_an_image(form: str, operation: str, tmp_path: Path, engine: Engine) -> None:
    """Each script, as exported and run by its own program, gets an image of the format that was asked for."""
    asked = asked_of(operation, tmp_path)
    if form == "curl":
        run(tmp_path, "sh", as_curl(asked), engine.base_url)
        assert is_the_requested_image(json.loads((tmp_path / "data.json").read_text())["data"][0]["b64_json"])
        return
    if form == "fetch":
        run_node(tmp_path, as_fetch(asked), engine.base_url)
    else:
        make = as_httpx if form == "httpx" else as_python
        run(tmp_path, sys.executable, make(asked), engine.base_url)
    assert is_the_requested_image(b64((tmp_path / "data-1.webp").read_bytes()))


@pytest.mark.usefixtures("openai_package")
@pytest.mark.parametrize("operation", ["generate", "edit"])
def test_the_engine_answers_the_package_of_npm_with_an_image(operation: str, tmp_path: Path, engine: Engine) -> None:
    """The script for the real package gets such an image as well."""
    run_node(tmp_path, as_javascript(asked_of(operation, tmp_path)), engine.base_url)
    assert is_the_requested_image(b64((tmp_path / "data-1.webp").read_bytes()))
