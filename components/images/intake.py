"""Takes in whatever pictures people really have, makes them right for the API, and says what was done.

A file that needs nothing stays byte for byte as it is. Facts: "Pictures that people really have" in the API reference.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from components.images.probe import BROKEN, FORMATS, NotAnImage, check_pixels, has_transparency, looks_like_svg
from components.parameters import InputImage

pillow_heif.register_heif_opener()

SENDABLE = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}
LIMIT_BYTES = 50_000_000
SMALL_BYTES = 4_000_000
LARGE_EDGE = 3840
JPEG_QUALITY = 95
NAME_LENGTH = 80

# Files that are something else entirely, whatever they are called.
IMPOSTORS: Mapping[bytes, str] = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"{": "text",
}


class Refused(ValueError):
    """A file that cannot be taken in; the message says why, for a person."""


@dataclass(frozen=True)
class Offer:
    """Something that may be done with a picture: a button's label, what it means, and its name for `apply_offer`."""

    name: str
    label: str
    help: str


@dataclass(frozen=True)
class Intake:
    """A picture that was taken in, sentences on what was done to it, and what may be done next."""

    image: InputImage
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


RESIZE = Offer("resize", "Make smaller", f"Shrink it to at most {LARGE_EDGE} pixels and under 50 MB.")
CROP = Offer("crop", "Crop to a square", "Cut the longer sides off evenly. dall-e-2 takes only square pictures.")
PAD = Offer(
    "pad", "Pad to a square", "Add see-through borders until it is square. dall-e-2 takes only square pictures."
)
SHRINK = Offer("small", "Make under 4 MB", "Shrink it to a PNG under 4 MB, as dall-e-2 wants it.")


def clean_name(name: str) -> str:
    """A file's name without folders and control characters, of at most 80 characters; never empty."""
    base = re.split(r"[\\/]", name)[-1]
    base = "".join(c for c in base if c.isprintable()).strip(" .")
    stem, dot, suffix = base.rpartition(".")
    if dot and len(base) > NAME_LENGTH:
        base = f"{stem[: NAME_LENGTH - len(suffix) - 1]}.{suffix}"
    return base[:NAME_LENGTH] or "picture"


def take_in(name: str, data: bytes | Path, into: Path, *, max_pixels: int) -> Intake:
    """Check a file, make it right where it must be, and write it into the folder `into`.

    Raises Refused with one sentence for what is no picture, is broken, too large to open, or only pretends to be
    a picture. Width and height of the result are those that a person sees, EXIF orientation applied.
    """
    raw = data.read_bytes() if isinstance(data, Path) else data
    name = clean_name(name)
    if not raw:
        raise Refused("The file is empty.")
    if looks_like_svg(raw[:512]):
        raise Refused("This is an SVG drawing. The models take only pictures made of pixels: save it as PNG first.")
    image = _open(raw, max_pixels)
    notes: list[str] = []
    kind = FORMATS.get(image.format or "", (image.format or "").lower())
    true_jpeg = image.format == "JPEG" or (image.format == "MPO" and getattr(image, "n_frames", 1) == 1)
    fixed = _made_right(image, kind, notes)
    suffix_now = Path(name).suffix.lower().lstrip(".")
    if fixed is None and (kind != "jpeg" or true_jpeg):
        if suffix_now not in {SUFFIXES[kind], kind}:
            notes.append(f"It is called .{suffix_now or '?'}, but is a {kind.upper()}; it is sent as what it is.")
        return _stored(raw, kind, name, image.size, has_transparency(image), notes, into)
    result = fixed if fixed is not None else image
    return _encoded(result, kind, name, notes, into)


def _open(raw: bytes, max_pixels: int) -> Image.Image:
    head = raw[:64].lstrip().lower()
    try:
        image = Image.open(io.BytesIO(raw))
    except UnidentifiedImageError as error:
        what = next((what for start, what in IMPOSTORS.items() if head.startswith(start.lower())), None)
        raise Refused(
            f"This is {what}, not a picture." if what else "This is not a picture that can be read."
        ) from error
    except BROKEN as error:
        raise Refused("The picture is broken: it cannot be opened.") from error
    try:
        check_pixels(image.width, image.height, max_pixels)
        image.load()
    except NotAnImage as error:
        raise Refused(f"{error} Make it smaller, then add it again.") from error
    except BROKEN as error:
        raise Refused("The picture is broken: its data ends early or makes no sense.") from error
    return image


def _made_right(image: Image.Image, kind: str, notes: list[str]) -> Image.Image | None:
    """The picture with all that had to be mended, or None when its bytes can be sent as they are."""
    fixed: Image.Image | None = None
    frames = 1
    with suppress(*BROKEN):
        frames = getattr(image, "n_frames", 1)
    if frames > 1:
        image.seek(0)
        what = "The second picture inside was left out." if image.format == "MPO" else "Only the first frame is used."
        notes.append(what)
        fixed = image.copy()
    if image.mode.startswith(("I;16", "I")) or image.mode == "F":
        fixed = _eight_bits(image)
        notes.append("16 bits a channel were scaled to 8.")
    elif image.mode in {"CMYK", "YCbCr", "LAB", "HSV"}:
        fixed = _to_srgb(image) or image.convert("RGB")
        notes.append(f"{image.mode} colours were turned into RGB.")
    elif (profiled := _to_srgb(image)) is not None:
        fixed = profiled
        notes.append("Its colour profile was turned into sRGB.")
    turned = _turned(fixed or image, image)
    if turned is not None:
        fixed = turned
        notes.append("It was turned upright, as its camera noted.")
    if kind not in SENDABLE:
        notes.append(f"{kind.upper()} was turned into {'PNG' if has_transparency(image) else 'JPEG or PNG'}.")
        fixed = fixed or image
    return fixed


def _turned(image: Image.Image, source: Image.Image) -> Image.Image | None:
    with suppress(*BROKEN):  # broken EXIF must not refuse a good picture
        orientation = source.getexif().get(0x0112, 1)
        if orientation not in (None, 0, 1):
            image = image.copy()
            image.getexif()[0x0112] = orientation
            return ImageOps.exif_transpose(image)
    return None


def _eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    top = 65535.0 if values.max() > 255 or image.mode.startswith("I;16") else max(values.max(), 1.0)
    return Image.fromarray((values / top * 255 + 0.5).clip(0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image | None:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return None
    with suppress(ImageCms.PyCMSError, *BROKEN):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower().replace(" ", ""):
            return None
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        body = image.convert("RGB") if alpha is not None else image
        converted = ImageCms.profileToProfile(body, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        if converted is not None and alpha is not None:
            converted.putalpha(alpha)
        return converted
    return None


def _plain(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if has_transparency(image) else "RGB")


def _encoded(image: Image.Image, kind: str, name: str, notes: list[str], into: Path) -> Intake:
    clear = has_transparency(image)
    lossless = clear or kind in {"png", "gif", "bmp"}
    target = "png" if lossless else "jpeg"
    file = io.BytesIO()
    body = _plain(image)
    body.info.pop("icc_profile", None)
    if target == "png":
        body.save(file, "PNG", compress_level=4, exif=b"")
    else:
        body.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0, exif=b"")
    return _stored(file.getvalue(), target, name, body.size, clear, notes, into)


def _stored(
    raw: bytes, kind: str, name: str, size: tuple[int, int], clear: bool, notes: list[str], into: Path
) -> Intake:
    sha256 = hashlib.sha256(raw).hexdigest()
    path = into / f"{sha256}.{SUFFIXES[kind]}"
    path.write_bytes(raw)
    stem = name.rpartition(".")[0] or name
    image = InputImage(path, f"{stem}.{SUFFIXES[kind]}", SENDABLE[kind], *size, len(raw), sha256, clear)
    return Intake(image, tuple(notes), offers_for(image))


def offers_for(image: InputImage, *, square_png: bool = False) -> tuple[Offer, ...]:
    """What may be done with a picture; `square_png` for a model that takes only square PNGs under 4 MB."""
    offers = []
    if image.bytes >= LIMIT_BYTES:
        offers.append(RESIZE)
    if square_png and image.width != image.height:
        offers += [CROP, PAD]
    elif square_png and (image.bytes >= SMALL_BYTES or image.content_type != "image/png"):
        offers.append(SHRINK)
    return tuple(offers)


def _resize(image: Image.Image) -> Image.Image:
    image.thumbnail((LARGE_EDGE, LARGE_EDGE), Image.Resampling.LANCZOS)
    return image


def _crop(image: Image.Image) -> Image.Image:
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge))


def _pad(image: Image.Image) -> Image.Image:
    edge = max(image.size)
    square = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    square.paste(image.convert("RGBA"), ((edge - image.width) // 2, (edge - image.height) // 2))
    return square


ACTS: Mapping[str, tuple[Callable[[Image.Image], Image.Image], bool, str]] = {
    # offer, what it does, whether the result must be a PNG under 4 MB, what is said of it
    "resize": (_resize, False, "It was made smaller."),
    "crop": (_crop, True, "It was cropped to a square."),
    "pad": (_pad, True, "It was padded to a square."),
    "small": (lambda image: image, True, "It was made a PNG under 4 MB."),
}


def apply_offer(image: InputImage, offer: Offer, into: Path) -> Intake:
    """Do what an offer says; the picture it gives is a new file in `into`. Raises Refused if it cannot be opened."""
    act, small, note = ACTS[offer.name]
    try:
        with Image.open(image.path) as opened:
            opened.load()
            changed = act(_plain(opened))
    except BROKEN as error:
        raise Refused("The picture's file cannot be opened any more. Add it again.") from error
    if not small:
        return _encoded(changed, "jpeg" if image.content_type == "image/jpeg" else "png", image.name, [note], into)
    while True:
        file = io.BytesIO()
        changed.save(file, "PNG", optimize=True)
        if file.tell() < SMALL_BYTES:
            return _stored(file.getvalue(), "png", image.name, changed.size, has_transparency(changed), [note], into)
        share = min(0.9, (SMALL_BYTES / file.tell()) ** 0.5)
        changed = changed.resize((max(1, int(changed.width * share)), max(1, int(changed.height * share))))
