"""What every export of a request as code shares: its body and its files, by the names that the API has for them.

The key is never in an export, and neither is a folder of this machine: files stand there by their names.
Answers are taken whole, since a script or a workflow has nobody to show previews to, and each preview costs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters.request import Request

OPENAI_BASE_URL = "https://api.openai.com/v1"
PATHS = {"generate": "/images/generations", "edit": "/images/edits", "analyze": "/responses"}


@dataclass(frozen=True)
class FilePart:
    """A file that goes in: the part of the form it is, its name, its content type, and a name without signs."""

    part: str
    name: str
    content_type: str
    field_name: str


def plain_body(request: Request) -> dict[str, Any]:
    """The body without files, pictures and whatever only a streamed answer has."""
    body = {name: value for name, value in request.wire().items() if name not in {"stream", "partial_images"}}
    if schema := request.values.get("schema"):
        body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}}
    return body


def analysis_input(request: Request, pictures: Sequence[Any]) -> list[dict[str, Any]]:
    """The `input` of an analysis: the question, then each picture's address or data URL with its detail."""
    content: list[dict[str, Any]] = [{"type": "input_text", "text": request.values["text"]}]
    detail = request.values["detail"]
    content += [{"type": "input_image", "image_url": picture, "detail": detail} for picture in pictures]
    return [{"role": "user", "content": content}]


def image_urls(request: Request) -> list[str]:
    """The addresses of pictures that the server itself fetches."""
    return list(request.values.get("image_urls", ()))


def file_parts(request: Request) -> list[FilePart]:
    """The files in their order: one picture is the part `image`, several are `image[]`, then mask and markup."""
    several = len(request.images) > 1
    found = [
        FilePart(
            "image[]" if several else "image", image.name, image.content_type, f"image_{place}" if several else "image"
        )
        for place, image in enumerate(request.images, 1)
    ]
    for name, overlay in (("mask", request.mask), ("markup", request.markup)):
        found += [FilePart(name, overlay.name, overlay.content_type, name)] if overlay else []
    return found


def form_fields(body: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A body as the text parts of a form: svg[model], svg[reasoning][effort]."""
    fields: list[tuple[str, str]] = []
    for name, value in body.items():
        path = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            fields += form_fields(value, path)
        else:
            fields.append((path, json.dumps(value) if isinstance(value, bool) else str(value)))
    return fields


def returns_urls(request: Request) -> bool:
    """Whether the pictures come as links."""
    return bool(request.values.get("response_url"))


def file_extension(request: Request) -> str:
    """What the files that come are called behind the dot."""
    return str(request.values.get("output_format", "png"))
