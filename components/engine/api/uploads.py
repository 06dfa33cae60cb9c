"""Read uploaded images: parts of a form or data URLs in JSON, with errors as OpenAI words them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from components.engine.api import errors
from components.engine.api.errors import RequestError
from components.images.decoding.decode_gate import TooMuchMemory, decode_cost, gate
from components.images.decoding.probe import BROKEN
from components.parameters import InputImage

MAX_PIXELS = 80_000_000
MAX_PARTS = 64
MAX_TEXT = 1_000_000  # bytes of one text part; a prompt has at most 32,000 characters
TYPES = ("image/jpeg", "image/png", "image/webp")
FILES = ("image", "image[]", "mask", "markup")


@dataclass(frozen=True)
class Part:
    """Hold one file of a request: its field, its own name, the type it claims, its bytes."""

    field: str
    name: str
    content_type: str
    data: bytes

    @property
    def param(self) -> str:
        """Return the parameter that an error names."""
        return self.field.removesuffix("[]")


@dataclass
class Parts:
    """Hold a request's texts and files in their order."""

    texts: dict[str, Any] = field(default_factory=dict)
    files: list[Part] = field(default_factory=list)

    def named(self, *names: str) -> list[Part]:
        """Return the files of these fields."""
        return [part for part in self.files if part.field in names]


async def from_form(request: Request) -> Parts:
    """Return the parts of a multipart form. Raise RequestError for repeated ones and for text where a file belongs."""
    parts = Parts()
    try:
        async with request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=MAX_TEXT) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    _no_second(parts, name)
                    parts.files.append(Part(name, value.filename or "", value.content_type or "", await value.read()))
                elif name in FILES:
                    # A file part without a file name is read as text, and so are links.
                    message = f"Invalid type for '{name}': expected a file, but got a string instead."
                    raise RequestError(400, message, param=name, code="invalid_type")
                elif name in parts.texts:
                    raise errors.duplicate(name)
                else:
                    parts.texts[name] = value
    except MultiPartException as error:
        raise RequestError(400, f"The multipart form cannot be read: {error.message}") from None
    return parts


async def single_file(request: Request, field: str) -> Part:
    """Return the one file of a multipart form, whatever else stands in it. Raise RequestError."""
    try:
        async with request.form(max_files=1, max_fields=MAX_PARTS, max_part_size=MAX_TEXT) as form:
            file = form.get(field)
            if not isinstance(file, UploadFile):
                raise errors.missing(field)
            return Part(field, file.filename or "", file.content_type or "", await file.read())
    except MultiPartException as error:
        raise RequestError(400, f"The multipart form cannot be read: {error.message}") from None


def _no_second(parts: Parts, name: str) -> None:
    if name not in FILES:
        raise errors.unknown(name)
    if name != "image[]" and parts.named(name):
        raise errors.duplicate(name)


def from_json(body: dict[str, Any]) -> Parts:
    """Return the parts of a JSON body: `images`, `mask` and `markup` hold `{"image_url": "data:…"}`."""
    parts = Parts({name: value for name, value in body.items() if name not in {"images", "mask", "markup"}})
    images = body.get("images")
    if images is not None and not isinstance(images, list):
        raise errors.wrong_type("images", "an array", images)
    parts.files += [_from_data_url("image[]", f"images[{place}]", item) for place, item in enumerate(images or [])]
    for name in ("mask", "markup"):
        if body.get(name) is not None:
            parts.files.append(_from_data_url(name, name, body[name]))
    return parts


def _from_data_url(field_name: str, param: str, item: Any) -> Part:
    url = item.get("image_url") if isinstance(item, dict) else None
    content_type, data = read_data_url(url, f"{param}.image_url")
    return Part(field_name, param, content_type, data)


def read_data_url(url: Any, param: str) -> tuple[str, bytes]:
    """Return content type and bytes of a data URL. Raise RequestError for others: the engine fetches nothing."""
    if not isinstance(url, str) or not url:
        raise errors.missing(param)
    head, comma, text = url.partition(",")
    if not head.startswith("data:"):
        message = "The built-in engine takes images as data URLs only; it fetches nothing from the network."
        raise RequestError(400, message, param=param, code="invalid_image_url")
    content_type = head.removeprefix("data:").partition(";")[0]
    if not comma or not head.endswith(";base64"):
        raise RequestError(400, "The data URL is not base64.", param=param, code="invalid_base64_image")
    try:
        return content_type, base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(400, "The data URL is not valid base64.", param=param, code="invalid_base64_image") from None


def check_type(part: Part, types: tuple[str, ...] = TYPES) -> None:
    """Raise RequestError unless a file says that it is one of these types."""
    if part.content_type in types:
        return
    claimed = part.content_type or "application/octet-stream"
    listed = ", ".join(f"'{name}'" for name in types[:-1])
    listed = f"{listed}, and '{types[-1]}'" if listed else f"'{types[-1]}'"
    message = f"Invalid file '{part.param}': unsupported mimetype ('{claimed}'). Supported file formats are {listed}."
    raise RequestError(400, message, param=part.param, code="unsupported_file_mimetype")


def open_raw(data: bytes, name: str, param: str) -> Image.Image:
    """Return an image, decoded, as it is stored. Raise RequestError for no image, a broken or a too large one."""
    try:
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > MAX_PIXELS:
            most = f"{MAX_PIXELS // 1_000_000} megapixels"
            message = f"The image file '{name}' is {image.width}x{image.height}; at most {most} are taken."
            raise RequestError(400, message, param=param, code="image_too_large")
        with gate.claim(decode_cost(image)):
            image.load()
    except TooMuchMemory as error:
        raise RequestError(400, f"The image file '{name}': {error}", param=param, code="image_too_large") from None
    except BROKEN:
        message = f"Invalid image file or mode for '{name}', please check your image file."
        raise RequestError(400, message, param=param, code="invalid_image_file") from None
    return image


def open_upright(data: bytes, name: str, param: str) -> Image.Image:
    """Return an image, decoded and turned upright. Raise RequestError like `open_raw`."""
    image = open_raw(data, name, param)
    with suppress(*BROKEN):  # broken EXIF must not refuse a good image
        return ImageOps.exif_transpose(image)
    return image


def describe(part: Part, image: Image.Image) -> InputImage:
    """Return what the registry's rules look at."""
    sha256 = hashlib.sha256(part.data).hexdigest()
    alpha = image.has_transparency_data
    return InputImage(Path(), part.name, part.content_type, *image.size, len(part.data), sha256, alpha)
