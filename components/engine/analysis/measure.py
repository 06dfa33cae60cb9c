"""Measure an image with Pillow and NumPy: numbers, and words for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from components.engine.analysis.colors import ColorShare, main_colors
from components.images.normalize import eight_bits
from components.images.ocr import read_decoded

EDGES = {"low": 512, "auto": 1024, "high": 2048, "original": 4096}  # the longer edge that is measured at, in pixels
MODES = {
    "1": "black and white, 1 bit",
    "L": "gray, 8 bit",
    "LA": "gray with transparency, 8 bit",
    "P": "a palette of up to 256 colors",
    "RGB": "RGB color, 8 bit",
    "RGBA": "RGB color with transparency, 8 bit",
    "CMYK": "CMYK color for print, 8 bit",
    "I;16": "gray, 16 bit",
    "I": "gray, 32 bit",
    "F": "gray, floating point",
    "YCbCr": "YCbCr color, 8 bit",
}
RATIOS = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 10), (5, 3), (16, 9), (2, 1), (21, 9), (3, 1))


@dataclass(frozen=True)
class Measurement:
    """Hold the measurements of one image. Shares, brightness, contrast, saturation and sharpness run from 0 to 1."""

    format: str
    bytes: int
    width: int
    height: int
    mode: str
    frames: int
    transparent: float | None  # the share of see-through pixels; None without an alpha channel
    colors: tuple[ColorShare, ...]
    distinct: int  # colors in an image reduced to 32 levels a channel
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    edges: float  # the share of pixels on an edge
    flat: float  # the share of pixels that equal their neighbors
    symmetry: float
    camera: str | None
    lens: str | None
    taken: str | None
    exposure: str | None
    software: str | None
    located: bool
    text: str | None = None  # None where no OCR is installed

    @property
    def megapixels(self) -> float:
        """Return width times height in millions of pixels."""
        return self.width * self.height / 1e6

    @property
    def orientation(self) -> str:
        """Return "square", "landscape" or "portrait"."""
        if self.width == self.height:
            return "square"
        return "landscape" if self.width > self.height else "portrait"

    @property
    def ratio(self) -> str:
        """Return the nearest ratio that has a name, such as "3:2", with "about" where it is not exact."""
        long, short = max(self.width, self.height), min(self.width, self.height)
        a, b = min(RATIOS, key=lambda pair: abs(math.log(pair[0] / pair[1] * short / long)))
        exact = abs(a * short - b * long) <= max(a, b)
        name = f"{a}:{b}" if self.width >= self.height else f"{b}:{a}"
        return name if exact else f"about {name}"

    @property
    def kind(self) -> str:
        """Return what the image looks like by its statistics: a photograph, a drawing, text or a screenshot."""
        if self.flat > 0.72 and self.distinct < 900 and self.edges > 0.035 and self.saturation < 0.2:
            return "text or a screenshot"
        if self.flat > 0.45 or self.distinct < 500:
            return "a drawing or graphic"
        return "a photograph or a painting with much texture"


def measure(image: Image.Image, data: bytes, detail: str) -> Measurement:
    """Measure a decoded image; `image` is as it was opened, so that its format and metadata are still known."""
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    small = _flat_rgb(image)
    small.thumbnail((EDGES.get(detail, EDGES["auto"]),) * 2, Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32)
    gray: NDArray[Any] = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    most, least = pixels.max(axis=2), pixels.min(axis=2)
    across, down = np.abs(np.diff(gray, axis=1)), np.abs(np.diff(gray, axis=0))
    reduced = (pixels.astype(np.uint32) >> 3).reshape(-1, 3)
    exif = _exif(image)
    return Measurement(
        format={"MPO": "JPEG"}.get(image.format or "", image.format or "unknown"),
        bytes=len(data),
        width=image.width,
        height=image.height,
        mode=MODES.get(image.mode, image.mode),
        frames=int(getattr(image, "n_frames", 1)),
        transparent=None if alpha is None else float((np.asarray(alpha) < 128).mean()),
        colors=main_colors(small),
        distinct=len(np.unique(reduced @ np.array([1, 32, 1024], dtype=np.uint32))),
        brightness=float(gray.mean() / 255),
        contrast=float(min(1.0, gray.std() / 100)),
        saturation=float(((most - least) / np.maximum(most, 1)).mean()),
        sharpness=_sharpness(gray),
        edges=float((across > 40).mean() + (down > 40).mean()) / 2 if across.size and down.size else 0.0,
        flat=float((across < 1.5).mean()) if across.size else 1.0,
        symmetry=float(1 - np.abs(gray - gray[:, ::-1]).mean() / 128),
        camera=exif["camera"],
        lens=exif["lens"],
        taken=exif["taken"],
        exposure=exif["exposure"],
        software=str(image.info.get("Software") or exif["software"] or "") or None,
        located=bool(exif["located"]),
        text=read_decoded(image),
    )


def _flat_rgb(image: Image.Image) -> Image.Image:
    """Return RGB, on white where the image is transparent."""
    image = eight_bits(image) or image
    if not image.has_transparency_data:
        return image.convert("RGB")
    sheet = Image.new("RGB", image.size, (255, 255, 255))
    layer = image.convert("RGBA")
    sheet.paste(layer, (0, 0), layer)
    return sheet


def _sharpness(gray: NDArray[Any]) -> float:
    """Return 0 to 1 by the spread of the Laplacian, which is small in blurred images."""
    if min(gray.shape) < 3:
        return 0.0
    middle = gray[1:-1, 1:-1] * 4 - gray[:-2, 1:-1] - gray[2:, 1:-1] - gray[1:-1, :-2] - gray[1:-1, 2:]
    return float(min(1.0, middle.std() / 60))


def _exif(image: Image.Image) -> dict[str, str | None]:
    """Return camera, lens, date and exposure; of the place only whether the file names one."""
    found: dict[str, str | None] = dict.fromkeys(("camera", "lens", "taken", "exposure", "software", "located"))
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        located = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return found
    base, tag = ExifTags.Base, details.get
    maker, model = _text(exif.get(base.Make)), _text(exif.get(base.Model))
    found["camera"] = " ".join(part for part in (maker, model) if part) or None
    found["lens"] = _text(tag(base.LensModel)) or None
    found["taken"] = _text(tag(base.DateTimeOriginal) or exif.get(base.DateTime)) or None
    found["software"] = _text(exif.get(base.Software)) or None
    parts = [
        f"1/{round(1 / seconds)} s" if (seconds := _number(tag(base.ExposureTime))) and seconds < 1 else None,
        f"f/{aperture:g}" if (aperture := _number(tag(base.FNumber))) else None,
        f"ISO {iso:g}" if (iso := _number(tag(base.ISOSpeedRatings))) else None,
        f"{length:g} mm" if (length := _number(tag(base.FocalLength))) else None,
    ]
    found["exposure"] = ", ".join(part for part in parts if part) or None
    found["located"] = "yes" if located else None
    return found


def _text(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return " ".join(text.replace("\x00", " ").split())[:120]


def _number(value: Any) -> float | None:
    try:
        number = float(value[0] if isinstance(value, tuple) else value)
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    return number if math.isfinite(number) and number > 0 else None
