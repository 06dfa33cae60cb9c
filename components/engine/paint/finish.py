"""How a painted picture is finished: as film, watercolour, pixels, ink … and the light grain that all of them get.

Each finish takes RGB pixels and gives RGB pixels. What is random in it depends on the picture's seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image, ImageEnhance, ImageOps

from components.engine.paint.drawn import blueprint, comic, ink, pencil
from components.engine.paint.effects import bloom, grainy, vignette
from components.engine.paint.painted import oil, watercolor
from components.engine.paint.pieces import lowpoly, mosaic, pixel_art
from components.engine.shapes import Picture

Finish = Callable[[Image.Image, Picture], Image.Image]


def finished(image: Image.Image, picture: Picture) -> Image.Image:
    """The picture's own finish, then its vignette and grain."""
    finish = FINISHES.get(picture.finish)
    image = finish(image, picture) if finish else image
    if picture.vignette:
        image = vignette(image, picture.vignette)
    if picture.grain:
        image = grainy(image, picture.grain, picture.seed)
    return image


def _film(image: Image.Image, picture: Picture) -> Image.Image:
    """Teal shadows, warm lights, a little glow."""
    red = [min(255, max(0, round(v * 1.04 + 8 * (v / 255 - 0.4)))) for v in range(256)]
    green = [min(255, round(v * 0.99 + 2)) for v in range(256)]
    blue = [min(255, max(0, round(v * 0.9 + 20 * (1 - v / 255)))) for v in range(256)]
    return bloom(image.point(red + green + blue), 0.4, image.width / 40)


def _vintage(image: Image.Image, picture: Picture) -> Image.Image:
    """Faded and warm."""
    gray = ImageOps.grayscale(image)
    sepia = ImageOps.colorize(gray, (58, 38, 30), (252, 236, 204), mid=(178, 134, 98))
    return Image.blend(image, sepia, 0.72)


def _noir(image: Image.Image, picture: Picture) -> Image.Image:
    """Black and white with strong contrast."""
    gray = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=(1, 1))
    curve = [round(255 * ((v / 255) ** 1.15 * (1.0 - 0.15 * (1 - v / 255)))) for v in range(256)]
    return gray.point(curve).convert("RGB")


def _neon(image: Image.Image, picture: Picture) -> Image.Image:
    """Strong colours that glow."""
    return bloom(ImageEnhance.Color(image).enhance(1.25), 0.75, image.width / 26)


def _pastel(image: Image.Image, picture: Picture) -> Image.Image:
    """Lighter, softer."""
    return Image.blend(bloom(image, 0.25, image.width / 30), Image.new("RGB", image.size, (255, 250, 246)), 0.16)


FINISHES: Mapping[str, Finish] = {
    "film": _film,
    "vintage": _vintage,
    "noir": _noir,
    "watercolor": watercolor,
    "oil": oil,
    "pixel": pixel_art,
    "ink": ink,
    "pencil": pencil,
    "blueprint": blueprint,
    "comic": comic,
    "lowpoly": lowpoly,
    "mosaic": mosaic,
    "neon": _neon,
    "pastel": _pastel,
}
