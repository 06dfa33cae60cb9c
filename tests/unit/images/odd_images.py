"""Images as people and attackers have them, made with Pillow or byte by byte."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from tests.setup.environment import ROOT

SAMPLES = ROOT / "tests" / "samples"
ORIENTATION = 0x0112


def photo(name: str = "coffee.png") -> Image.Image:
    """Return one of the sample photographs in RGB."""
    with Image.open(SAMPLES / name) as image:
        return image.convert("RGB")


def heic(name: str) -> bytes:
    """Return the bytes of a HEIC sample; pi-heif only reads the format, so none can be written here."""
    return (SAMPLES / f"{name}.heic").read_bytes()


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """Return an image as a file's bytes."""
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def opened(data: bytes | Path) -> Image.Image:
    """Return a file's pixels."""
    with warnings.catch_warnings():  # Pillow's own, on broken EXIF
        warnings.simplefilter("ignore")
        image = Image.open(data if isinstance(data, Path) else io.BytesIO(data))
        image.load()
    return image


def rotated_exif(orientation: int) -> Image.Exif:
    """Return EXIF with an orientation."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, color: int, rows: bytes, *more: bytes) -> bytes:
    """Return a PNG made by hand: `rows` are its raw bytes, each row with its filter's byte in front."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def deep_png(values: np.ndarray[Any, Any], color: int, *more: bytes) -> bytes:
    """Return a PNG with 16 bits a channel: rows of values from 0 to 65535, with or without channels."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, color, rows, *more)


def bomb() -> bytes:
    """Return 20 kB that are 676 MB as RGBA, below Pillow's own limit for an error."""
    return png(13_000, 13_000, 1, 0, bytes(1626 * 13_000))


def text_bomb() -> bytes:
    """Return an image of 2x2 pixels with a text that inflates to 80 MB."""
    return png(2, 2, 8, 0, bytes(6), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000))))


def wide_profile() -> bytes:
    """Return a color profile far from sRGB: red and green are swapped, so that a conversion shows at once."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


def mpo(first: Image.Image, second: Image.Image, **options: Any) -> bytes:
    """Return a phone's JPEG with a second image behind the first."""
    return saved(first, "MPO", save_all=True, append_images=[second], **options)
