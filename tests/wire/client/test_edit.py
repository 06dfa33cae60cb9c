"""Edit over the wire: the multipart form, part by part, beside what the official package sends."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client import errors
from components.client.bodies import form_fields
from components.client.events import Completed, ImageArrived, PartialImage
from components.parameters import InputImage
from tests.setup.environment import ROOT
from tests.wire.client_fixtures import KEY, PNG, ask, b64, event_paths, input_image, left_over, request
from tests.wire.loopback import Loopback, Part, error_answer, event, json_answer, plain_answer, stream_answer

GOOD = json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]})
SAMPLES = ROOT / "tests" / "samples"
JPEG = (SAMPLES / "rocket.jpg").read_bytes()


def edit(folder: Path, names: list[str], *, mask: bool = False, markup: bool = False, **raw: Any) -> Any:
    drawing = {"size": (451, 300), "alpha": True}
    return request(
        "edit",
        raw.pop("model", "gpt-image-2.5-flare"),
        images=tuple(input_image(folder, name, JPEG if name.endswith("jpg") else PNG) for name in names),
        mask=input_image(folder, "mask.png", PNG + b"mask", **drawing) if mask else None,
        markup=input_image(folder, "markup.png", PNG + b"markup", **drawing) if markup else None,
        **{"prompt": "more\r\ncats “🐈”", **raw},
    )


def both_forms(query: Any, tmp_path: Path) -> tuple[list[Part], list[Part]]:
    """The parts that our client sends, and those of the official package for the same call."""

    def given(image: InputImage) -> tuple[str, io.BytesIO, str]:
        return image.name, io.BytesIO(image.path.read_bytes()), image.content_type

    files = [given(image) for image in query.images]
    drawings = {name: given(image) for name in ("mask", "markup") if (image := getattr(query, name))}
    with Loopback() as server:
        server.answer(GOOD)
        assert ask(server.base_url, query, tmp_path / "staging").error is None
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            official.images.edit(image=files if len(files) > 1 else files[0], **drawings, **query.wire())
        ours, theirs = server.requests
    assert (ours.method, ours.target) == (theirs.method, theirs.target) == ("POST", "/v1/images/edits")
    assert int(ours.headers["content-length"]) == len(ours.body)
    assert "transfer-encoding" not in ours.headers
    return ours.form(), theirs.form()


EDITS: dict[str, dict[str, Any]] = {
    "one image": {"names": ["cat.png"]},
    "several, of several kinds": {"names": ["a.png", "b.jpg", "c.png"], "n": 4, "size": "1024x1024", "user": "me"},
    "with a mask": {"names": ["a.png", "b.jpg"], "mask": True, "quality": "low"},
    "with a markup": {"names": ["a.png"], "markup": True, "output_format": "webp", "output_compression": 7},
    "names that need care": {"names": ['a "b" ü.png', "c;d\\e.jpg"]},
    "fidelity": {"names": ["a.png"], "model": "gpt-image-1.5", "input_fidelity": "high"},
    "nested": {
        "names": ["a.png"],
        "model": "gpt-image-2.6-flare",
        "output_format": "svg",
        "svg_model": "gpt-6.1-sol",
        "svg_reasoning_effort": "high",
    },
    "a model of our own": {"names": ["a.png"], "model": "ours", "background": "transparent"},
    "streamed": {"names": ["a.png"], "mask": True, "stream": True, "partial_images": 2},
    "frames": {
        "names": ["a.png", "b.jpg"],
        "model": "gpt-image-2.6-sunburst",
        "output_format": "gif",
        "frame_count": 4,
        "frame_duration_ms": 50,
        "complexity": "high",
    },
    "sixteen": {"names": [f"{number}.png" for number in range(16)]},
}


@pytest.mark.parametrize("what", EDITS)
def test_the_form_is_that_of_the_official_package(what: str, tmp_path: Path) -> None:
    """Names, file names, types and bytes of all parts are those of the ``openai`` package; text comes before files."""
    query = edit(tmp_path / "inputs", **EDITS[what])
    ours, theirs = both_forms(query, tmp_path)

    def comparable(parts: list[Part]) -> list[tuple[Any, ...]]:
        return sorted((part.name, part.filename or "", part.content_type or "", part.data) for part in parts)

    assert comparable(ours) == comparable(theirs)
    kinds = [part.filename is not None for part in ours]
    assert kinds == sorted(kinds), "a text part stands after a file"
    files = [part for part in ours if part.filename is not None]
    assert [part.data for part in files] == [part.data for part in theirs if part.filename is not None]
    one_or_many = "image" if len(query.images) == 1 else "image[]"
    drawings = [name for name in ("mask", "markup") if getattr(query, name)]
    assert [part.name for part in files] == [one_or_many] * len(query.images) + drawings
    assert [part.data for part in files[: len(query.images)]] == [image.path.read_bytes() for image in query.images]


def test_fields_are_flattened() -> None:
    """Nested values become bracketed names, booleans words, lists repeated names; nothing stays nothing."""
    body = {
        "svg": {"model": "m", "reasoning": {"effort": "low"}},
        "stream": True,
        "n": 2,
        "tags": ["a", False],
        "no": None,
    }
    assert form_fields(body) == {
        "svg[model]": "m",
        "svg[reasoning][effort]": "low",
        "stream": "true",
        "n": "2",
        "tags[]": ["a", "false"],
    }


def test_an_edit_can_stream(tmp_path: Path) -> None:
    """Previews and the image arrive from the edit endpoint as well."""
    made = event({"type": "image_edit.completed", "b64_json": b64(PNG)})
    seen = event({"type": "image_edit.partial_image", "b64_json": b64(b"x"), "partial_image_index": 0})
    with Loopback() as server:
        server.answer(stream_answer([seen, made]))
        result = ask(server.base_url, edit(tmp_path / "in", ["a.png"], stream=True, partial_images=1), tmp_path / "out")
        fields = {part.name: part.data for part in server.requests[0].form()}
    assert (fields["stream"], fields["partial_images"]) == (b"true", b"1")
    assert [len(result.of(kind)) for kind in (PartialImage, ImageArrived, Completed)] == [1, 1, 1]
    assert left_over(tmp_path / "out") == event_paths(result)


def test_a_retry_sends_the_files_again_whole(tmp_path: Path) -> None:
    """The second attempt carries the same form as the first."""
    with Loopback() as server:
        server.answer(error_answer(429, "slow_down"), GOOD)
        assert ask(server.base_url, edit(tmp_path / "in", ["a.png", "b.jpg"]), tmp_path / "out").error is None
        first, second = (received.form() for received in server.requests)
    assert first == second


def test_a_refusal_before_the_upload_is_over(tmp_path: Path) -> None:
    """A server that refuses a large form early is understood, though it does not read it all."""
    query = edit(tmp_path / "in", ["a.png"])
    query.images[0].path.write_bytes(bytes(30_000_000))
    with Loopback(body="leave") as server:
        server.answer(plain_answer("too large", status=413))
        failed = ask(server.base_url, query, tmp_path / "out").failed
    assert type(failed) in (errors.RequestTooLarge, errors.ConnectionLost)
    assert failed.money is errors.Money.NOTHING_SPENT


@pytest.mark.parametrize("operation", ["edit", "analyze"])
def test_an_input_that_is_gone(operation: str, tmp_path: Path) -> None:
    """An image that vanished from the disk is named, and nothing is sent."""
    image = input_image(tmp_path / "in", "lost.png")
    query = request(operation, "gpt-6.1-terra" if operation == "analyze" else "gpt-image-2", images=(image,))
    image.path.unlink()
    with Loopback() as server:
        failed = ask(server.base_url, query, tmp_path / "out").failed
        assert server.requests == []
    assert isinstance(failed, errors.InputMissing)
    assert failed.money is errors.Money.NOTHING_SPENT


UPLOAD = """
import asyncio, sys, tracemalloc
from pathlib import Path
from components.client import Client, Connection
from components.settings import Settings
from tests.wire.client_fixtures import input_image, request

base_url, folder = sys.argv[1], Path(sys.argv[2])
images = tuple(input_image(folder, f"{number}.png") for number in range(16))
for image in images:
    with open(image.path, "wb") as file:
        file.truncate(10_000_000)
operation, model = sys.argv[3], sys.argv[4]

async def main():
    client = Client(Settings())
    tracemalloc.start()
    try:
        connection = Connection(id="t", name="T", base_url=base_url)
        async for _ in client.run(connection, request(operation, model, images=images), folder):
            pass
    except Exception as exc:
        print(type(exc).__name__, tracemalloc.get_traced_memory()[1] // 1000000)
    await client.aclose()

asyncio.run(main())
"""


@pytest.mark.parametrize(("operation", "model"), [("edit", "gpt-image-2"), ("analyze", "gpt-6.1-terra")])
def test_large_uploads_cost_little_memory(operation: str, model: str, tmp_path: Path) -> None:
    """Sixteen images of 10 MB go out as a form or as data URLs with less than half of one in memory."""
    with Loopback(body="drop") as server:
        server.answer(error_answer(400))
        done = subprocess.run(
            [sys.executable, "-c", UPLOAD, server.base_url, str(tmp_path), operation, model],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        sent = int(server.requests[0].headers["content-length"])
    assert done.returncode == 0, done.stderr
    name, megabytes = done.stdout.split()
    assert name == "RequestRefused"
    assert sent > (16 * 10_000_000 if operation == "edit" else 16 * 10_000_000 * 4 / 3)
    assert int(megabytes) < 5, megabytes
