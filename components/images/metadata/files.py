"""Recipes in files: the three things that can be done, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from components.images.metadata import gif, jpeg, png, riff, svg
from components.images.metadata.edits import Edit, MalformedFile, added, edited, size_of
from components.images.metadata.text import LIMIT, parsed, recipe_text

_MARK = "image_workbench"  # what tells a recipe's file from other JSON (see components.parameters.recipe)
_MOST_TEXTS = 8  # that are tried in one file; one is usual


class _Format(NamedTuple):
    signature: bytes
    edits: Callable[[BinaryIO, str], list[Edit]]
    texts: Callable[[BinaryIO], Iterator[bytes | str]]


_FORMATS = {
    "png": _Format(png.SIGNATURE, png.edits, png.texts),
    "jpeg": _Format(jpeg.SIGNATURE, jpeg.edits, jpeg.texts),
    "webp": _Format(riff.SIGNATURE, riff.edits, riff.texts),
    "gif": _Format(gif.SIGNATURE, gif.edits, gif.texts),
    "svg": _Format(svg.SIGNATURE, svg.edits, svg.texts),
}
_ALIASES = {"jpg": "jpeg"}


def with_recipe(path: Path, image_format: str, recipe: Mapping[str, Any]) -> Iterator[bytes]:
    """A picture's bytes with a recipe in it, in pieces of at most 1 MiB; the file itself is only read.

    `image_format` is "png", "jpeg" (or "jpg"), "webp", "gif" or "svg". A recipe that is in the file already gives way;
    pixels and all other metadata stay byte for byte. The original bytes come where nothing can be added: another
    format, a file that is not laid out as it should be, a recipe that is over 1 MB or no JSON (NaN, 64 levels).
    Raises OSError when the file cannot be read, TypeError for values that JSON has no kind for.
    """
    with path.open("rb", buffering=0) as file:
        yield from edited(file, _edits(file, image_format, recipe))


def recipe_length(path: Path, image_format: str, recipe: Mapping[str, Any]) -> int:
    """How many bytes `with_recipe` gives, found without reading the pixels. Raises as it does."""
    with path.open("rb", buffering=0) as file:
        return size_of(file) + added(_edits(file, image_format, recipe))


def recipe_in(path: Path) -> dict[str, Any] | None:
    """The recipe in a picture, or in a JSON file of up to 1 MB that is one; None where there is none.

    What the file is, its content tells, not its name. Nothing in the recipe is to be trusted
    (see `components.parameters.recipe.read_recipe`). Raises nothing but OSError, for a file that cannot be opened.
    """
    with path.open("rb", buffering=0) as file:
        head = file.read(512)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(b"{"):
            return _bare(file)
        kind = next((kind for kind in _FORMATS.values() if start.startswith(kind.signature)), None)
        return _first(kind.texts(file)) if kind else None


def _edits(file: BinaryIO, image_format: str, recipe: Mapping[str, Any]) -> list[Edit]:
    kind = _FORMATS.get(_ALIASES.get(image_format, image_format))
    text = recipe_text(recipe)
    if kind is None or text is None:
        return []
    try:
        return kind.edits(file, text)
    except MalformedFile:
        return []


def _first(texts: Iterator[bytes | str]) -> dict[str, Any] | None:
    try:
        return next((found for text in islice(texts, _MOST_TEXTS) if (found := parsed(text)) is not None), None)
    except MalformedFile:
        return None


def _bare(file: BinaryIO) -> dict[str, Any] | None:
    """A recipe that is the whole file."""
    file.seek(0)
    found = parsed(file.read(LIMIT + 1))
    version = found.get(_MARK) if found else None
    return found if isinstance(version, int) and not isinstance(version, bool) and version > 0 else None
