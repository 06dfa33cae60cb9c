"""A request as a command: each is given to a real shell, which hands it to a stand-in for curl."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from components.parameters import Request, as_curl
from tests.unit.parameters.export.test_export import (
    ADDRESSES,
    ALL,
    BYTES,
    IMAGE,
    MASK,
    ODD,
    PATHS,
    SVG,
    ask,
    body_of,
    parts_of,
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the images in it, as the person who gives the command has it."""
    for image in (IMAGE, ODD, MASK):
        (tmp_path / image.name).write_bytes(BYTES)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    return tmp_path


# Stands for curl: writes its arguments separated by NUL, and the body from stdin.
CURL = """#!/bin/sh
for argument in "$@"; do printf '%s\\0' "$argument"; done > arguments
case " $* " in *" --data-binary @- "*) cat > body ;; esac
"""


def run_curl(request: Request, here: Path) -> list[str]:
    """Give the command to a real shell; the arguments that curl gets."""
    curl = here / "bin" / "curl"
    curl.parent.mkdir()
    curl.write_text(CURL)
    curl.chmod(0o755)
    (here / "export.sh").write_text(as_curl(request))
    subprocess.run(["sh", "-c", 'PATH="$PWD/bin:$PATH" exec sh export.sh'], cwd=here, check=True)
    return (here / "arguments").read_text().split("\0")[:-1]


def after(arguments: list[str], name: str) -> list[str]:
    """What follows each option of this name."""
    return [arguments[place + 1] for place, argument in enumerate(arguments) if argument == name]


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_the_command_sends_what_the_app_sends(operation: str, model: str, here: Path) -> None:
    """For every model, a shell gives curl the app's own body, to the letter."""
    request = ask(operation, model)
    arguments = run_curl(request, here)
    assert arguments[0] == f"http://127.0.0.1:9{PATHS[operation]}"
    assert "Authorization: Bearer sk-test" in arguments
    if operation == "edit":
        texts = [(name, value) for name, _, value in (one.partition("=") for one in after(arguments, "--form-string"))]
        assert texts == [part for part in parts_of(request) if len(part) == 2]
        assert after(arguments, "-F") == ["image=@in.png;type=image/png"]
    elif operation == "analyze":
        assert json.loads((here / "body").read_text()) == body_of(request)
    else:
        assert json.loads(after(arguments, "-d")[0]) == body_of(request)


def test_the_command_names_several_images_as_the_api_does(here: Path) -> None:
    """Several images are parts named image[]; a name with signs that mean something to curl is quoted."""
    arguments = run_curl(ask("edit", "gpt-image-2.6-flare", ODD, IMAGE, mask=MASK), here)
    assert after(arguments, "-F") == [
        'image[]=@"it\'s; \\"odd\\", $1.png";type=image/png',
        "image[]=@in.png;type=image/png",
        "mask=@mask.png;type=image/png",
    ]


def test_the_command_names_nested_values(here: Path) -> None:
    """In a form, nested values are named with brackets."""
    texts = after(run_curl(ask("edit", "gpt-image-2.6-flare", **SVG), here), "--form-string")
    assert texts[-2:] == ["svg[model]=m", "svg[reasoning][effort]=none"]


def test_the_command_asks_about_several_files_and_about_addresses(here: Path) -> None:
    """Files are written into the body as they are read; addresses are sent as they are."""
    request = ask("analyze", "gpt-6.1-terra", ODD, IMAGE)
    run_curl(request, here)
    assert json.loads((here / "body").read_text()) == body_of(request)


def test_the_command_sends_addresses(here: Path) -> None:
    """Addresses are for the server to fetch."""
    request = ask("analyze", "gpt-6.1-terra", **ADDRESSES)
    assert json.loads(after(run_curl(request, here), "-d")[0]) == body_of(request)
