"""Answers image requests with images of 3 MB that were made beforehand; prints its port. Also a bare page."""

from __future__ import annotations

import base64
import io
import json
import zlib
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image

EDGE = 1024
BARE = b"""<!doctype html><button>Go</button><div></div><script>
const n = Number(new URLSearchParams(location.search).get("n"))
document.querySelector("button").onclick = async () => {
  const headers = { "Content-Type": "application/json" }
  const answer = await fetch("/v1/images/generations", { method: "POST", headers,
    body: JSON.stringify({ model: "gpt-image-2", prompt: "bench", n }) })
  const { data } = await answer.json()
  document.querySelector("div").replaceChildren(...data.map(({ b64_json }) => {
    const img = new Image(420)
    img.className = "bare"
    img.src = "data:image/png;base64," + b64_json
    return img
  }))
}
</script>"""


@cache
def _noise() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (EDGE, EDGE, 3), dtype=np.uint8)).save(
        file, "PNG", compress_level=1
    )
    return file.getvalue()


def png_of(number: int) -> bytes:
    """A PNG of about 3 MB, a different file for every number: the same noise, with the number in a chunk of text."""
    noise, text = _noise(), b"tEXtNumber\0" + str(number).encode()
    chunk = (len(text) - 4).to_bytes(4, "big") + text + zlib.crc32(text).to_bytes(4, "big")
    return noise[:-12] + chunk + noise[-12:]


class Handler(BaseHTTPRequestHandler):
    """Serves the bare page and the images, different ones each time, so that nothing is in any cache."""

    protocol_version = "HTTP/1.1"
    pool = tuple(base64.b64encode(png_of(number)).decode() for number in range(48))
    served = 0

    def do_GET(self) -> None:
        """The bare page."""
        self._answer(BARE, "text/html")

    def do_POST(self) -> None:
        """As many images as asked for."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        count = body.get("n", 1)
        first = type(self).served
        type(self).served += count
        data = [{"b64_json": self.pool[(first + place) % len(self.pool)]} for place in range(count)]
        usage = {"input_tokens": 10, "output_tokens": 196 * count, "total_tokens": 10 + 196 * count}
        self._answer(json.dumps({"created": 1, "data": data, "usage": usage}).encode(), "application/json")

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
