"""Requests on the wire: endpoint, headers, body. Source: the API reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from components.client.bodies import DataUrl, FilePart, FormBody, JsonBody, form_fields
from components.client.connections.connection import Connection
from components.client.errors import ApiError, EndpointNotFound, RequestRefused
from components.parameters import InputImage, Request

USER_AGENT = "ImageWorkbench/0.1"
DECISIONS_MODEL = "gpt-6-luna"  # the only model of /decisions

EDITS = "/images/edits"

_NO_ENDPOINT = re.compile(
    r"\b(unknown|unsupported|invalid|no such|not found)\b.{0,20}\b(endpoint|url|path|route)\b", re.I
)

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


@dataclass(frozen=True)
class ApiVariant:
    """Which analyze API a server supports, learned from its refusals and kept for the connection."""

    endpoint: Literal["/responses", "/chat/completions"] = "/responses"
    limit_name: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    usage_in_stream: bool = True

    def after(self, error: ApiError) -> ApiVariant | None:
        """Return the variant to try after this refusal, or None when the refusal has another reason."""
        if self.endpoint == "/responses":
            return replace(self, endpoint="/chat/completions") if isinstance(error, EndpointNotFound) else None
        if not isinstance(error, RequestRefused) or error.status not in (400, 422):
            return None
        message = f"{error.param} {error.what}"
        if self.usage_in_stream and "stream_options" in message:
            return replace(self, usage_in_stream=False)
        if self.limit_name == "max_completion_tokens" and self.limit_name in message:
            return replace(self, limit_name="max_tokens")
        return None


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


def generate_call(request: Request) -> ApiCall:
    return ApiCall("POST", "/images/generations", JsonBody(request.wire()), model=_name(request))


def edit_call(request: Request) -> ApiCall:
    """Return the call of an edit. One image is the part ``image``; several are parts ``image[]``."""
    field = "image" if len(request.images) == 1 else "image[]"
    files = [_file_part(field, image) for image in request.images]
    files += [
        _file_part(name, image)
        for name, image in (("mask", request.mask), ("markup", request.markup))
        if image is not None
    ]
    return ApiCall("POST", EDITS, FormBody(form_fields(request.wire()), files), model=_name(request))


def _file_part(field: str, image: InputImage) -> FilePart:
    return FilePart(field, image.path, image.name, image.content_type)


def analyze_call(request: Request, history: History, variant: ApiVariant) -> ApiCall:
    """Return the call that asks about the images, after the earlier turns of the conversation.

    ``history`` holds pairs of role ("user" or "assistant") and text, oldest first. The images belong to the first
    question.
    """
    build = _responses_body if variant.endpoint == "/responses" else _chat_body
    return ApiCall("POST", variant.endpoint, JsonBody(build(request, history, variant)), model=_name(request))


def decisions_call(request: Request) -> ApiCall | None:
    """Return the call of ``POST /decisions`` for a request with ``questions``, None if its model does not take them."""
    questions = request.values.get("questions")
    if not questions or request.model != DECISIONS_MODEL:
        return None
    detail = request.values.get("detail") or "auto"
    images = [{"type": "input_image", "image_url": url, "detail": detail} for url in _image_urls(request)]
    body = {"model": _name(request), "input": [{"role": "user", "content": images}], "questions": questions}
    return ApiCall("POST", "/decisions", JsonBody(body), model=_name(request))


def lacks_endpoint(error: RequestRefused) -> bool:
    """Return whether a refusal says that the server does not have the endpoint; some gateways say so with 400."""
    if isinstance(error, EndpointNotFound):
        return True
    return error.status == 400 and _NO_ENDPOINT.search(error.what) is not None


def _turns(request: Request, history: History) -> list[tuple[str, str]]:
    return [*history, ("user", str(request.values["text"]))]


def _image_urls(request: Request) -> list[str | DataUrl]:
    if request.values.get("input_type") != "urls":  # a text-only request has no images either
        return [DataUrl(image.path, image.content_type) for image in request.images]
    return list(request.values["image_urls"])


def _responses_body(request: Request, history: History, variant: ApiVariant) -> dict[str, Any]:
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


def _chat_body(request: Request, history: History, variant: ApiVariant) -> dict[str, Any]:
    detail = request.values.get("detail") or "auto"
    images = [{"type": "image_url", "image_url": {"url": url, "detail": detail}} for url in _image_urls(request)]
    messages: list[dict[str, Any]] = []
    for role, text in _turns(request, history):
        content = [{"type": "text", "text": text}, *images] if not messages else text
        messages.append({"role": role, "content": content})
    body: dict[str, Any] = {"model": _name(request), "messages": messages}
    sent = request.wire()
    if "max_output_tokens" in sent:
        body[variant.limit_name] = sent["max_output_tokens"]
    if effort := sent.get("reasoning", {}).get("effort"):
        body["reasoning_effort"] = effort
    if sent.get("stream"):
        body["stream"] = True
        if variant.usage_in_stream:
            body["stream_options"] = {"include_usage": True}
    if schema := request.values.get("schema"):
        body["response_format"] = {"type": "json_schema", "json_schema": _schema(schema)}
    return body


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "answer", "schema": schema, "strict": True}
