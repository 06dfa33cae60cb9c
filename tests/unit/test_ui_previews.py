"""What is laid over a picture that is drawn on: the mask that a drawing stands on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from components.ui.drawing import PAINT
from components.ui.previews import paint_layer


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
