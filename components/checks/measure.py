"""Measure one image. No model is asked, nothing is sent; decoding waits at the decode gate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageStat

from components.checks.definitions import Settings
from components.checks.verdict import ERROR, FAIL, Verdict, judged, not_judged
from components.images.decoding.opening import check_size, decoding, open_image, refusing
from components.images.errors import ImageRefused
from components.images.ocr import read_text
from components.images.preview import small_image
from components.parameters import applicable

COMPARED = (64, 64)  # pixels, for the distance of two images
COLORED = (128, 128)  # pixels that an image fits into while its colors are counted
LOOKS_LIKE = 25.0  # CIE76 difference up to which two colors count as the same; 2.3 is just noticeable
WITHOUT_PIXELS = frozenset({"svg"})
NO_PIXELS = "A drawing in SVG has no pixels to measure."


@dataclass(frozen=True)
class Subject:
    """An image and its request: `values` are those of its recipe, `facts` what was stored with the image.

    `reference` is the file of the image to compare with, None where the library has none.
    """

    path: Path
    format: str
    width: int
    height: int
    operation: str
    model: str
    values: Mapping[str, Any]
    facts: Mapping[str, Any]
    max_pixels: int
    reference: Path | None = None

    def asked(self, name: str) -> Any:
        """Return the requested value or its default; None if the model has no such parameter."""
        known = next((one for one in applicable(self.operation, self.model, self.values) if one.name == name), None)
        return None if known is None else self.values.get(name, known.default)


def measure(kind: str, subject: Subject, settings: Settings) -> Verdict:
    """Return the verdict of a measured check. Never raise: what cannot be opened is an error of the check."""
    try:
        if kind in _PIXELS and subject.format in WITHOUT_PIXELS:
            return not_judged(NO_PIXELS)
        return MEASURES[kind](subject, settings)
    except (ImageRefused, OSError) as problem:
        return Verdict(ERROR, f"The image could not be read: {problem}"[:500])
    except KeyError:
        return Verdict(ERROR, "This version of the app does not know this check.")


def _size(subject: Subject, _: Settings) -> Verdict:
    found = re.fullmatch(r"(\d+)x(\d+)", str(subject.asked("size") or ""))
    if found is None:
        return not_judged("The request names no size.")
    is_same = (int(found[1]), int(found[2])) == (subject.width, subject.height)
    return judged(is_same, f"requested {found[0]}, returned {subject.width}x{subject.height}")


def _format(subject: Subject, _: Settings) -> Verdict:
    asked = subject.asked("output_format")
    if not asked:
        return not_judged("The request names no format.")
    return judged(asked == subject.format, f"requested {asked}, returned {subject.format}")


def _transparent(subject: Subject, settings: Settings) -> Verdict:
    """Count the pixels with alpha 0, at full size."""
    if subject.asked("background") != "transparent":
        return not_judged("The request has no transparent background.")
    with open_image(subject.path) as image, refusing():
        check_size(image, subject.max_pixels)
        with decoding(image, copies=1):
            image.load()
            clear = image.convert("RGBA").getchannel("A").histogram()[0] if image.has_transparency_data else 0
            share = clear / (image.width * image.height)
    least = settings["least"]
    return judged(
        100 * share >= least, f"{share:.1%} of the pixels are transparent, at least {least:g}% required", share
    )


def _outside(subject: Subject, settings: Settings) -> Verdict:
    """Use the share that was measured when the edit was saved, see `images.masks.compare`."""
    facts, most = subject.facts, settings["most"]
    if reason := facts.get("other_framing"):
        return not_judged(str(reason))
    share = 0.0 if facts.get("kept_outside") else facts.get("changed_outside")
    if share is None:
        return not_judged("This image is not an edit with a mask.")
    return judged(100 * share <= most, f"{share:.1%} changed outside the mask, at most {most:g}% allowed", float(share))


def _distance(subject: Subject, settings: Settings) -> Verdict:
    """Return the mean absolute difference of red, green and blue, both images at 64x64 pixels over gray, 0 to 1."""
    if subject.reference is None:
        return not_judged("The reference image is no longer in the library, or has no pixels.")
    pair = [_flat(path, subject.max_pixels).resize(COMPARED) for path in (subject.path, subject.reference)]
    share = sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3 / 255
    most = settings["most"]
    return judged(100 * share <= most, f"{share:.1%} from the reference, at most {most:g}% allowed", share)


def _flat(path: Path, max_pixels: int) -> Image.Image:
    small = small_image(path, COLORED, max_pixels=max_pixels).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", small.size, (128, 128, 128, 255)), small).convert("RGB")


def _color(subject: Subject, settings: Settings) -> Verdict:
    """Count the visible pixels within a CIE76 difference of 25 from the color, of the image at 128 pixels."""
    small = small_image(subject.path, COLORED, max_pixels=subject.max_pixels).convert("RGBA")
    is_seen = np.asarray(small.getchannel("A")) >= 128
    if not is_seen.any():
        return Verdict(FAIL, "No pixel is visible.", 0.0)
    wanted = _lab(Image.new("RGB", (1, 1), settings["color"]))[0, 0]
    difference = np.linalg.norm(_lab(small.convert("RGB")) - wanted, axis=2)
    share = float((difference[is_seen] <= LOOKS_LIKE).mean())
    least = settings["least"]
    detail = f"{share:.1%} of the pixels look like {settings['color']}, at least {least:g}% required"
    return judged(100 * share >= least, detail, share)


def _lab(image: Image.Image) -> Any:
    """Return an image in sRGB as an array (rows, columns, 3) of L* (0 to 100), a*, b* (offset by 128)."""
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    made = ImageCms.applyTransform(image, to_lab)
    assert made is not None  # None only for a transform in place
    return np.asarray(made).astype(float) * (100 / 255, 1, 1)


def _text(subject: Subject, settings: Settings) -> Verdict:
    read = read_text(subject.path, subject.max_pixels)
    if read is None:
        return not_judged("rapidocr is not installed on the server.")
    is_there = _letters(settings["text"]) in _letters(read)
    return judged(is_there, f"read: “{' '.join(read.split())[:300]}”" if read.strip() else "no text found")


def _letters(text: str) -> str:
    return "".join(text.casefold().split())


MEASURES: Mapping[str, Callable[[Subject, Settings], Verdict]] = {
    "size": _size,
    "format": _format,
    "transparent": _transparent,
    "outside": _outside,
    "distance": _distance,
    "color": _color,
    "text": _text,
}
_PIXELS = frozenset({"transparent", "distance", "color", "text"})
