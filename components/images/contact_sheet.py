"""Many images as one, in rows and columns with labels."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# Pixels.
EDGE, GAP, MARGIN, LABEL_WIDTH, HEAD = 256, 8, 16, 200, 34
MAX_PIXELS = 60_000_000
FONT_SIZE = 15
FRAME_MS = 1000  # milliseconds

PAPER, INK, FAINT, EMPTY = "#ffffff", "#1b1b1b", "#666666", "#f1f1f1"


@dataclass(frozen=True)
class Tile:
    """One cell: the file of its image, or a text in place of it."""

    path: Path | None
    text: str


@dataclass(frozen=True)
class SheetGrid:
    """A title, the labels of columns and rows, and the tiles by row and column."""

    title: str
    columns: Sequence[str]
    rows: Sequence[str]
    tiles: Sequence[Sequence[Tile]]


def contact_sheet(grid: SheetGrid) -> bytes:
    """Return a grid as a PNG. Tiles are smaller where the whole would have more than MAX_PIXELS."""
    data = io.BytesIO()
    with _draw(grid, MAX_PIXELS) as paper:
        paper.save(data, "PNG", optimize=False)
    return data.getvalue()


def animated_sheet(grids: Sequence[SheetGrid]) -> bytes:
    """Return grids of one shape as an endless WebP animation, one a frame of FRAME_MS.

    All frames together have at most MAX_PIXELS, as far as tiles can be made smaller.
    """
    data, frames = io.BytesIO(), [_draw(grid, MAX_PIXELS // len(grids)) for grid in grids]
    try:
        frames[0].save(
            data, "WEBP", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, quality=80, method=2
        )
    finally:
        for frame in frames:
            frame.close()
    return data.getvalue()


def _draw(grid: SheetGrid, max_pixels: int) -> Image.Image:
    edge, columns, rows = EDGE, len(grid.columns), len(grid.rows)
    while edge > 32 and _area(columns, rows, edge) > max_pixels:
        edge //= 2
    width, height = _size(columns, rows, edge)
    font = ImageFont.load_default(FONT_SIZE)
    paper = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(paper)
    _write(draw, (MARGIN, MARGIN), grid.title, width - 2 * MARGIN, font, INK, lines=1)
    for place, label in enumerate(grid.columns):
        _write(draw, (_left(place, edge), MARGIN + HEAD), label, edge, font, INK, lines=1)
    for row, (label, line) in enumerate(zip(grid.rows, grid.tiles, strict=True)):
        top = MARGIN + 2 * HEAD + row * (edge + GAP)
        _write(draw, (MARGIN, top), label, LABEL_WIDTH - GAP, font, INK, lines=edge // (FONT_SIZE + 4))
        for place, tile in enumerate(line):
            _paste(paper, draw, tile, (_left(place, edge), top), edge, font)
    return paper


def _left(column: int, edge: int) -> int:
    return MARGIN + LABEL_WIDTH + column * (edge + GAP)


def _size(columns: int, rows: int, edge: int) -> tuple[int, int]:
    return _left(columns, edge) - GAP + MARGIN, 2 * MARGIN + 2 * HEAD + rows * (edge + GAP) - GAP


def _area(columns: int, rows: int, edge: int) -> int:
    width, height = _size(columns, rows, edge)
    return width * height


def _paste(
    paper: Image.Image,
    draw: ImageDraw.ImageDraw,
    tile: Tile,
    at: tuple[int, int],
    edge: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    left, top = at
    if tile.path is None:
        draw.rectangle((left, top, left + edge - 1, top + edge - 1), fill=EMPTY)
        _write(draw, (left + GAP, top + GAP), tile.text, edge - 2 * GAP, font, FAINT, lines=edge // (FONT_SIZE + 4) - 1)
        return
    with Image.open(tile.path) as image:
        image.thumbnail((edge, edge))
        shown = image.convert("RGBA")
    with shown:
        paper.paste(shown, (left + (edge - shown.width) // 2, top + (edge - shown.height) // 2), shown)


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    width: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    color: str,
    *,
    lines: int,
) -> None:
    letters = max(4, int(width / (FONT_SIZE * 0.56)))
    wrapped = textwrap.wrap(text, letters, max_lines=max(1, lines), placeholder=" …")
    draw.multiline_text(at, "\n".join(wrapped), fill=color, font=font, spacing=4)
