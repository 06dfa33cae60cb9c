"""A request as a script for the openai package or httpx: each is run, against a server that records requests."""

from __future__ import annotations

import base64
import email
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.parameters import CATALOGUE, InputImage, Request, as_curl, as_httpx, as_n8n, as_python, resolve
from components.parameters.recipes.recipe import recipe

BYTES = b"the image's bytes \x00\xff"
URL = f"data:image/png;base64,{base64.b64encode(BYTES).decode()}"
IMAGE = InputImage(Path("/secret/place/in.png"), "in.png", "image/png", 64, 64, 1000, "0" * 64, has_alpha=True)
ODD = replace(IMAGE, name='it\'s; "odd", $1.png')
MASK = replace(IMAGE, name="mask.png")
NASTY = 'it\'s "true": true, false, null\n$HOME `id` \\ {place} {{ 1 }} \\u0000 ;base64,\\u0000 狐 🦊: none'
ALL = [(op, model.id) for model in CATALOGUE.values() for op in sorted(model.operations)] + [
    ("generate", "team-model"),
    ("edit", "team-model"),
    ("analyze", "team-model"),
]
SVG: dict[str, Any] = {"output_format": "svg", "svg_model": "m", "svg_reasoning_effort": "none"}
ADDRESSES: dict[str, Any] = {"input_type": "urls", "image_urls": "https://a.b/1.png, https://a.b/2.png"}


PATHS = {"generate": "/v1/images/generations", "edit": "/v1/images/edits", "analyze": "/v1/responses"}


def ask(operation: str, model: str, *images: InputImage, **raw: Any) -> Request:
    """A request that must resolve; masks and markup are in `raw` by their names."""
    overlays = {name: raw.pop(name) for name in ("mask", "markup") if name in raw}
    images = () if operation == "generate" else images or (IMAGE,)
    request = resolve(operation, model, {"prompt": NASTY, "text": NASTY, **raw}, images=images, **overlays)
    assert isinstance(request, Request), request
    return request


def body_of(request: Request) -> dict[str, Any]:
    """What an export has to send: the wire's body for a full answer, with the message of an analysis."""
    body = {name: value for name, value in request.wire().items() if name not in {"stream", "partial_images"}}
    if request.operation == "analyze":
        urls = request.values.get("image_urls") or [URL for _ in request.images]
        images = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in urls]
        body["input"] = [{"role": "user", "content": [{"type": "input_text", "text": NASTY}, *images]}]
    return body


def parts_of(request: Request) -> list[tuple[str, ...]]:
    """The parts of the form that an edit has to send: texts first, then files with their names and types."""
    flat = dict(request.wire())
    if svg := flat.pop("svg", None):
        flat["svg[model]"] = svg["model"]
        flat["svg[reasoning][effort]"] = svg["reasoning"]["effort"]
    texts: list[tuple[str, ...]] = [(name, str(value)) for name, value in flat.items()]
    part = "image[]" if len(request.images) > 1 else "image"
    found: list[tuple[str, ...]] = [(part, image.name, image.content_type) for image in request.images]
    found += [("mask", request.mask.name, "image/png")] if request.mask else []
    found += [("markup", request.markup.name, "image/png")] if request.markup else []
    return texts + found


@dataclass
class Server:
    """The recorded request: the path, and the JSON or the parts of the form."""

    address: str
    path: str = ""
    body: Any = None
    parts: list[tuple[str, ...]] = field(default_factory=list)
    link: str | None = None


def answer_to(server: Server) -> dict[str, Any]:
    """A full response as the API sends it."""
    if server.path == "/v1/responses":
        text = {"type": "output_text", "text": "A fox.", "annotations": []}
        output = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
        return {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [output]}
    one = {"url": server.link} if server.link else {"b64_json": base64.b64encode(BYTES).decode()}
    return {"created": 1, "data": [one, one]}


def _part(part: Message) -> tuple[str, ...]:
    name = str(part.get_param("name", header="content-disposition"))
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    if part.get_filename() is None:
        return name, content.decode()
    assert content == BYTES
    # Quotation marks in names are written as browsers write them.
    return name, str(part.get_filename()).replace("%22", '"'), part.get_content_type()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that records requests and answers them."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            seen.path = self.path
            assert self.headers["authorization"] == "Bearer sk-test"
            if self.headers["content-type"] == "application/json":
                seen.body = json.loads(content)
            else:
                head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
                parsed = email.message_from_bytes(head + content)
                seen.parts = [_part(part) for part in parsed.walk() if not part.is_multipart()]
            data = json.dumps(answer_to(seen)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Server(f"http://127.0.0.1:{http.server_address[1]}/v1")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield seen
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Path:
    """A folder with the images in it, as the person who runs an export has it."""
    for image in (IMAGE, ODD, MASK):
        (tmp_path / image.name).write_bytes(BYTES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    return tmp_path


Run = Callable[[Request], None]


@pytest.fixture(params=[as_python, as_httpx], ids=["openai", "httpx"])
def run_python(request: pytest.FixtureRequest) -> Run:
    """Return a function that runs a request's script with the real openai package, or with the real httpx."""

    def run(asked: Request) -> None:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(request.param(asked), "export.py", "exec"), names)
        if "client" in names:
            names["client"].close()

    return run


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_the_script_sends_what_the_app_sends(
    operation: str, model: str, server: Server, here: Path, run_python: Run
) -> None:
    """For every model, the packages send the app's own body, to the letter, and no more."""
    request = ask(operation, model)
    run_python(request)
    assert server.path == PATHS[operation]
    if operation == "edit":
        assert sorted(server.parts) == sorted(parts_of(request))
    else:
        assert server.body == body_of(request)


@pytest.mark.parametrize(
    "request_",
    [
        ask("generate", "gpt-image-2.6-flare", **SVG),
        ask("generate", "gpt-image-2", partial_images=3, stream=True, n=2, user="u"),
        ask("generate", "dall-e-3", style="natural", quality="hd"),
        ask("edit", "gpt-image-2.6-flare", ODD, IMAGE, mask=MASK),
        ask("edit", "gpt-image-2.5-flare", ODD, markup=MASK, output_format="webp", output_compression=5),
        ask("edit", "gpt-image-1", input_fidelity="high"),
        ask("analyze", "gpt-6.1-terra", ODD, IMAGE, reasoning_effort="low"),
        ask("analyze", "gpt-6.1-terra", **ADDRESSES),
    ],
    ids=lambda one: f"{one.operation}-{one.model}",
)
def test_scripts_of_fuller_requests(request_: Request, server: Server, here: Path, run_python: Run) -> None:
    """Nested values, several images with odd names, mask and markup arrive as the API names them."""
    run_python(request_)
    if request_.operation == "edit":
        assert sorted(server.parts) == sorted(parts_of(request_))
    else:
        assert server.body == body_of(request_)


def test_the_script_saves_the_images(server: Server, here: Path, run_python: Run) -> None:
    """The images are on disk, named by the output field, with the format's ending."""
    run_python(ask("generate", "gpt-image-2", output_format="webp", output_field="fox"))
    assert [(here / f"fox-{place}.webp").read_bytes() for place in (1, 2)] == [BYTES, BYTES]


@pytest.mark.parametrize(("model", "raw"), [("dall-e-3", {"response_url": True}), ("team-model", {})])
def test_the_script_prints_links(
    model: str, raw: dict[str, Any], server: Server, here: Path, run_python: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Links are printed if requested, and if a team's own model returns them anyway."""
    server.link = "https://a.b/c.png"
    run_python(ask("generate", model, **raw))
    assert capsys.readouterr().out == "1 https://a.b/c.png\n2 https://a.b/c.png\n"


@pytest.mark.parametrize(("simplify", "printed"), [(True, "A fox.\n"), (False, '"output_text"')])
def test_the_script_prints_the_answer(
    simplify: bool, printed: str, server: Server, here: Path, run_python: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Simplify output prints only the text; without it the full response."""
    run_python(ask("analyze", "gpt-6.1-terra", simplify=simplify))
    assert printed in capsys.readouterr().out


def test_a_schema_goes_along() -> None:
    """The schema of an answer as data is in every export."""
    request = ask("analyze", "gpt-6.1-terra", **ADDRESSES)
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    request = replace(request, values={**request.values, "schema": schema})
    assert '"json_schema\\"' in json.dumps(as_n8n(request))
    assert "'json_schema'" in as_python(request)
    assert "'json_schema'" in as_httpx(request)
    assert '"json_schema"' in as_curl(request)


@pytest.mark.parametrize(("operation", "model"), ALL)
def test_no_key_and_no_place_leaves(operation: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports and recipes hold neither the key of the environment nor a folder of this machine."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    request = ask(operation, model)
    scripts = as_python(request) + as_httpx(request) + as_curl(request)
    everything = scripts + json.dumps([as_n8n(request), recipe(request)])
    assert "sk-very" not in everything
    assert "/secret/place" not in everything
