"""Images are sent for analysis no larger than the chosen detail can use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.images.downscale import shrink_for_detail, useful_size
from components.images.errors import ImageRefused
from tests.unit.images.odd_images import mpo, opened, photo, rotated_exif, saved


@pytest.mark.parametrize(
    ("size", "detail", "useful"),
    [
        ((4000, 3000), "low", (512, 384)),
        ((4000, 3000), "high", (1024, 768)),
        ((4000, 3000), "auto", (1024, 768)),
        ((4000, 3000), "original", (4000, 3000)),
        ((9000, 1000), "high", (2048, 228)),
        ((500, 300), "low", (500, 300)),
        ((768, 768), "high", (768, 768)),
        ((100_000, 1), "low", (512, 1)),
    ],
)
def test_the_useful_size_of_a_detail(size: tuple[int, int], detail: str, useful: tuple[int, int]) -> None:
    """The limits are 512 pixels at low, 2048 and 768 at high detail; no image is enlarged."""
    assert useful_size(*size, detail) == useful


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "image"


def test_a_large_photograph_is_shrunk_with_a_note(file: Path) -> None:
    """It becomes a JPEG of the useful size, upright, much smaller, and the note names both sizes."""
    file.write_bytes(saved(photo().resize((1800, 1200)), "PNG"))
    shrunk = shrink_for_detail(file, "low")
    assert opened(shrunk.data).size == (512, 341)
    assert shrunk.content_type == "image/jpeg"
    assert len(shrunk.data) < file.stat().st_size / 5
    assert "512x341 JPG instead of 1800x1200" in shrunk.note
    file.write_bytes(saved(photo().resize((3000, 2000)), "JPEG", exif=rotated_exif(6)))
    data, content_type, note = shrink_for_detail(file, "high")
    assert opened(data).size == (768, 1152)
    assert content_type == "image/jpeg"
    assert "768x1152" in note


def test_the_original_is_sent_byte_for_byte(file: Path) -> None:
    """The detail "original" sends the file unchanged."""
    file.write_bytes(saved(photo().resize((1500, 1000)), "WEBP"))
    assert shrink_for_detail(file, "original") == (file.read_bytes(), "image/webp", "")


def test_small_files_stay_unchanged(file: Path) -> None:
    """A small file stays, and so does one that would only grow."""
    file.write_bytes(saved(photo().resize((400, 300)), "PNG"))
    assert shrink_for_detail(file, "low").data == file.read_bytes()
    file.write_bytes(saved(Image.new("RGB", (600, 600), "red"), "WEBP", quality=1))
    assert shrink_for_detail(file, "low").data == file.read_bytes()


@pytest.mark.parametrize("mode", ["RGBA", "P", "L"])
def test_alpha_and_drawings_stay_sharp(mode: str, file: Path) -> None:
    """See-through parts stay so, and a drawing becomes a PNG."""
    drawing = Image.fromarray(np.kron(np.eye(40, dtype=np.uint8) * 255, np.ones((40, 40), np.uint8))).convert(mode)
    if mode == "RGBA":
        drawing.putalpha(drawing.getchannel("R"))
    file.write_bytes(saved(drawing, "PNG", compress_level=0))
    shrunk = shrink_for_detail(file, "low")
    assert shrunk.content_type == "image/png"
    assert opened(shrunk.data).has_transparency_data == (mode == "RGBA")


def test_formats_that_are_not_sent_are_converted_even_if_small(file: Path) -> None:
    """A BMP or a phone's MPO of any size becomes a format that the API takes."""
    file.write_bytes(saved(photo().resize((100, 60)), "BMP"))
    assert shrink_for_detail(file, "low").content_type == "image/jpeg"
    file.write_bytes(mpo(photo(), photo()))
    assert opened(shrink_for_detail(file, "low").data).format == "JPEG"


def test_a_broken_file_is_refused(file: Path) -> None:
    """A broken file is refused with a sentence."""
    file.write_bytes(saved(photo(), "JPEG")[:9000])
    with pytest.raises(ImageRefused, match="broken"):
        shrink_for_detail(file, "low")
