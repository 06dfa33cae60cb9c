"""Recipes inside picture files: what made a picture travels with it, in the place that its format has for such things.

PNG: an iTXt chunk (PNG specification, 11.3.3.4). JPEG and WebP: XMP (ISO 16684-1; XMP specification part 3). GIF: a
comment extension (GIF89a, 24). SVG: a metadata element. Pixels and everything else in the file stay byte for byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from components.images.recipes import gif, jpeg, png, svg, webp
from components.images.recipes.notation import MOST_BYTES, Odd, Piece, decoded, encoded, found_in_json

PIECE_BYTES = 1024 * 1024

Planner = Callable[[BinaryIO, int, str], list[Piece]]
Finder = Callable[[BinaryIO, int], str | None]

PLANNERS: Mapping[str, Planner] = {
    "png": png.planned,
    "jpeg": jpeg.planned,
    "jpg": jpeg.planned,
    "webp": webp.planned,
    "gif": gif.planned,
    "svg": svg.planned,
}

# By how a file begins; what begins otherwise may be text.
FINDERS: tuple[tuple[bytes, Finder], ...] = (
    (png.SIGNATURE, png.found),
    (jpeg.SIGNATURE, jpeg.found),
    (webp.SIGNATURE, webp.found),
    (gif.SIGNATURE, gif.found),
    (b"", svg.found),
)


def with_recipe(path: Path, image_format: str, recipe: Mapping[str, Any]) -> Iterator[bytes]:
    """The bytes of a picture's file with a recipe in it, in pieces of at most 1 MiB; the file itself stays as it is.

    `image_format` is "png", "jpeg", "webp", "gif" or "svg". A recipe that is in there already is replaced. A file of
    another format, or too odd to take one, comes as it is. Raises OSError when it cannot be read.
    """
    with path.open("rb") as file:
        for piece in _plan(file, image_format, recipe):
            if isinstance(piece, bytes):
                for start in range(0, len(piece), PIECE_BYTES):
                    yield piece[start : start + PIECE_BYTES]
                continue
            file.seek(piece.start)
            left = len(piece)
            while left and (data := file.read(min(PIECE_BYTES, left))):
                left -= len(data)
                yield data


def recipe_length(path: Path, image_format: str, recipe: Mapping[str, Any]) -> int:
    """How many bytes `with_recipe` gives, found without reading pixels. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return sum(len(piece) for piece in _plan(file, image_format, recipe))


def _plan(file: BinaryIO, image_format: str, recipe: Mapping[str, Any]) -> list[Piece]:
    size = os.fstat(file.fileno()).st_size
    planner = PLANNERS.get(image_format)
    text = encoded(recipe)
    if planner is None or len(text.encode()) > MOST_BYTES:
        return [range(size)]
    try:
        return planner(file, size, text)
    except Odd:
        return [range(size)]


def recipe_in(path: Path) -> dict[str, Any] | None:
    """The recipe in a picture, or in a bare JSON file; what the file is, is told by its content. None for none.

    Whatever the content is, nothing is raised for it, and memory and time are bounded. Raises OSError when the file
    cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(16)
        if (bare := found_in_json(file, size)) is not None:
            return bare
        finder = next(finder for signature, finder in FINDERS if start.startswith(signature))
        try:
            text = finder(file, size)
        except Odd:
            return None
    return None if text is None else decoded(text)
