"""`POST /v1/images/edits`: a multipart form, or JSON with data URLs; refusals as OpenAI words them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from components.engine import refusals
from components.engine.brief import brief_of
from components.engine.images import Order, answer, read_json
from components.engine.refusals import Refusal
from components.engine.retouch import Material, retouch
from components.engine.validate import check
from components.parameters import CATALOGUE, Images, InputImage, MaskImage, find_model

MAX_PIXELS = 80_000_000
MAX_PARTS = 60
TYPES = ("image/png", "image/jpeg", "image/webp")
BROKEN = (OSError, SyntaxError, ValueError, EOFError)


@dataclass(frozen=True)
class Part:
    """One file of a request."""

    field: str
    name: str
    content_type: str
    data: bytes


@dataclass
class Parts:
    """A request taken apart: its texts and its files, in their order."""

    texts: dict[str, Any] = field(default_factory=dict)
    files: list[Part] = field(default_factory=list)

    def named(self, *names: str) -> list[Part]:
        """The files of these fields."""
        return [part for part in self.files if part.field in names]


async def edit(request: Request) -> Response:
    """Change pictures as asked."""
    form = request.headers.get("content-type", "").startswith("multipart/form-data")
    parts = await _from_form(request) if form else _from_json(await read_json(request))
    pictures = parts.named("image", "image[]")
    model = find_model(str(parts.texts.get("model") or ""), "edit")
    kind = model.family.kinds.get("image")
    if not pictures:
        raise refusals.missing("image")
    if isinstance(kind, Images) and len(pictures) > kind.maximum:
        raise refusals.too_many("image", len(pictures), kind.maximum)
    inputs = tuple(_input(part, kind if isinstance(kind, Images) else None) for part in pictures)
    asked = check("edit", parts.texts, inputs, form=form)
    opened = tuple(_opened(part) for part in pictures)
    mask = _overlay(parts, "mask", opened[0], model.id)
    markup = _overlay(parts, "markup", opened[0], model.id)
    if mask is not None and markup is not None:
        raise refusals.not_allowed("markup", "'mask' and 'markup' cannot be used together.")
    if mask is not None and asked.output_format == "gif":
        raise refusals.not_allowed("mask", "'mask' is not supported with output_format 'gif'.")
    size = str(asked.values.get("size", "auto"))
    width, height = opened[0].size if size == "auto" else tuple(int(edge) for edge in size.split("x"))
    material = Material(opened, mask, markup, str(asked.values.get("input_fidelity", "low")))
    played: Response | None = await request.app.state.mischief.play(asked.prompt)
    if played is not None:
        return played

    def draw(index: int) -> Image.Image:
        return retouch(brief_of(asked, index, (width, height)), material)

    return await answer(request, Order(asked, width, height, draw, event="image_edit"))


async def _from_form(request: Request) -> Parts:
    parts = Parts()
    try:
        async with request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    data = await value.read()
                    parts.files.append(Part(name, value.filename or "", value.content_type or "", data))
                    continue
                if name in parts.texts or name in {"image", "image[]", "mask", "markup"}:
                    raise refusals.not_allowed(name, f"Duplicate parameter or text in place of a file: '{name}'.")
                parts.texts[name] = value
    except MultiPartException as error:
        raise Refusal(400, f"The multipart form cannot be read: {error.message}") from None
    if len(parts.named("image")) > 1:
        message = "Duplicate parameter: 'image'. You provided multiple values for this parameter, whereas only one is"
        raise Refusal(400, f"{message} allowed. Use 'image[]' for several.", param="image", code="duplicate_parameter")
    return parts


def _from_json(body: dict[str, Any]) -> Parts:
    texts = {name: value for name, value in body.items() if name not in {"images", "mask", "markup"}}
    parts = Parts(texts)
    images = body.get("images")
    for item in images if isinstance(images, list) else []:
        parts.files.append(_from_data_url("image[]", item))
    for name in ("mask", "markup"):
        if body.get(name) is not None:
            parts.files.append(_from_data_url(name, body[name]))
    return parts


def _from_data_url(name: str, item: Any) -> Part:
    url = item.get("image_url") if isinstance(item, dict) else None
    head, comma, text = str(url or "").partition(",")
    if not head.startswith("data:image/") or not comma:
        raise refusals.not_allowed(name, "The engine takes pictures as data URLs only; it fetches nothing.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refusals.not_allowed(name, "The data URL is not valid base64.") from None
    return Part(name, "picture", head.removeprefix("data:").partition(";")[0], data)


def _input(part: Part, kind: Images | None) -> InputImage:
    if part.content_type not in TYPES:
        message = f"Invalid file '{part.name}': unsupported mimetype ('{part.content_type or 'none'}'). Supported are "
        raise Refusal(400, message + ", ".join(TYPES) + ".", param="image", code="unsupported_file_mimetype")
    image = _opened(part)
    sha256 = hashlib.sha256(part.data).hexdigest()
    size = len(part.data)
    return InputImage(Path(), part.name, part.content_type, *image.size, size, sha256, image.has_transparency_data)


def _opened(part: Part) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(part.data))
        if image.width * image.height > MAX_PIXELS:
            raise Refusal(
                400, f"The image file '{part.name}' has too many pixels.", param=part.field, code="invalid_image"
            )
        image.load()
    except BROKEN:
        message = f"Invalid image file or mode for '{part.name}', please check your image file."
        raise Refusal(400, message, param=part.field.strip("[]"), code="invalid_image_file") from None
    return image


def _overlay(parts: Parts, name: str, first: Image.Image, model: str) -> Image.Image | None:
    found = parts.named(name)
    if not found:
        return None
    kind = CATALOGUE[model].family.kinds.get(name)
    if not isinstance(kind, MaskImage):
        raise refusals.unsupported(name, model)
    part = found[0]
    if part.content_type != "image/png":
        message = f"Invalid {name}: the file must be a PNG, but its type is '{part.content_type or 'none'}'."
        raise Refusal(400, message, param=name, code="unsupported_file_mimetype")
    if len(part.data) >= kind.max_bytes:
        message = f"Invalid {name}: it has {len(part.data):,} bytes; it must be under {kind.max_bytes:,}."
        raise Refusal(400, message, param=name, code="file_too_large")
    image = _opened(part)
    if image.size != first.size:
        message = f"Invalid {name} image format - its size {image.size} does not match the image's {first.size}."
        raise Refusal(400, message, param=name, code="invalid_image_format")
    if not image.has_transparency_data:
        raise Refusal(
            400, f"Invalid {name} image format - it has no alpha channel.", param=name, code="invalid_image_format"
        )
    return image
