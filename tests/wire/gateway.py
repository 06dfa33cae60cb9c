"""A server on loopback that speaks the API, with the defects that gateways are known to have, each by its name."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection
from typing import Any

from PIL import Image

from tests.wire.loopback import (
    Answer,
    Loopback,
    Received,
    error_answer,
    event,
    json_answer,
    plain_answer,
    stream_answer,
)

USAGE = {"input_tokens": 10, "output_tokens": 100, "input_tokens_details": {"text_tokens": 10, "image_tokens": 0}}
NO_MASK, NO_LIST, NO_STREAM, ONLY_LINKS, WANTS_FORMAT, ONLY_CHAT, OLD_LIMIT, ONE_IMAGE, NO_WEBP = DEFECTS = (
    "mask ignored",
    "image[] refused",
    "stream refused",
    "links only",
    "response_format required",
    "no /responses",
    "max_tokens",
    "one image",
    "no webp",
)


class Gateway:
    """Answers of a server with some defects. `accepted` are the bodies of requests that it took, by path."""

    def __init__(self, server: Loopback, defects: Collection[str] = ()) -> None:
        self._server = server
        self._defects = defects
        self._files: list[bytes] = []
        self.accepted: list[tuple[str, dict[str, Any]]] = []
        server.answer(self._answer)

    def sent(self, path: str) -> dict[str, Any]:
        """Return the last body that was accepted at a path: of a form the fields, with the names of all parts."""
        return next(body for one, body in reversed(self.accepted) if one == path)

    def _answer(self, received: Received) -> Answer:
        path = received.path.removeprefix("/v1")
        if path.startswith("/file"):
            return plain_answer(self._files[int(path.removeprefix("/file"))], content_type="image/png")
        if path == "/models":
            return json_answer({"data": [{"id": "gpt-image-2"}, {"id": "gpt-6.1-terra"}]})
        if path == "/images/edits":
            parts = received.form()
            body: dict[str, Any] = {part.name: part.data.decode() for part in parts if part.filename is None}
            body["parts"] = [part.name for part in parts if part.filename is not None]
            files = {part.name: part.data for part in parts if part.filename is not None}
        else:
            body, files = received.json(), {}
        refusal = self._refusal(path, body)
        if refusal is not None:
            return refusal
        self.accepted.append((path, body))
        if path in ("/responses", "/chat/completions"):
            return json_answer(_said(path))
        return self._images(body, files)

    def _refusal(self, path: str, body: dict[str, Any]) -> Answer | None:
        has, parts = self._defects, body.get("parts", [])
        if path == "/responses" and ONLY_CHAT in has:
            return error_answer(404, message="Not Found")
        if path == "/chat/completions" and OLD_LIMIT in has and "max_completion_tokens" in body:
            return error_answer(400, message="Unrecognized request argument supplied: max_completion_tokens")
        if not path.startswith("/images"):
            return None
        if WANTS_FORMAT in has and "response_format" not in body:
            return error_answer(400, message="Missing required parameter: 'response_format'.", param="response_format")
        if NO_STREAM in has and "stream" in body:
            return error_answer(400, "unsupported_parameter", message="Streaming is not supported.", param="stream")
        if NO_LIST in has and "image[]" in parts:
            return json_answer({"detail": [{"loc": ["body", "image"], "msg": "Field required"}]}, status=422)
        if ONE_IMAGE in has and int(body.get("n", 1)) > 1:
            return error_answer(400, message="n > 1 is not supported.", param="n")
        if NO_WEBP in has and body.get("output_format") == "webp":
            return error_answer(400, message="webp is not supported.", param="output_format")
        return None

    def _images(self, body: dict[str, Any], files: dict[str, bytes]) -> Answer:
        size = (64, 40)
        if body.get("size", "auto") != "auto":
            width, height = map(int, str(body["size"]).split("x"))
            size = (width, height)
        image = Image.new("RGB", size, "navy")
        if "mask" in files and NO_MASK not in self._defects:
            kept = Image.open(io.BytesIO(files["mask"])).getchannel("A")
            image.paste(Image.open(io.BytesIO(files["image"])).convert("RGB"), (0, 0), kept)
        format = str(body.get("output_format", "png"))
        file = io.BytesIO()
        image.save(file, format)
        data = coded = {"b64_json": base64.b64encode(file.getvalue()).decode()}
        if ONLY_LINKS in self._defects or body.get("response_format") == "url":
            self._files.append(file.getvalue())
            data = {"url": f"{self._server.base_url}/file{len(self._files) - 1}"}
        if body.get("stream") in (True, "true"):
            kind = "image_generation"
            previews = [
                event({"type": f"{kind}.partial_image", "partial_image_index": number, **coded})
                for number in range(int(body.get("partial_images", 0)))
            ]
            return stream_answer([*previews, event({"type": f"{kind}.completed", "usage": USAGE, **data})])
        return json_answer({"created": 1, "data": [data] * int(body.get("n", 1)), "usage": USAGE})


def _said(path: str) -> dict[str, Any]:
    if path == "/responses":
        content = [{"type": "output_text", "text": "Red", "annotations": []}]
        output = [{"type": "message", "role": "assistant", "content": content}]
        return {"id": "r", "object": "response", "status": "completed", "error": None, "output": output, "usage": USAGE}
    choice = {"index": 0, "message": {"role": "assistant", "content": "Red"}, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "choices": [choice], "usage": USAGE}
