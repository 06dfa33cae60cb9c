"""Images that a model would refuse for their size or shape have fixes, and the fixes work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.images.intake.fixes import (
    CROP,
    LARGE_EDGE,
    PAD,
    RESIZE,
    SMALL,
    SMALL_BYTES,
    Fix,
    fixes_for,
    reframed_mask,
)
from components.images.intake.intake import ImageRefused, apply_fix, take_in
from components.parameters import InputImage
from tests.unit.images.odd_images import opened, photo, saved


def image(width: int = 10, height: int = 10, count: int = 1000, kind: str = "image/png") -> InputImage:
    return InputImage(Path("x"), "x", kind, width, height, count, "0" * 64)


@pytest.mark.parametrize(
    ("what", "square_png", "expected"),
    [
        (image(), False, ()),
        (image(count=49_999_999), False, ()),
        (image(count=50_000_000), False, (RESIZE,)),
        (image(), True, ()),
        (image(width=11), True, (CROP, PAD)),
        (image(count=4_000_000), True, (SMALL,)),
        (image(kind="image/jpeg"), True, (SMALL,)),
        (image(width=11, kind="image/webp"), False, ()),
    ],
)
def test_fixes_fit_the_problem(what: InputImage, square_png: bool, expected: tuple[object, ...]) -> None:
    """Large files can be shrunk; for dall-e-2 images can be cropped, padded, or saved as a PNG under 4 MB."""
    assert fixes_for(what, square_png=square_png) == expected


def accepted(tmp_path: Path, image: Image.Image, image_format: str) -> InputImage:
    return take_in("photo", saved(image, image_format), tmp_path, max_pixels=80_000_000).image


def test_crop_and_pad_make_squares(tmp_path: Path) -> None:
    """Cropping keeps the middle, padding keeps all; both are square PNGs under 4 MB with alpha."""
    source = accepted(tmp_path, photo(), "JPEG")
    cropped, padded = (apply_fix(source, offer, tmp_path) for offer in (CROP, PAD))
    assert (cropped.image.width, cropped.image.height) == (400, 400)
    assert (padded.image.width, padded.image.height) == (600, 600)
    pixels = opened(padded.image.path)
    assert (pixels.getpixel((300, 50))[3], pixels.getpixel((300, 300))[3]) == (0, 255)
    middle = np.asarray(opened(source.path))[:, 100:500]
    assert (np.asarray(opened(cropped.image.path))[..., :3] == middle).all()
    for made in (cropped.image, padded.image):
        assert made.content_type == "image/png"
        assert made.bytes < SMALL_BYTES
        assert made.name == "photo.png"
        assert fixes_for(made, square_png=True) == ()
    assert "cropped to a square" in cropped.notes[0]


def test_any_image_becomes_a_png_under_4_mb(tmp_path: Path) -> None:
    """Noise of 2000x2000 pixels is shrunk until its PNG fits."""
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (1400, 1400, 3), dtype=np.uint8))
    made = apply_fix(accepted(tmp_path, noise, "JPEG"), SMALL, tmp_path).image
    assert made.bytes < SMALL_BYTES
    assert made.width == made.height < 1400


@pytest.mark.parametrize(
    ("image_format", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/png")]
)
def test_a_smaller_image_keeps_its_shape(image_format: str, kind: str, tmp_path: Path) -> None:
    """The longer edge shrinks to the largest that the API draws; a JPEG stays one."""
    large = Image.new("RGB", (LARGE_EDGE * 2, 400), "navy")
    made = apply_fix(accepted(tmp_path, large, image_format), RESIZE, tmp_path).image
    assert (made.width, made.height, made.content_type) == (LARGE_EDGE, 200, kind)


def test_a_shrunk_palette_image_mixes_its_colors(tmp_path: Path) -> None:
    """Half black, half white pixels become gray and not one of the two."""
    checks = Image.fromarray(np.indices((8, 2 * LARGE_EDGE)).sum(axis=0).astype(np.uint8) % 2 * 255).convert("1")
    made = opened(apply_fix(accepted(tmp_path, checks, "PNG"), RESIZE, tmp_path).image.path).convert("L")
    assert 100 < made.getpixel((1000, 2)) < 160


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that was deleted meanwhile leads to a sentence."""
    source = accepted(tmp_path, photo(), "PNG")
    source.path.unlink()
    with pytest.raises(ImageRefused, match="Add it again"):
        apply_fix(source, CROP, tmp_path)


@pytest.mark.parametrize(
    ("offer", "size", "box"),
    [(CROP, (40, 40), (5, 10, 15, 20)), (PAD, (60, 60), (15, 20, 25, 30)), (SMALL, (30, 20), (8, 5, 12, 10))],
)
def test_a_mask_follows_its_image(offer: Fix, size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    """A mask covers the same part of the image after a fix as before."""
    mask = Image.new("L", (60, 40))
    mask.paste(255, (15, 10, 25, 20))
    there = reframed_mask(mask, offer, size)
    assert there.size == size
    found = there.point(lambda value: 255 if value > 127 else 0).getbbox()
    assert found is not None
    assert np.abs(np.subtract(found, box)).max() <= 1
