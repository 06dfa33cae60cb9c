"""Requests on the wire: endpoint, headers, body. Source: the API reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.client.bodies import DataUrl, FilePart, FormBody, JsonBody, form_fields
from components.client.capabilities import Values, shaped_body
from components.client.connections.connection import Connection
from components.parameters import InputImage, Request
from components.parameters.capabilities import NO

USER_AGENT = "ImageWorkbench/0.1"
DECISIONS_MODEL = "gpt-6-luna"  # the only model of /decisions

EDITS = "/images/edits"

History = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ApiCall:
    """One call of an endpoint. ``costly``: it makes something that is paid for, so it is rarely retried.

    ``model`` is the model's name on the server, which Azure's deployments surface has in the path. ``query`` comes
    before the connection's own.
    """

    method: Literal["GET", "POST"]
    path: str
    body: JsonBody | FormBody | None = None
    costly: bool = True
    model: str = ""
    query: Sequence[tuple[str, str]] = ()

    @property
    def is_stream(self) -> bool:
        """Return whether the call asks for its response as a stream."""
        body = self.body.value if isinstance(self.body, JsonBody) else self.body.fields if self.body else {}
        return body.get("stream") in (True, "true")


def headers(connection: Connection) -> dict[str, str]:
    """Return the headers of every call. ``Accept`` is JSON even for streams, as the official clients send it.

    Compression is not requested: images in base64 hardly compress.
    """
    name, prefix = connection.server.key_header
    optional = {
        name: f"{prefix}{connection.api_key}" if connection.api_key else None,
        "OpenAI-Organization": connection.organization,
        "OpenAI-Project": connection.project,
    }
    own = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        **{name: value for name, value in optional.items() if value},
    }
    # As with the official clients, a further header replaces one of the same name.
    given = {name.lower() for name, _ in connection.headers}
    return {name: value for name, value in own.items() if name.lower() not in given} | dict(connection.headers)


def _name(request: Request) -> str:
    return str(request.values["model"])


def models_call() -> ApiCall:
    return ApiCall("GET", "/models", costly=False)


def generate_call(request: Request, values: Values) -> ApiCall:
    """Return the call that generates, as a server with these capabilities wants it."""
    return ApiCall("POST", "/images/generations", JsonBody(shaped_body(request, values)), model=_name(request))


def edit_call(request: Request, values: Values) -> ApiCall:
    """Return the call of an edit. One image is the part ``image``; several are parts ``image[]``, as the official
    client sends them, unless the server wants them as ``image`` too.
    """
    field = "image" if len(request.images) == 1 or values.get("image_field") in ("image", "one") else "image[]"
    files = [_file_part(field, image) for image in request.images]
    files += [
        _file_part(name, image)
        for name, image in (("mask", request.mask), ("markup", request.markup))
        if image is not None
    ]
    fields = form_fields(shaped_body(request, values))
    return ApiCall("POST", EDITS, FormBody(fields, files), model=_name(request))


def _file_part(field: str, image: InputImage) -> FilePart:
    return FilePart(field, image.path, image.name, image.content_type)


def analyze_call(request: Request, history: History, values: Values) -> ApiCall:
    """Return the call that asks about the images, after the earlier turns of the conversation. ``values`` are the
    server's capabilities.

    ``history`` holds pairs of role ("user" or "assistant") and text, oldest first. The images belong to the first
    question.
    """
    is_chat = values.get("responses") == NO
    body = _chat_body(request, history, values) if is_chat else _responses_body(request, history)
    return ApiCall("POST", "/chat/completions" if is_chat else "/responses", JsonBody(body), model=_name(request))


def decisions_call(request: Request) -> ApiCall | None:
    """Return the call of ``POST /decisions`` for a request with ``questions``, None if its model does not take them."""
    questions = request.values.get("questions")
    if not questions or request.model != DECISIONS_MODEL:
        return None
    detail = request.values.get("detail") or "auto"
    images = [{"type": "input_image", "image_url": url, "detail": detail} for url in _image_urls(request)]
    body = {"model": _name(request), "input": [{"role": "user", "content": images}], "questions": questions}
    return ApiCall("POST", "/decisions", JsonBody(body), model=_name(request))


def _turns(request: Request, history: History) -> list[tuple[str, str]]:
    return [*history, ("user", str(request.values["text"]))]


def _image_urls(request: Request) -> list[str | DataUrl]:
    if request.values.get("input_type") != "urls":  # a text-only request has no images either
        return [DataUrl(image.path, image.content_type) for image in request.images]
    return list(request.values["image_urls"])


def _responses_body(request: Request, history: History) -> dict[str, Any]:
    detail = request.values.get("detail") or "auto"
    images = [{"type": "input_image", "image_url": url, "detail": detail} for url in _image_urls(request)]
    messages: list[dict[str, Any]] = []
    for role, text in _turns(request, history):
        content = [{"type": "input_text", "text": text}, *images] if not messages else text
        messages.append({"role": role, "content": content})
    sent = request.wire()
    body: dict[str, Any] = {"model": _name(request), "input": messages}
    body |= {name: sent[name] for name in ("max_output_tokens", "reasoning", "stream") if name in sent}
    if schema := request.values.get("schema"):
        body["text"] = {"format": {"type": "json_schema", **_schema(schema)}}
    return body


def _chat_body(request: Request, history: History, values: Values) -> dict[str, Any]:
    detail = request.values.get("detail") or "auto"
    images = [{"type": "image_url", "image_url": {"url": url, "detail": detail}} for url in _image_urls(request)]
    messages: list[dict[str, Any]] = []
    for role, text in _turns(request, history):
        content = [{"type": "text", "text": text}, *images] if not messages else text
        messages.append({"role": role, "content": content})
    body: dict[str, Any] = {"model": _name(request), "messages": messages}
    sent = request.wire()
    if "max_output_tokens" in sent:
        body[values.get("token_limit", "max_completion_tokens")] = sent["max_output_tokens"]
    if effort := sent.get("reasoning", {}).get("effort"):
        body["reasoning_effort"] = effort
    if sent.get("stream"):
        body["stream"] = True
        if values.get("stream_usage") != NO:
            body["stream_options"] = {"include_usage": True}
    if schema := request.values.get("schema"):
        body["response_format"] = {"type": "json_schema", "json_schema": _schema(schema)}
    return body


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "answer", "schema": schema, "strict": True}
