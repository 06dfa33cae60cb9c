"""What is laid over an image that is drawn on: the mask that a drawing stands on."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from components.images.preview import small_image
from components.ui.edit.canvas import previews
from components.ui.edit.canvas.objects import PAINT
from components.ui.edit.canvas.previews import WIDTHS, allowed_width, paint_layer, preview


@pytest.mark.parametrize(("width", "size"), [(64, (64, 16)), (1000, (256, 64))])
def test_a_mask_is_laid_over_as_see_through_as_it_is_unpainted(
    tmp_path: Path, width: int, size: tuple[int, int]
) -> None:
    """It is paint all over, its alpha is what is painted; it is made smaller, and never larger."""
    mask = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :].repeat(64, axis=0))
    mask.save(tmp_path / "base.png")
    layer = Image.open(io.BytesIO(paint_layer(tmp_path / "base.png", width))).convert("RGBA")
    assert layer.size == size
    pixels = np.asarray(layer)
    assert (pixels[..., :3] == ImageColor.getrgb(PAINT)).all()
    wanted = np.arange(256).reshape(size[0], -1).mean(axis=1)
    assert np.abs(pixels[0, :, 3] - wanted).max() <= 1


def test_a_fixed_set_of_widths() -> None:
    """Whatever is requested: odd widths cost no decode of their own."""
    assert {allowed_width(width) for width in range(-5, 10_000)} == set(WIDTHS)
    assert allowed_width(961) == 1440
    assert allowed_width(1440) == 1440


def test_one_decode_at_a_time_and_each_small_width_from_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve requests at once for one photograph: two decodes, one for the small widths and one for the large."""
    path = tmp_path / "large.jpg"
    Image.effect_noise((3000, 2000), 60).save(path)
    calls: list[int] = []
    now = threading.Lock()

    def counted(of: Path, box: tuple[int, int], *, max_pixels: int) -> Image.Image:
        assert now.acquire(blocking=False), "two decodes of one content at a time"
        calls.append(box[0])
        found = small_image(of, box, max_pixels=max_pixels)
        now.release()
        return found

    monkeypatch.setattr(previews, "small_image", counted)
    with ThreadPoolExecutor(6) as pool:
        wanted = [224, 320, 480, 960, 1440, 2880] * 2
        made = list(pool.map(lambda width: preview(path, width, None, (1, 2, 3)), wanted))
    assert sorted(calls) == [1440, 2880]
    assert [Image.open(io.BytesIO(data)).width for data, _ in made] == wanted
