"""A server on loopback that bills each image, counts what it was sent, and stops an answer where a test wants it.

A prompt names its run. `hold(stage, prompt)` stops its answer before the headers, in the middle of the image or before
the end, until `release` is called; `reached` waits until it stands there.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Self

from PIL import Image

STAGES = ("headers", "image", "end")
SECONDS = 60.0


def image_of(prompt: str) -> bytes:
    """The image that a prompt is answered with."""
    buffer = BytesIO()
    number = sum(prompt.encode()) % 256
    Image.new("RGB", (48, 32), (number, 255 - number, len(prompt) % 256)).save(buffer, "PNG")
    return buffer.getvalue()


class PaidServer:
    """Answers /images/generations, by events if asked to stream."""

    def __init__(self, seconds: float = 0.0) -> None:
        """`seconds` is how long each answer takes."""
        self.billed: Counter[str] = Counter()  # requests by prompt
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()
        self._reached: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self._released: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self.seconds = seconds
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer._answer(self, body)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Says nothing of clients that were killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def hold(self, stage: str, prompt: str) -> None:
        """Stop the answer to a prompt at a stage."""
        self._held.add((stage, prompt))

    def reached(self, stage: str, prompt: str) -> None:
        """Wait until an answer stands there."""
        assert self._reached[stage, prompt].wait(SECONDS), f"{prompt} did not come to {stage}"

    def release(self, stage: str, prompt: str) -> None:
        """Let it go on."""
        self._released[stage, prompt].set()

    def _stand(self, stage: str, prompt: str) -> None:
        self._reached[stage, prompt].set()
        if (stage, prompt) in self._held:
            self._released[stage, prompt].wait(SECONDS)

    def _answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        prompt = str(body["prompt"])
        with self._lock:
            self.billed[prompt] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.seconds:
                threading.Event().wait(self.seconds)
            self._stand("headers", prompt)
            if body.get("stream"):
                self._stream(handler, prompt)
            else:
                self._send(handler, prompt)
        except OSError:
            handler.close_connection = True
        finally:
            with self._lock:
                self._at_once -= 1

    def _send(self, handler: BaseHTTPRequestHandler, prompt: str) -> None:
        image = base64.b64encode(image_of(prompt)).decode()
        usage = {"input_tokens": 10, "output_tokens": 100, "total_tokens": 110}
        data = json.dumps({"created": 1, "data": [{"b64_json": image}], "usage": usage}).encode()
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        middle, end = data.index(image.encode()) + 20, data.index(b'"usage"')
        for stage, piece in (("image", data[:middle]), ("end", data[middle:end]), ("", data[end:])):
            handler.wfile.write(piece)
            handler.wfile.flush()
            if stage:
                self._stand(stage, prompt)

    def _stream(self, handler: BaseHTTPRequestHandler, prompt: str) -> None:
        image = base64.b64encode(image_of(prompt)).decode()
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("connection", "close")
        handler.end_headers()
        partial = {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": image}
        done = {"type": "image_generation.completed", "b64_json": image, "usage": {"total_tokens": 110}}
        for stage, event in (("image", partial), ("", done)):
            handler.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            handler.wfile.flush()
            if stage:
                self._stand(stage, prompt)
        handler.close_connection = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for stage, prompt in tuple(self._held):
            self.release(stage, prompt)
        self._server.shutdown()
        self._server.server_close()
