"""Follow a prompt that asks for a flat background in a color: the subject is cut out and laid over that color."""

from __future__ import annotations

import re

from PIL import Image

from components.engine.drawing.color import rgb
from components.engine.drawing.spec import Color

_FLAT = re.compile(
    r"[,\s]*\b(?:on|against|before|with) an? [^.#]{0,60}\b(?:flat|solid|plain|uniform)\b[^.#]{0,40}\(?(#[0-9a-f]{6})\)?"
    r" (?:background|backdrop)\b[^.]*",
    re.I,
)


def split_backdrop(prompt: str) -> tuple[str, Color | None]:
    """Return a prompt without the words for a flat background, and the color of that; None if it asks for none."""
    found = _FLAT.search(prompt)
    if found is None:
        return prompt, None
    return (prompt[: found.start()] + prompt[found.end() :]).strip(), rgb(found[1].lower())


def over_backdrop(image: Image.Image, color: Color | None) -> Image.Image:
    """Return a drawing with transparency over the color; as it is with None."""
    if color is None or image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, color), image).convert("RGB")
