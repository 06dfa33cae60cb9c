"""Write images for the wire: PNG, JPEG or WebP, without metadata, named by their content."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, JpegImagePlugin

from components.images.names import clean_name, with_suffix
from components.parameters import InputImage

JPEG_QUALITY = 95
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Format:
    """Describe a format that the API takes: its content type, its file name extension, and the usual ones."""

    content_type: str
    suffix: str
    usual: frozenset[str]


PNG = Format("image/png", "png", frozenset({"png"}))
JPEG = Format("image/jpeg", "jpg", frozenset({"jpg", "jpeg", "jpe", "jfif"}))
WEBP = Format("image/webp", "webp", frozenset({"webp"}))
SENDABLE = {"PNG": PNG, "JPEG": JPEG, "WEBP": WEBP}


def keep_file(
    data: bytes | Path, kind: Format, name: str, size: tuple[int, int], has_alpha: bool, into: Path
) -> InputImage:
    """Write the bytes unchanged to a new file in the folder `into`.

    Its name is never used twice: two people who upload the same bytes at once share no file.
    """
    digest = hashlib.sha256()
    token = uuid.uuid4().hex
    part = into / f"{token}.part"
    into.mkdir(parents=True, exist_ok=True)
    count = 0
    try:
        with part.open("wb") as target:
            for chunk in _chunks(data):
                digest.update(chunk)
                count += target.write(chunk)
        sha256 = digest.hexdigest()
        path = into / f"{token}.{kind.suffix}"
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    name = with_suffix(clean_name(name), kind.suffix, kind.usual)
    return InputImage(path, name, kind.content_type, *size, count, sha256, has_alpha)


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def encode(
    image: Image.Image,
    kind: Format,
    *,
    like: Image.Image | None = None,
    lossless: bool = True,
    quality: int = JPEG_QUALITY,
) -> bytes:
    """Encode an image as a file without metadata, which the image object loses as well.

    A JPEG is as good as `like`, the JPEG it came from, if that is given. `lossless` is for WebP alone, `quality`
    (1 to 95) for JPEG and lossy WebP.
    """
    image = without_metadata(image, kind)
    file = io.BytesIO()
    if kind is PNG:
        image.save(file, "PNG", compress_level=4)
    elif kind is JPEG:
        image.save(file, "JPEG", **_as_good_as(like, quality))
    elif lossless:
        image.save(file, "WEBP", lossless=True, quality=20, method=1, exact=True)
    else:
        image.save(file, "WEBP", quality=quality, method=2)
    return file.getvalue()


def without_metadata(image: Image.Image, kind: Format) -> Image.Image:
    """Return an image in a mode that the format has, without any info but a palette's transparency."""
    modes = {PNG: {"1", "L", "LA", "P", "RGB", "RGBA"}, JPEG: {"L", "RGB"}, WEBP: {"RGB", "RGBA"}}[kind]
    if image.mode not in modes:
        image = image.convert("RGBA" if image.has_transparency_data and kind is not JPEG else "RGB")
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    return image


def _as_good_as(like: Image.Image | None, quality: int) -> dict[str, Any]:
    """Return settings that quantize as the given JPEG did, so that writing it again loses next to nothing."""
    if isinstance(like, JpegImagePlugin.JpegImageFile) and like.mode in {"L", "RGB"}:
        tables = getattr(like, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(like)
        if tables and len(tables) <= 2:
            return {"qtables": list(tables.values()), "subsampling": max(sampling, 0)}
    return {"quality": quality, "subsampling": 0}
