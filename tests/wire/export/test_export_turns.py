"""Exports of an edit with the turns before: every one sends what the app sends of this turn."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from components.parameters import as_curl, as_fetch, as_httpx, as_javascript, as_n8n, as_python
from components.parameters.export.request_parts import TURNS_NOTE
from tests.wire.client.test_turns import GOOD, MAIN, edit
from tests.wire.client_fixtures import KEY, PNG, ask
from tests.wire.export.test_export_javascript import run_node
from tests.wire.loopback import Loopback


def test_scripts_send_what_the_app_sends_and_save_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The openai package, httpx, Node and a real shell make the same body; the image in the answer is written."""
    query = edit(tmp_path, mask=True, quality="low", output_format="webp")
    for image in (*query.images, query.mask):
        assert image is not None
        (tmp_path / image.name).write_bytes(image.path.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    curl = tmp_path / "curl"
    curl.write_text("#!/bin/sh\ncat > piped.json\n")
    curl.chmod(0o755)
    with Loopback() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        server.answer(GOOD)
        assert ask(server.base_url, query, tmp_path / "out").error is None
        names: dict[str, object] = {"__name__": "__main__"}
        exec(compile(as_python(query), "export.py", "exec"), names)
        names["client"].close()  # type: ignore[attr-defined]
        saved = tmp_path / "data-1.webp"
        assert saved.read_bytes() == PNG
        saved.unlink()
        exec(compile(as_httpx(query), "export.py", "exec"), {"__name__": "__main__"})
        assert saved.read_bytes() == PNG
        saved.unlink()
        run_node(tmp_path, as_fetch(query), server.base_url)
        assert saved.read_bytes() == PNG
        (tmp_path / "export.sh").write_text(as_curl(query))
        subprocess.run(["sh", "-c", 'PATH="$PWD:$PATH" exec sh export.sh'], cwd=tmp_path, check=True)
        app, python, httpx, node = (one.json() for one in server.requests)
    assert app == python == httpx == node == json.loads((tmp_path / "piped.json").read_text())
    assert app["model"] == MAIN
    assert TURNS_NOTE in as_python(query)
    assert TURNS_NOTE in as_httpx(query)
    assert TURNS_NOTE in as_curl(query)


def test_a_workflow_sends_the_turn_and_keeps_only_images(tmp_path: Path) -> None:
    """n8n's Code node puts image and mask where /responses takes them; what is no image is left out."""
    flow = as_n8n(edit(tmp_path, mask=True))
    code, only = [one["parameters"]["jsCode"] for one in flow["nodes"] if one["type"].endswith(".code")]
    assert "body.input[0].content[1].image_url = await url('image');" in code
    assert "body.tools[0].input_image_mask.image_url = await url('mask');" in code
    assert "image_generation_call" in only
    [http] = [one["parameters"] for one in flow["nodes"] if one["type"].endswith(".httpRequest")]
    assert http["url"].endswith("/v1/responses")


@pytest.mark.usefixtures("openai_package")
def test_the_package_of_npm_sends_what_the_app_sends(tmp_path: Path) -> None:
    """The real package makes the same body and the image in the answer is written."""
    query = edit(tmp_path, mask=True, quality="low", output_format="webp")
    for image in (*query.images, query.mask):
        assert image is not None
        (tmp_path / image.name).write_bytes(image.path.read_bytes())
    with Loopback() as server:
        server.answer(GOOD)
        assert ask(server.base_url, query, tmp_path / "out").error is None
        run_node(tmp_path, as_javascript(query), server.base_url)
        app, node = (one.json() for one in server.requests)
    assert app == node
    assert (tmp_path / "data-1.webp").read_bytes() == PNG
