"""Write a recipe into an image file, and read one, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from components.images.metadata.blocks import Edit, ImageFormat, MalformedFile, added, edited
from components.images.metadata.gif import Gif
from components.images.metadata.jpeg import Jpeg
from components.images.metadata.png import Png
from components.images.metadata.recipe_json import LIMIT, parsed, recipe_text
from components.images.metadata.svg import Svg
from components.images.metadata.webp import Webp

FORMATS: dict[str, ImageFormat] = {"png": Png(), "jpeg": Jpeg(), "webp": Webp(), "gif": Gif(), "svg": Svg()}
FORMATS["jpg"] = FORMATS["jpeg"]
_MAX_TEXTS = 8  # tried in one file; one is usual


def with_recipe(path: Path, image_format: str, recipe: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield an image file with a recipe in it, in pieces of at most 1 MiB. The file itself does not change.

    `image_format` is "png", "jpeg" (or "jpg"), "webp", "gif" or "svg". The recipe replaces an older one; pixels and
    all other metadata stay byte for byte. Where nothing can be added (another format, a malformed file, a recipe that
    is over 1 MB or not JSON), the bytes are the original ones. Raise OSError when the file cannot be read, TypeError
    for values that JSON does not have.
    """
    with path.open("rb", buffering=0) as file:
        yield from edited(file, _edits(file, image_format, recipe))


def recipe_length(path: Path, image_format: str, recipe: Mapping[str, Any]) -> int:
    """Return how many bytes `with_recipe` yields, without reading the pixels. Raise as it does."""
    with path.open("rb", buffering=0) as file:
        return path.stat().st_size + added(_edits(file, image_format, recipe))


def _edits(file: BinaryIO, image_format: str, recipe: Mapping[str, Any]) -> list[Edit]:
    text = recipe_text(recipe)
    try:
        return FORMATS[image_format].edits(file, text) if text and image_format in FORMATS else []
    except MalformedFile:
        return []


def recipe_in(path: Path) -> dict[str, Any] | None:
    """Return the recipe in an image, or in a JSON file of up to 1 MB that is one; None where there is none.

    The content says what the file is, not its name. Nothing in the recipe can be trusted (see
    `components.parameters.recipes.recipe.read_recipe`). Raise only OSError, for a file that cannot be opened.
    """
    with path.open("rb", buffering=0) as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(b"{"):
            file.seek(0)
            found = parsed(file.read(LIMIT + 1)) or {}
            version = found.get("image_workbench")  # tells a recipe from other JSON
            return found if type(version) is int and version > 0 else None
        found_format = format_of(start)
        try:
            recipes = map(parsed, islice(found_format.texts(file), _MAX_TEXTS) if found_format else ())
            return next((recipe for recipe in recipes if recipe is not None), None)
        except MalformedFile:
            return None


def format_of(start: bytes) -> ImageFormat | None:
    """Return the format of a file that begins like this (512 bytes); None for one that carries no recipe."""
    return next((one for one in FORMATS.values() if start.startswith(one.signature)), None)
