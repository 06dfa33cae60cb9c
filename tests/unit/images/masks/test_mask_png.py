"""The mask on the wire: a PNG with alpha of the image's size, under 4 MB, whatever is painted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from components.images.masks.operations import grow, mask_from_upload
from components.images.masks.png import MASK_BYTES, mask_png
from tests.unit.images.odd_images import opened


def test_alpha_is_0_where_painted_else_255(tmp_path: Path) -> None:
    """The polarity, antialiased edges, size and name are right, and the color is black all over."""
    mask = Image.new("L", (31, 17))
    mask.paste(255, (5, 5, 20, 10))
    mask.putpixel((20, 5), 100)
    made = mask_png(mask, tmp_path)
    pixels = opened(made.path)
    assert (pixels.format, pixels.mode, pixels.size) == ("PNG", "RGBA", (31, 17))
    assert (made.name, made.content_type, made.width, made.height) == ("mask.png", "image/png", 31, 17)
    assert made.has_alpha
    assert made.bytes == made.path.stat().st_size
    assert pixels.getextrema()[:3] == ((0, 0),) * 3
    alpha = np.asarray(pixels)[..., 3]
    assert np.array_equal(255 - alpha, np.asarray(mask))
    assert mask_from_upload(pixels, (31, 17), reading="alpha").tobytes() == mask.tobytes()


def test_an_ordinary_mask_at_4k_is_small_and_exact(tmp_path: Path) -> None:
    """Shapes with soft edges at 3840x2160 keep every level and stay far below the limit."""
    mask = Image.new("L", (3840, 2160))
    for place in range(12):
        mask.paste(255, (place * 310, place * 170, place * 310 + 250, place * 170 + 300))
    mask = grow(mask, 20).filter(ImageFilter.GaussianBlur(12))
    made = mask_png(mask, tmp_path)
    assert made.bytes < MASK_BYTES / 4
    assert np.array_equal(255 - np.asarray(opened(made.path))[..., 3], np.asarray(mask))


def noise(width: int, height: int, levels: int = 256) -> Image.Image:
    values = np.random.default_rng(3).integers(0, levels, (height, width)) * 255 // (levels - 1)
    return Image.fromarray(values.astype(np.uint8))


@pytest.mark.parametrize(
    ("mask", "tolerance"),
    [
        (noise(1000, 750, 2), 0),  # every pixel at random: kept as it is
        (noise(1920, 1080), 128),  # and with every level: with fewer of them
    ],
)
def test_specks_fit_with_fewer_levels(
    mask: Image.Image, tolerance: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mask of specks loses levels of softness before it loses its form: a quarter of 4K in a quarter of the bytes."""
    monkeypatch.setattr("components.images.masks.png.MASK_BYTES", MASK_BYTES // 4)
    made = mask_png(mask, tmp_path)
    assert made.bytes < MASK_BYTES // 4
    off = np.abs(255 - np.asarray(opened(made.path))[..., 3].astype(int) - np.asarray(mask))
    assert off.max() <= tolerance


def test_noise_of_any_size_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even two levels are too many, noise gets coarser until it fits; size and share stay."""
    monkeypatch.setattr("components.images.masks.png.MASK_BYTES", 60_000)
    mask = noise(1300, 900)
    made = mask_png(mask, tmp_path)
    assert made.bytes < 60_000
    pixels = opened(made.path)
    assert (pixels.size, pixels.mode) == (mask.size, "RGBA")
    assert np.asarray(pixels)[..., 3].mean() == pytest.approx(127, abs=12)
    monkeypatch.setattr("components.images.masks.png.MASK_BYTES", 5_000)
    assert mask_png(mask, tmp_path).bytes < 5_000
