"""Finishes of flat pieces: pixels, triangles, panes of glass."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from components.engine.paint.cells import pushed_grid, triangles
from components.engine.paint.effects import seed_of
from components.engine.shapes import Picture


def pixel_art(image: Image.Image, picture: Picture) -> Image.Image:
    """A small picture of few colours, enlarged without smoothing."""
    shorter = min(image.size)
    factor = 112 / shorter
    small = image.resize(
        (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.BOX
    )
    small = ImageEnhance.Color(small).enhance(1.25)
    few = small.quantize(28, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return few.resize(image.size, Image.Resampling.NEAREST)


def lowpoly(image: Image.Image, picture: Picture) -> Image.Image:
    """Flat triangles."""
    result = image.copy()
    draw = ImageDraw.Draw(result)
    for corners, color in triangles(image, 34, seed_of(picture, 6)):
        draw.polygon(corners.ravel().tolist(), fill=color)
    return result


def mosaic(image: Image.Image, picture: Picture) -> Image.Image:
    """Pieces of glass in lead."""
    corners, rows, columns = pushed_grid(image.width, image.height, 40, seed_of(picture, 6))
    unit = min(image.size) / 1000
    small = ImageEnhance.Color(image).enhance(1.5).resize((columns, rows), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    rng = np.random.default_rng(seed_of(picture, 8))
    tones = np.clip(pixels + rng.integers(-16, 17, (rows, columns, 1)), 0, 255)
    result = Image.new("RGB", image.size, (36, 32, 38))
    draw = ImageDraw.Draw(result)
    lead = max(1, round(3.2 * unit))
    for row in range(rows):
        for column in range(columns):
            piece = [
                corners[row, column],
                corners[row, column + 1],
                corners[row + 1, column + 1],
                corners[row + 1, column],
            ]
            draw.polygon(
                [tuple(corner) for corner in piece],
                fill=tuple(tones[row, column].tolist()),
                outline=(36, 32, 38),
                width=lead,
            )
    return result
