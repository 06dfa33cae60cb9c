"""Previews, such as the canvas's background: small, upright, and never see-through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.images.errors import ImageRefused
from components.images.preview import checkerboard, preview_of, shrunk, small_image
from tests.unit.images.odd_images import opened, photo, rotated_exif, saved, wide_profile


@pytest.mark.parametrize(
    ("box", "size"), [((300, 300), (300, 200)), ((900, 100), (150, 100)), ((5000, 5000), (600, 400)), ((1, 1), (1, 1))]
)
def test_a_preview_fits_its_box_and_never_grows(box: tuple[int, int], size: tuple[int, int]) -> None:
    """The shape stays; the longer side shrinks to the box."""
    preview = preview_of(photo(), box)
    assert (preview.width, preview.height) == size
    assert opened(preview.data).size == size


def test_photographs_are_jpegs_and_drawings_are_pngs() -> None:
    """An image with few colors keeps them all."""
    assert preview_of(photo(), (200, 200)).content_type == "image/jpeg"
    drawing = Image.new("RGB", (50, 50), "white")
    drawing.paste("red", (10, 10, 20, 20))
    preview = preview_of(drawing, (200, 200))
    assert preview.content_type == "image/png"
    assert np.array_equal(np.asarray(opened(preview.data)), np.asarray(drawing))


def test_see_through_parts_show_a_checkerboard() -> None:
    """In see-through parts the board's two grays alternate; opaque parts cover it."""
    image = Image.new("RGBA", (96, 96))
    image.paste((200, 0, 0, 255), (0, 0, 96, 48))
    shown = opened(preview_of(image, (96, 96)).data).convert("RGB")
    assert shown.getpixel((50, 20)) == (200, 0, 0)
    assert {shown.getpixel((x, 90)) for x in range(96)} == {(236, 236, 236), (208, 208, 208)}
    board = checkerboard((30, 30))
    assert board.getpixel((0, 0)) != board.getpixel((12, 0)) == board.getpixel((0, 12)) != board.getpixel((12, 12))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_has_a_preview(mode: str) -> None:
    """Whatever Pillow decodes becomes RGB or RGBA; brightness stays where it was."""
    image = Image.new("L", (40, 40), 200)
    image = Image.fromarray(np.full((40, 40), 200 * 257, np.uint16)) if mode == "I;16" else image.convert(mode)
    file = saved(image, "TIFF")
    assert shrunk(opened(file), (10, 10)).size == (10, 10)


def test_a_files_preview_is_upright_and_in_srgb(tmp_path: Path) -> None:
    """Orientation, color profile and 16 bits are normalized, in files of earlier runs as well."""
    path = tmp_path / "x.jpg"
    path.write_bytes(
        saved(Image.new("RGB", (800, 400), (200, 30, 30)), "JPEG", exif=rotated_exif(6), icc_profile=wide_profile())
    )
    preview = preview_of(small_image(path, (100, 100), max_pixels=10**6), (100, 100))
    assert (preview.width, preview.height) == (50, 100)
    red, green, _ = opened(preview.data).getpixel((20, 20))
    assert green > 150 > red
    path.write_bytes(saved(Image.fromarray(np.full((9, 9), 30000, np.uint16)), "PNG"))
    assert (
        opened(preview_of(small_image(path, (9, 9), max_pixels=100), (9, 9)).data).convert("L").getpixel((4, 4)) == 117
    )
    with pytest.raises(ImageRefused, match="megapixels"):
        small_image(path, (9, 9), max_pixels=80)
