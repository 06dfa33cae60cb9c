"""A flat background is cut out with a soft edge and without a fringe of its color."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from components.images.errors import ImageRefused
from components.images.masks import cutout
from components.images.masks.cutout import cut_out, flat_color
from tests.support.work import within_lines

GREEN, MAGENTA, WHITE = (0, 255, 0), (255, 0, 255), (255, 255, 255)
FRONTS = {"red": (200, 30, 40), "yellow": (250, 220, 40), "dark": (20, 24, 30), "white": (250, 250, 250)}


def smooth(front: tuple[int, int, int], key: tuple[int, int, int], size: int = 240) -> tuple[Image.Image, np.ndarray]:
    """A ring and a thin line before a flat color, with smooth edges, and the share of each pixel that they cover."""
    large = Image.new("L", (size * 4, size * 4))
    draw = ImageDraw.Draw(large)
    draw.ellipse((120, 120, size * 4 - 120, size * 4 - 120), 255)
    draw.ellipse((380, 380, size * 4 - 380, size * 4 - 380), 0)
    draw.line((40, 60, size * 4 - 40, 90), 255, 12)
    share = large.reduce(4)
    image = Image.new("RGB", (size, size), key)
    image.paste(front, mask=share)
    return image, np.asarray(share).astype(float)


@pytest.mark.parametrize("key", [GREEN, MAGENTA])
@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_edges_are_soft_and_have_no_fringe(front: tuple[int, int, int], key: tuple[int, int, int]) -> None:
    """Alpha is the covered share of each pixel, and its color is the subject's, holes and thin lines too."""
    image, share = smooth(front, key)
    cut = np.asarray(cut_out(image)).astype(float)
    alpha = cut[..., 3]
    mixed = (share > 20) & (share < 235)
    assert mixed.sum() > 500
    assert ((alpha[mixed] > 0) & (alpha[mixed] < 255)).mean() > 0.95
    assert np.abs(alpha - share)[mixed].mean() < 12
    assert alpha[share == 0].max() == 0, "the background is gone, in the hole too"
    assert (alpha[share == 255] == 255).mean() > 0.995
    seen = alpha > 0
    assert np.abs(cut[seen][:, :3] - front).max(axis=1).mean() < 4
    for ground in (255.0, 0.0):  # put before another background, nothing of the old one shows
        weight = alpha[..., None] / 255
        shown, wanted = cut[..., :3] * weight + ground * (1 - weight), share[..., None] / 255
        ideal = np.array(front) * wanted + ground * (1 - wanted)
        assert np.abs(shown - ideal).mean() < 1.0
        assert np.abs(shown - ideal)[mixed].mean() < 12


def test_noise_and_texture_are_no_matter() -> None:
    """A background as models and JPEG make it goes completely; the inside of the subject stays as it is."""
    image, share = smooth(FRONTS["red"], (20, 240, 30))
    noise = np.random.default_rng(0).normal(0, 5, (*share.shape, 3))
    noisy = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
    cut = np.asarray(cut_out(noisy))
    assert (cut[..., 3][share == 0] == 0).mean() > 0.999
    deep = np.asarray(Image.fromarray(share.astype(np.uint8)).filter(ImageFilter.MinFilter(9))) == 255
    assert np.array_equal(cut[deep][:, :3], np.asarray(noisy)[deep])


def test_without_holes_only_what_touches_the_border_goes() -> None:
    """White inside of the subject stays before a white background."""
    image, share = smooth(FRONTS["dark"], WHITE)
    complete, connected = (np.asarray(cut_out(image, holes=holes))[..., 3] for holes in (True, False))
    middle = share.shape[0] // 2
    assert (complete[middle, middle], connected[middle, middle]) == (0, 255)
    assert connected[2, 2] == 0


def test_what_is_connected_is_found_around_corners() -> None:
    """A spiral is followed to its end."""
    image = Image.new("RGB", (200, 200), WHITE)
    draw = ImageDraw.Draw(image)
    for inset in (20, 50, 80):
        draw.rectangle((inset, inset, 199 - inset, 199 - inset), outline=(0, 0, 0), width=6)
    draw.rectangle((95, 10, 105, 70), fill=WHITE)
    draw.rectangle((95, 130, 105, 190), fill=WHITE)
    cut = np.asarray(cut_out(image, holes=False))[..., 3]
    assert cut[100, 65] == 0, "reached through the gaps"
    assert cut[100, 100] == 255, "closed"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.linear_gradient("L"), "one flat color"),
        (Image.new("RGB", (50, 50), GREEN), "Nothing would be left"),
        (Image.new("RGBA", (50, 50)), "one flat color"),
    ],
)
def test_without_a_flat_background_nothing_is_cut(image: Image.Image, words: str) -> None:
    """The message says why."""
    with pytest.raises(ImageRefused, match=words):
        cut_out(image)


def test_what_was_transparent_stays_so() -> None:
    """Alpha of the image itself is kept below the new one."""
    image, _ = smooth(FRONTS["red"], GREEN)
    clear = image.convert("RGBA")
    clear.putalpha(128)
    assert np.asarray(cut_out(clear))[..., 3].max() == 128


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is cut in many strips is the same as one that is cut at once."""
    image, _ = smooth(FRONTS["yellow"], MAGENTA)
    complete = np.asarray(cut_out(image))
    monkeypatch.setattr(cutout, "_ROWS", 48)
    assert np.array_equal(np.asarray(cut_out(image)), complete)


def test_a_megapixel_is_cut_without_a_loop_over_its_pixels() -> None:
    """It is cut while one waits for the run to be drawn."""
    image, _ = smooth(FRONTS["red"], GREEN, 1024)
    cut_out(smooth(FRONTS["red"], GREEN, 256)[0])  # imports what it needs
    assert within_lines(100_000, lambda: cut_out(image, holes=False)).size == image.size
    assert within_lines(100_000, lambda: flat_color(image)) is not None
