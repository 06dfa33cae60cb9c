"""JavaScript exports, for `fetch` and for the real openai package, send what the app sends.

Node is the one that Playwright brings.
"""

from __future__ import annotations

from pathlib import Path

import playwright
import pytest

from components.parameters import Request, as_fetch, as_javascript
from tests.wire.client_fixtures import KEY, PNG, ask, b64
from tests.wire.export.export_requests import NAMES, run_export, sent
from tests.wire.loopback import Loopback, json_answer

NODE = Path(playwright.__file__).parent / "driver" / "node"
ANSWER = {
    "object": "response",  # without it the package does not gather the answer's text
    "created": 1,
    "data": [{"b64_json": b64(PNG)}],
    "output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "A fox."}]}],
}


def run_node(folder: Path, script: str, base_url: str = "http://127.0.0.1:9/v1") -> str:
    """Run a module in a folder with Node and return what it prints."""
    return run_export(folder, NODE, "export.mjs", script, base_url)


@pytest.mark.parametrize("name", NAMES)
def test_the_fetch_script_sends_the_apps_own_request(name: str, requests: dict[str, Request], tmp_path: Path) -> None:
    """Method, path and JSON body or parts are those that the app's client sends."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "staging")
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


@pytest.mark.usefixtures("openai_package")
@pytest.mark.parametrize("name", NAMES)
def test_the_script_for_the_package_sends_the_apps_own_request(
    name: str, requests: dict[str, Request], tmp_path: Path
) -> None:
    """By way of the real package, method, path and JSON body or parts are those that the app's client sends."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, requests[name], tmp_path / "staging")
        printed = run_node(tmp_path, as_javascript(requests[name]), server.base_url)
        app, script = server.requests
    assert sent(script) == sent(app)
    if name.startswith("analyze"):
        assert printed == "A fox.\n"
    else:
        assert next(tmp_path.glob("data-1.*")).read_bytes() == PNG


@pytest.mark.usefixtures("openai_package")
def test_the_script_for_the_package_ends_with_the_servers_refusal(requests: dict[str, Request], tmp_path: Path) -> None:
    """A refusal ends the script with the status and the server's message, without the key, after one request."""
    with Loopback() as server:
        server.answer(json_answer({"error": {"message": "No foxes."}}, status=429))
        with pytest.raises(AssertionError, match=r"429 No foxes") as refusal:
            run_node(tmp_path, as_javascript(requests["generate"]), server.base_url)
        assert len(server.requests) == 1
    assert KEY not in str(refusal.value)
