"""The built-in engine for tests: one server that does not wait, the official client, small images."""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import openai
from PIL import Image, ImageDraw

from components.engine import EngineServer
from tests.setup.environment import ROOT

SAMPLES = ROOT / "tests" / "samples"
KEY = "sk-test-0123456789abcdefghij"


@dataclass(frozen=True)
class Raw:
    """An answer as it came: for what the official client does not show."""

    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Engine:
    """A running engine and ways to ask it."""

    base_url: str
    client: openai.OpenAI

    def with_key(self, key: str, **more: Any) -> openai.OpenAI:
        """A client with another key, which the caller closes."""
        return openai.OpenAI(base_url=self.base_url, api_key=key, **{"max_retries": 0, **more})

    def raw(self, path: str, body: Any = None, *, method: str | None = None, **headers: str) -> Raw:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        address = path if path.startswith("http") else f"{self.base_url}{path}"
        content_type = {"Content-Type": "application/json"} if data is not None else {}
        request = urllib.request.Request(address, data, {**content_type, **headers}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Raw(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Raw(error.code, error.headers, error.read())


@contextmanager
def running(**arguments: Any) -> Iterator[Engine]:
    """An engine on a free port, without waiting unless told otherwise."""
    server = EngineServer(**{"pace": 0.0, **arguments})
    base_url = server.start()
    client = openai.OpenAI(base_url=base_url, api_key=KEY, max_retries=0)
    try:
        yield Engine(base_url, client)
    finally:
        client.close()
        server.stop()


def opened(b64: str | None) -> Image.Image:
    """The image of an answer, decoded to the last pixel."""
    image = Image.open(io.BytesIO(base64.b64decode(b64 or "", validate=True)))
    image.load()
    return image


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@cache
def photo(width: int = 192, height: int = 128) -> Image.Image:
    """A small photograph."""
    with Image.open(SAMPLES / "chelsea.png") as image:
        return image.convert("RGB").resize((width, height))


def mask_for(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A mask that leaves an ellipse open."""
    mask = Image.new("RGBA", image.size, (0, 0, 0, 255))
    ImageDraw.Draw(mask).ellipse(box, fill=(0, 0, 0, 0))
    return mask


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """An image that does not compress."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(values)


def data_url(data: bytes, content_type: str = "image/png") -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"
