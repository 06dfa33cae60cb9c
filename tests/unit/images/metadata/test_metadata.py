"""Recipes are written into images of every format and read back, and nothing else in the image changes."""

from __future__ import annotations

import io
import json
import tempfile
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.images.metadata import recipe_in, recipe_length, with_recipe
from components.images.metadata.files import FORMATS
from components.parameters.recipes.recipe import read_recipe
from tests.unit.images.odd_images import SAMPLES, chunk, mpo, saved
from tests.unit.images.recipe_images import (
    AMPERSANDS,
    FRAMES,
    IMAGES,
    LONG,
    PHOTO,
    RECIPE,
    SHORT,
    copy_with_recipe,
    frames,
    put,
)

every_image = pytest.mark.parametrize("name", IMAGES)
one_of_each = pytest.mark.parametrize("name", ["rgb.png", "rgb.jpeg", "lossy.webp", "still.gif", "plain.svg"])


@every_image
@pytest.mark.parametrize("recipe", [RECIPE, LONG], ids=["usual", "long"])
def test_a_recipe_comes_back_and_the_image_is_the_same(name: str, recipe: dict[str, Any], tmp_path: Path) -> None:
    """The copy has the recipe and the same frames; the original file does not change."""
    path, image_format = put(name, tmp_path)
    data = copy_with_recipe(path, image_format, recipe)
    assert path.read_bytes() == IMAGES[name]
    path.write_bytes(data)
    assert recipe_in(path) == recipe
    if image_format != "svg":
        assert frames(data) == frames(IMAGES[name])


@every_image
def test_a_newer_recipe_replaces_the_older_one(name: str, tmp_path: Path) -> None:
    """A recipe over another one leads to the same bytes as it alone."""
    path, image_format = put(name, tmp_path)
    recipes = [SHORT, LONG] + [AMPERSANDS] * (name in ("rgb.png", "described.jpeg", "described.webp", "rgb.jpeg"))
    alone = [copy_with_recipe(path, image_format, recipe) for recipe in recipes]
    for first in alone:
        path.write_bytes(first)
        assert [copy_with_recipe(path, image_format, recipe) for recipe in recipes] == alone


def test_a_recipe_that_was_read_fills_a_form(tmp_path: Path) -> None:
    """A recipe from an image can be read as values of a form."""
    path, image_format = put("rgb.png", tmp_path)
    path.write_bytes(copy_with_recipe(path, image_format, RECIPE))
    operation, raw = read_recipe(recipe_in(path))
    assert (operation, raw["prompt"]) == ("generate", RECIPE["values"]["prompt"])  # type: ignore[index]


RECIPES = st.dictionaries(
    st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=9), inside, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@one_of_each
@settings(max_examples=30, deadline=None)
@given(recipe=RECIPES)
def test_any_recipe_comes_back(name: str, recipe: dict[str, Any], folder: Path) -> None:
    """Whatever JSON a recipe is, it is read back as it was."""
    path, image_format = put(name, folder)
    path.write_bytes(copy_with_recipe(path, image_format, recipe))
    assert recipe_in(path) == recipe


@one_of_each
def test_surrogates_are_joined_or_replaced(name: str, tmp_path: Path) -> None:
    """Pairs become one character; lone surrogates, which no file can hold, become U+FFFD."""
    path, image_format = put(name, tmp_path)
    path.write_bytes(copy_with_recipe(path, image_format, {"a": "\ud83e\udd8a \ud800 \udc00", "\udfff": [1]}))
    assert recipe_in(path) == {"a": "🦊 \ufffd \ufffd", "\ufffd": [1]}


UNFIT = {
    "too long": {"prompt": "x" * (1 << 20)},
    "not a number": {"x": float("nan")},
    "too large a number": {"x": float("inf")},
    "too deep": {"x": json.loads("[" * 100 + "]" * 100)},
}


@one_of_each
@pytest.mark.parametrize("recipe", UNFIT.values(), ids=UNFIT)
def test_a_recipe_that_could_not_be_read_back_is_not_added(name: str, recipe: dict[str, Any], tmp_path: Path) -> None:
    """A recipe that is too long, too deep or not JSON leaves the image as it is."""
    path, image_format = put(name, tmp_path)
    assert copy_with_recipe(path, image_format, recipe) == IMAGES[name]


def test_malformed_files_stay_as_they_are(tmp_path: Path) -> None:
    """A malformed file is copied byte for byte."""
    path, image = tmp_path / "odd", IMAGES["rgb.png"]
    cases = [
        ("avif", image),
        ("jpeg", image),
        ("png", IMAGES["rgb.jpeg"]),
        ("png", image[:-12]),
        ("png", b""),
        ("webp", IMAGES["lossy.webp"][:-2]),
        ("jpeg", mpo(PHOTO, FRAMES[0])),
        ("svg", IMAGES["plain.svg"].decode().encode("utf-16")),
        ("svg", b"words before <svg/>"),
        ("svg", b"<html><svg/></html>"),
    ]
    for image_format, data in cases:
        path.write_bytes(data)
        assert copy_with_recipe(path, image_format, RECIPE) == data


def test_bytes_behind_the_image_stay(tmp_path: Path) -> None:
    """Bytes behind an image's end stay there, and the recipe is found before them."""
    path = tmp_path / "tail"
    for name in ("rgb.png", "rgb.jpeg", "lossy.webp", "still.gif"):
        path.write_bytes(IMAGES[name] + b"a tail")
        data = copy_with_recipe(path, name.rpartition(".")[2], RECIPE)
        assert data.endswith(b"a tail")
        path.write_bytes(data)
        assert recipe_in(path) == RECIPE


@pytest.mark.parametrize("sample", ["astronaut.png", "rocket.jpg", "rocket.webp", "rocket.gif"])
def test_the_pixels_are_not_read_for_the_length(sample: str) -> None:
    """A few kilobytes of an image are enough to find the edits."""

    class Watched(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.count += len(data)
            return data

    source = SAMPLES / sample
    if not source.exists():
        with Image.open(SAMPLES / "rocket.jpg") as image:
            data = saved(image, source.suffix[1:])
    else:
        data = source.read_bytes()
    file = Watched(data)
    assert FORMATS[source.suffix[1:]].edits(file, "{}")
    assert file.count < 5000 < len(data)


def test_large_images_are_never_in_memory(tmp_path: Path) -> None:
    """Adding a recipe to an image of 40 MB takes a few megabytes of memory."""
    path, out = tmp_path / "large.png", tmp_path / "out.png"
    side, noise = 3700, np.random.default_rng(1).bytes(3700 * 3)
    packer = zlib.compressobj(0)
    with path.open("wb") as file:
        header = (side).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        for _ in range(side):
            if packed := packer.compress(b"\0" + noise):
                file.write(chunk(b"IDAT", packed))
        file.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))
    assert path.stat().st_size > 40e6
    tracemalloc.start()
    try:
        length = recipe_length(path, "png", LONG)
        assert recipe_in(path) is None
        with out.open("wb") as file:
            file.writelines(with_recipe(path, "png", LONG))
        assert recipe_in(out) == LONG
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.stat().st_size == length
    assert peak < 8e6
    with Image.open(out) as image:
        image.load()
