"""A picture in flat pieces: a grid whose corners chance has pushed about."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.engine.shapes import Color

Corners = NDArray[np.float64]


def pushed_grid(width: int, height: int, across: int, seed: int) -> tuple[Corners, int, int]:
    """Corners of a grid with `across` cells along the shorter edge, its rows and columns; borders stay straight."""
    rng = np.random.default_rng(seed)
    columns = max(2, round(across * width / min(width, height)))
    rows = max(2, round(across * height / min(width, height)))
    grid = np.stack(np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)), axis=2)
    push = rng.uniform(-0.38, 0.38, grid.shape) / [columns, rows]
    push[0, :, 1] = push[-1, :, 1] = push[:, 0, 0] = push[:, -1, 0] = 0
    corners: Corners = (grid + push) * [width, height]
    return corners, rows, columns


def triangles(image: Image.Image, across: int, seed: int) -> Iterator[tuple[Corners, Color]]:
    """The picture as triangles, each with the colour at its middle."""
    corners, rows, columns = pushed_grid(image.width, image.height, across, seed)
    small = image.resize((image.width // 4 or 1, image.height // 4 or 1), Image.Resampling.BOX)
    pixels = np.asarray(small)
    for row in range(rows):
        for column in range(columns):
            a, b = corners[row, column], corners[row, column + 1]
            c, d = corners[row + 1, column], corners[row + 1, column + 1]
            pair = ((a, b, c), (b, d, c)) if (row + column) % 2 else ((a, b, d), (a, d, c))
            for triangle in pair:
                three = np.array(triangle)
                x, y = three.mean(axis=0) / 4
                red, green, blue = pixels[min(small.height - 1, int(y)), min(small.width - 1, int(x))].tolist()
                yield three, (red, green, blue)
