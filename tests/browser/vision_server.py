"""A server that answers questions about images as a test wants it, and the app that knows it as a connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.app_server import AppServer
from tests.wire.loopback import Answer, Loopback, Received, Step, event, json_answer, stream_answer

USAGE = {"input_tokens": 812, "output_tokens": 64, "output_tokens_details": {"reasoning_tokens": 0}}
MODELS = {"data": [{"id": "gpt-6.1-terra"}, {"id": "gpt-image-2"}, {"id": "house-eye"}]}


def response_object(text: str, **more: Any) -> dict[str, Any]:
    """A response as the Responses API gives it."""
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    message = {"type": "message", "role": "assistant", "content": content}
    return {"id": "resp_1", "object": "response", "status": "completed", "output": [message], "usage": USAGE, **more}


def said(text: str, *between: Step, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """A streamed answer, word by word; the steps in `between` come after its first word."""
    first, _, rest = text.partition(" ")
    words = [first, *(f" {word}" for word in rest.split(" ") if rest)]
    steps: list[Step] = [event({"type": "response.output_text.delta", "delta": words[0]})] if text else []
    steps += between
    steps += [event({"type": "response.output_text.delta", "delta": word}) for word in words[1:]]
    kind = "incomplete" if more.get("status") == "incomplete" else "completed"
    steps.append(event({"type": f"response.{kind}", "response": response_object(text, **more)}))
    return stream_answer(steps, headers={"x-request-id": "req_seen", **(headers or {})})


def cut(text: str, reasoning: int = 0) -> Answer:
    """An answer that ran out of tokens."""
    usage = {**USAGE, "output_tokens": 300, "output_tokens_details": {"reasoning_tokens": reasoning}}
    return said(text, status="incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=usage)


def data(value: Any) -> Answer:
    """A structured answer."""
    return said(json.dumps(value))


def asked(server: Loopback) -> list[Any]:
    """The questions that the server was sent."""
    return [one.json() for one in server.requests if one.path == "/v1/responses"]


def image_places(body: Any) -> list[str]:
    """The images of a question, as addresses or the beginnings of their data."""
    return [part["image_url"] for part in body["input"][0]["content"] if part["type"] == "input_image"]


def models(_: Received) -> Answer:
    """The list of models."""
    return json_answer(MODELS)


@contextmanager
def app_with_server(folder: Path, **environment: str) -> Iterator[tuple[AppServer, Loopback]]:
    """The app with one team connection, which leads to a scripted server."""
    with Loopback() as remote:
        remote.answer(models, path="/v1/models")
        app = AppServer(folder, environment=environment)
        app.secrets.write_text(
            f'[connections.eye]\nname = "Eye"\nbase_url = "{remote.base_url}"\napi_key = "sk-test-eye"\n'
        )
        with app:
            yield app, remote
