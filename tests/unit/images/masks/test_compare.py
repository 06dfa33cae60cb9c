"""Changes outside the mask are measured, and the original is restored there, if both show the same frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from components.images.errors import ImageRefused
from components.images.masks.borders import framing_problem
from components.images.masks.compare import DifferentAspect, changed_outside, restore_original
from components.images.masks.png import mask_png
from tests.unit.images.odd_images import SAMPLES, opened, photo, rotated_exif, saved

NAMES = sorted(path.name for path in SAMPLES.glob("*.*g"))
Scene = tuple[Path, Path, Image.Image, Image.Image]


def scene(tmp_path: Path, name: str) -> Scene:
    """Return an original's file, its mask's file, the painted mask, and an edit that changed only that."""
    image = photo(name)
    width, height = image.size
    painted = Image.new("L", image.size)
    ImageDraw.Draw(painted).ellipse((width * 0.3, height * 0.3, width * 0.6, height * 0.7), fill=255)
    original = tmp_path / "original.png"
    image.save(original)
    edited = image.copy()
    edited.paste((200, 30, 30), (0, 0), painted)
    return original, mask_png(painted, tmp_path).path, painted, edited


def moved(image: Image.Image) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, (1, 0, -image.width // 10, 0, 1, image.height // 12))


def zoomed_in(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((width // 10, height // 10, width - width // 10, height - height // 10)).resize(image.size)


def zoomed_out(image: Image.Image) -> Image.Image:
    smaller = image.resize((round(image.width * 0.85), round(image.height * 0.85)))
    larger = Image.new("RGB", image.size, (90, 90, 90))
    larger.paste(smaller, ((image.width - smaller.width) // 2, (image.height - smaller.height) // 2))
    return larger


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("image_format", "options", "most"),
    [("PNG", {}, 0.0), ("JPEG", {"quality": 85}, 0.02), ("WEBP", {"quality": 80}, 0.02)],
)
def test_a_faithful_edit_changed_nothing_outside(
    name: str, image_format: str, options: dict[str, int], most: float, tmp_path: Path
) -> None:
    """What a codec does to every pixel does not count as a change."""
    original, mask, _, edited = scene(tmp_path, name)
    result = tmp_path / "result"
    result.write_bytes(saved(edited, image_format, **options))
    outside = changed_outside(original, result, mask)
    assert 0 <= outside.share <= most
    assert not outside.scaled


@pytest.mark.parametrize(
    ("change", "least", "most"),
    [
        (lambda image: ImageEnhance.Brightness(image).enhance(1.3), 0.6, 1),
        (lambda image: image.filter(ImageFilter.GaussianBlur(4)), 0.05, 0.6),
        (lambda image: photo("rocket.jpg").resize(image.size), 0.9, 1),
    ],
)
def test_changes_by_the_model_are_measured(
    change: Callable[[Image.Image], Image.Image], least: float, most: float, tmp_path: Path
) -> None:
    """Different light, lost detail, and a different image count as changes."""
    original, mask, _, edited = scene(tmp_path, "coffee.png")
    change(edited).save(tmp_path / "result.png")
    assert least <= changed_outside(original, tmp_path / "result.png", mask).share <= most


def test_a_changed_corner_counts_by_its_area(tmp_path: Path) -> None:
    """A changed rectangle counts by its area; with more tolerance it does not count."""
    original, mask, painted, edited = scene(tmp_path, "chelsea.png")
    edited.paste(Image.eval(edited.crop((0, 0, 100, 60)), lambda value: (value + 60) % 256), (0, 0))
    edited.save(tmp_path / "result.png")
    expected = 100 * 60 / (np.asarray(painted) == 0).sum()
    assert changed_outside(original, tmp_path / "result.png", mask).share == pytest.approx(expected, rel=0.1)
    assert changed_outside(original, tmp_path / "result.png", mask, tolerance=254).share == 0


def test_lost_transparency_is_a_change(tmp_path: Path) -> None:
    """An opaque result of a see-through original differs, even where the hidden colors are the same."""
    original, mask, _, edited = scene(tmp_path, "coffee.png")
    see_through = photo().convert("RGBA")
    see_through.putalpha(0)
    see_through.save(original)
    edited.save(tmp_path / "result.png")
    assert changed_outside(original, tmp_path / "result.png", mask).share == 1


@pytest.mark.parametrize("factor", [0.5, 2])
def test_a_result_of_another_size_is_scaled_and_reported(factor: float, tmp_path: Path) -> None:
    """The same shape at another size fits; what only the scaling changed is tolerated."""
    original, mask, _, edited = scene(tmp_path, "astronaut.png")
    edited.resize((round(edited.width * factor), round(edited.height * factor))).save(tmp_path / "result.png")
    outside = changed_outside(original, tmp_path / "result.png", mask)
    assert outside.scaled
    assert outside.share < 0.01
    assert restore_original(original, tmp_path / "result.png", mask, tmp_path / "kept.png", feather=4)
    assert opened(tmp_path / "kept.png").size == edited.size


@pytest.mark.parametrize("name", ["chelsea.png", "astronaut.png"])
@pytest.mark.parametrize(
    ("change", "piece"),
    [
        (moved, "moved by about"),
        (zoomed_in, "zoomed to 125%"),
        (zoomed_out, "zoomed to 8"),
        (lambda image: image.resize((image.width, image.width * 2)), "another shape"),
    ],
)
def test_a_different_frame_is_reported_instead_of_composited(
    change: Callable[[Image.Image], Image.Image], piece: str, name: str, tmp_path: Path
) -> None:
    """A result that was moved, zoomed or has another shape leads to a sentence and no file."""
    original, mask, _, edited = scene(tmp_path, name)
    change(edited).save(tmp_path / "result.png")
    with pytest.raises(DifferentAspect, match=piece):
        changed_outside(original, tmp_path / "result.png", mask)
    with pytest.raises(DifferentAspect, match="cannot be put back"):
        restore_original(original, tmp_path / "result.png", mask, tmp_path / "kept.png", feather=8)
    assert not (tmp_path / "kept.png").exists()


@pytest.mark.parametrize("feather", [0, 1, 8, 64])
def test_every_pixel_outside_the_mask_is_restored(feather: int, tmp_path: Path) -> None:
    """However soft the edge, it is soft inwards; deep inside is the result."""
    original, mask, painted, edited = scene(tmp_path, "coffee.png")
    worse = edited.filter(ImageFilter.GaussianBlur(1))
    worse.save(tmp_path / "result.png")
    assert not restore_original(original, tmp_path / "result.png", mask, tmp_path / "kept.png", feather=feather)
    kept, inside = np.asarray(opened(tmp_path / "kept.png")), np.asarray(painted)
    assert np.array_equal(kept[inside == 0], np.asarray(photo())[inside == 0])
    assert np.array_equal(kept[200, 270], np.asarray(worse)[200, 270])
    if feather == 0:
        assert np.array_equal(kept[inside == 255], np.asarray(worse)[inside == 255])


def test_a_soft_edge_does_not_wipe_out_a_thin_stroke(tmp_path: Path) -> None:
    """A stroke of 12 pixels keeps most of the edit, whatever the feather."""
    original, _, _, _ = scene(tmp_path, "coffee.png")
    thin = Image.new("L", (600, 400))
    thin.paste(255, (50, 200, 550, 212))
    mask = mask_png(thin, tmp_path).path
    red = photo()
    red.paste((255, 0, 0), (0, 0), thin)
    red.save(tmp_path / "result.png")
    restore_original(original, tmp_path / "result.png", mask, tmp_path / "kept.png", feather=64)
    assert opened(tmp_path / "kept.png").getpixel((300, 206)) == (255, 0, 0)


def test_see_through_and_rotated_originals_are_restored(tmp_path: Path) -> None:
    """Alpha of the original stays outside; its orientation is applied before anything is compared."""
    original, mask, painted, edited = scene(tmp_path, "coffee.png")
    see_through = photo().convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    see_through.save(original)
    edited.save(tmp_path / "result.png")
    restore_original(original, tmp_path / "result.png", mask, tmp_path / "kept.png", feather=0)
    kept, inside = np.asarray(opened(tmp_path / "kept.png")), np.asarray(painted)
    assert np.array_equal(kept[inside == 0], np.asarray(see_through)[inside == 0])
    turned = photo().transpose(Image.Transpose.ROTATE_90)
    original.write_bytes(saved(turned, "PNG", exif=rotated_exif(6)))
    assert changed_outside(original, tmp_path / "result.png", mask).share == 0


def test_a_full_mask_leaves_nothing_to_measure(tmp_path: Path) -> None:
    """With everything painted nothing is outside, and no frame can be compared."""
    original, _, _, edited = scene(tmp_path, "coffee.png")
    everything = mask_png(Image.new("L", (600, 400), 255), tmp_path).path
    moved(edited).save(tmp_path / "result.png")
    assert changed_outside(original, tmp_path / "result.png", everything).share == 0


def test_images_without_detail_have_no_frame() -> None:
    """A plain wall looks the same however it was moved."""
    wall, other = Image.new("RGB", (500, 400), "teal"), Image.new("RGB", (500, 400), "teal")
    assert framing_problem(wall, other, Image.new("L", (500, 400))) is None
    assert framing_problem(photo().resize((50, 40)), wall.resize((50, 40)), Image.new("L", (50, 40))) is None


def test_a_broken_result_is_refused(tmp_path: Path) -> None:
    """A file that cannot be opened is refused with a sentence."""
    original, mask, _, _ = scene(tmp_path, "coffee.png")
    (tmp_path / "result.png").write_bytes(b"nonsense")
    with pytest.raises(ImageRefused):
        changed_outside(original, tmp_path / "result.png", mask)
