"""Check a file that claims to be an image: what it really is, and whether it decodes to the last pixel.

One decode serves both the check and the thumbnail.
"""

from __future__ import annotations

import io
import struct
import xml.etree.ElementTree as ElementTree
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from PIL import Image, ImageOps

from components.images.decoding.decode_gate import TooMuchMemory, decode_cost, gate
from components.images.frames import MAX_FRAMES, frame_count
from components.images.normalize import eight_bits, gray_levels
from components.images.shrink import reduced

EDGE = 512
# Measured for 1024x1024 pixels: 1.5 ms as JPEG, 16 to 20 ms as WebP, while a person waits for the image.
THUMBNAIL = {False: ("JPEG", {"quality": 85}), True: ("WEBP", {"quality": 80, "method": 0})}
SVG_LIMIT = 20_000_000
SVG_EDGE = 100_000

# What an answer may be. No EPS, which starts Ghostscript, and nothing rare; MPO comes with JPEG.
READABLE = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "JPEG2000", "PPM")
ANIMATED = frozenset({"GIF", "WEBP", "PNG"})

# Pillow's names of formats -> the API's; a phone's MPO is a JPEG with more images behind it.
FORMATS = {"MPO": "jpeg", "JPEG": "jpeg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}

# What Pillow raises on broken files; some are not an OSError, and a zip bomb in a text chunk is a plain ValueError.
BROKEN = (OSError, SyntaxError, ValueError, struct.error, EOFError, IndexError, KeyError, OverflowError, MemoryError)


class NotAnImage(ValueError):
    """The file cannot be used as an image. The message tells a person why."""


@dataclass(frozen=True)
class ImageInfo:
    """Describe an image that decodes: its format ("png", "jpeg", "webp", "gif", "svg" or Pillow's in small letters),
    its size in pixels as stored, Pillow's mode, its frames, whether it has transparency, its size in bytes."""

    format: str
    width: int
    height: int
    mode: str
    frames: int
    has_alpha: bool
    bytes: int


def inspect(path: Path, *, max_pixels: int, thumbnail: Path | None = None, edge: int = EDGE) -> ImageInfo:
    """Decode all of an image and, if `thumbnail` is given, write a small one of at most `edge` pixels there.

    The small one stands upright and is a JPEG, or a WebP where there is transparency (see `thumbnail_extension`);
    an SVG gets none. It waits at the decode gate. Raise NotAnImage for anything that is not an
    image, is broken, has more than `max_pixels` pixels (width times height), more than MAX_FRAMES frames, or
    would take more memory than decoding may; OSError only when the thumbnail cannot be written.
    """
    size = path.stat().st_size
    if not size:
        raise NotAnImage("The file is empty.")
    with path.open("rb") as file:
        head = file.read(512)
    if looks_like_svg(head):
        return _inspect_svg(path, size)
    try:
        image = Image.open(path, formats=READABLE)
    except BROKEN as error:
        raise NotAnImage("This is not an image in a format that can be read.") from error
    with image:
        check_pixels(image.width, image.height, max_pixels)
        try:
            found, small = _decoded(image, path, size, max_pixels, 0 if thumbnail is None else edge)
        except NotAnImage:
            raise
        except TooMuchMemory as error:
            raise NotAnImage(f"The image is {image.width}x{image.height}. {error}") from error
        except BROKEN as error:
            raise NotAnImage("The image is broken: its data ends early or is invalid.") from error
    if small is not None and thumbnail is not None:
        _write_thumbnail(small, thumbnail, found)
    return found


def format_of(data: Path | bytes) -> str:
    """Return an image's format, named as in `ImageInfo`, by its beginning. Raise NotAnImage, and OSError for a file."""
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
        if looks_like_svg(file.read(512)):
            return "svg"
        file.seek(0)
        try:
            with Image.open(file, formats=READABLE) as image:
                kind = image.format or ""
        except BROKEN as error:
            raise NotAnImage("This is not an image in a format that can be read.") from error
    return FORMATS.get(kind, kind.lower())


def thumbnail_extension(image: ImageInfo) -> str:
    """Return the file name extension of an image's thumbnail, without the dot."""
    return "webp" if image.has_alpha else "jpg"


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise NotAnImage for an image without pixels, or with more than `max_pixels`."""
    if width < 1 or height < 1:
        raise NotAnImage(f"The image is {width}x{height}; it has no pixels.")
    if width * height > max_pixels:
        raise NotAnImage(
            f"The image is {width}x{height}, {width * height / 1e6:.0f} megapixels; at most "
            f"{max_pixels / 1e6:.0f} megapixels are opened here."
        )


def has_transparency(image: Image.Image) -> bool:
    """Return whether an image has an alpha channel or a transparent color, which a PNG in mode RGB can have too."""
    return image.has_transparency_data


def _decoded(
    image: Image.Image, path: Path, size: int, max_pixels: int, edge: int
) -> tuple[ImageInfo, Image.Image | None]:
    """Decode an opened image to its last pixel. Return what it is, and a small one if `edge` is not 0."""
    frames = frame_count(image, path)
    if frames > MAX_FRAMES:
        raise NotAnImage(f"The animation has more than {MAX_FRAMES:,} frames; such files are not opened here.")
    width, height = image.size
    mode = image.mode
    if image.format in {"JPEG", "MPO"} and edge:
        # All data is read in any case, which shows that it is complete; the full pixels are never in memory.
        image.draft(mode, (edge, edge))
    with gate.claim(decode_cost(image, stored=(width, height))), closing(image):  # no pixels outlive the claim
        image.load()
        kind = FORMATS.get(image.format or "", (image.format or "unknown").lower())
        found = ImageInfo(kind, width, height, mode, frames, has_transparency(image), size)
        small = _small(image, edge, alpha=found.has_alpha) if edge else None
        _load_other_frames(image, found, max_pixels)
    return found, small


def _load_other_frames(image: Image.Image, found: ImageInfo, max_pixels: int) -> None:
    # Many frames may be a bomb as much as a large one; beyond the limit only the first one is checked.
    if image.format in ANIMATED and found.frames * image.width * image.height <= max_pixels:
        for frame in range(1, found.frames):
            image.seek(frame)
            image.load()


def _small(image: Image.Image, edge: int, *, alpha: bool) -> Image.Image:
    levels = gray_levels(image)

    def common(strip: Image.Image) -> Image.Image:
        strip = eight_bits(strip, levels) or strip
        return strip.convert("RGBA" if alpha else "RGB") if strip.mode not in {"RGB", "RGBA", "L"} or alpha else strip

    # Integer factors first, which are many times cheaper than a resize; the usual sizes need nothing more.
    small = reduced(image, max(1, max(image.size) // edge), common)
    small.thumbnail((edge, edge), Image.Resampling.BILINEAR)
    with suppress(*BROKEN, Warning):  # broken EXIF must not refuse a good image
        small = ImageOps.exif_transpose(small)
    return small


def _write_thumbnail(small: Image.Image, target: Path, of: ImageInfo) -> None:
    name, options = THUMBNAIL[of.has_alpha]
    small.save(target, name, **options)


def looks_like_svg(head: bytes) -> bool:
    """Return whether the first bytes are those of an SVG document."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and (b"<svg" in text or b"<?xml" in text)


def _inspect_svg(path: Path, size: int) -> ImageInfo:
    if size > SVG_LIMIT:
        raise NotAnImage(f"The SVG has {size / 1e6:.0f} MB; at most {SVG_LIMIT / 1e6:.0f} MB are read.")
    root = _svg_root(path.read_bytes())
    box = (root.get("viewBox") or "").replace(",", " ").split()
    width = _length(root.get("width")) or (_length(box[2]) if len(box) == 4 else 0)
    height = _length(root.get("height")) or (_length(box[3]) if len(box) == 4 else 0)
    if not width or not height:
        raise NotAnImage("The SVG does not say how large it is.")
    if max(width, height) > SVG_EDGE:
        raise NotAnImage(f"The SVG is too large: at most {SVG_EDGE:,} pixels an edge are taken.")
    return ImageInfo("svg", width, height, "vector", 1, True, size)


def _svg_root(data: bytes) -> ElementTree.Element:
    # Entities can blow a small file up to gigabytes, so a document type that declares any is refused.
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise NotAnImage("The SVG declares entities, which is how such files are used for attacks.")

    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
        root = ElementTree.fromstring(data)  # noqa: S314 — entities were refused above
    except (expat.ExpatError, ElementTree.ParseError, ValueError) as error:
        if isinstance(error, NotAnImage):
            raise
        raise NotAnImage("The SVG is broken: it is not well-formed XML.") from error
    if root.tag.rpartition("}")[2] != "svg":
        raise NotAnImage("This is XML, but not an SVG.")
    return root


def _length(text: str | None) -> int:
    digits = (text or "").strip().removesuffix("px")
    try:
        return max(0, round(float(digits)))
    except (ValueError, OverflowError):  # words, nan; infinity
        return 0
