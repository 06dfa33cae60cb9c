"""Edits: pixels outside the mask stay, areas are filled, markup is followed, other images come in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from components.engine.drawing import DrawSpec
from components.engine.drawing.color import LIGHTS
from components.engine.editing import EditInputs, edit_image
from components.engine.editing.areas import filled_in, ink_color, largest_room, marked_area
from components.engine.editing.edit import restyled

SIZE = (120, 90)
SPEC = DrawSpec("a red flower", "gpt-image-2", *SIZE)


def _scene() -> Image.Image:
    """Blue above green, with noise, so that every change shows."""
    rng = np.random.default_rng(3)
    values = np.full((SIZE[1], SIZE[0], 3), [70.0, 110.0, 200.0])
    values[45:] = [60, 140, 70]
    return Image.fromarray((values + rng.uniform(-9, 9, values.shape)).clip(0, 255).astype(np.uint8))


def _mask(soft: float = 0.0) -> Image.Image:
    alpha = Image.new("L", SIZE, 255)
    ImageDraw.Draw(alpha).rectangle((30, 20, 80, 70), fill=0)
    if soft:
        alpha = alpha.filter(ImageFilter.GaussianBlur(soft))
    mask = Image.new("RGBA", SIZE, (255, 255, 255, 255))
    mask.putalpha(alpha)
    return mask


@pytest.mark.parametrize(
    "prompt",
    ["a red flower", "remove it", "the sea at sunset", "blue", "qqx", 'the word "HI"', "line art", "", "night"],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("soft", [0.0, 4.0])
def test_pixels_outside_the_mask_stay(prompt: str, mode: str, soft: float) -> None:
    """Whatever is requested: where the mask is opaque the pixels are equal, and inside something is new."""
    source = _scene().convert(mode)
    mask = _mask(soft)
    result = edit_image(replace(SPEC, prompt=prompt), EditInputs((source,), mask))
    before = np.asarray(source.convert(result.mode))
    kept = np.asarray(mask)[..., 3] == 255
    assert np.array_equal(np.asarray(result)[kept], before[kept])
    assert (np.asarray(result)[25:65, 35:75] != before[25:65, 35:75]).any()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_transparent_background_within_a_mask(mode: str) -> None:
    """Only what is drawn anew is cut out: where the mask is opaque, every pixel and its alpha stay."""
    source, mask = _scene().convert(mode), _mask(4.0)
    for prompt in ("a red flower", "remove it", "night"):
        result = np.asarray(edit_image(replace(SPEC, prompt=prompt, transparent=True), EditInputs((source,), mask)))
        kept = np.asarray(mask)[..., 3] == 255
        assert np.array_equal(result[kept], np.asarray(source.convert("RGBA"))[kept])
        assert (result[25:65, 35:75, 3] < 128).any()
    ignoring = edit_image(replace(SPEC, transparent=True), EditInputs((source,), mask, ignore_mask=True))
    assert (np.asarray(ignoring)[kept][..., 3] < 255).any()


def test_soft_edges_blend() -> None:
    """Where the mask is half open the pixel lies between the old and the new."""
    source = Image.new("RGB", SIZE, (0, 0, 0))
    mask = _mask(4.0)
    result = np.asarray(edit_image(replace(SPEC, prompt="white"), EditInputs((source,), mask)).convert("L"), dtype=int)
    assert result[45, 55] >= result[45, 31] >= result[45, 26] >= result[45, 10] == 0


def test_a_closed_mask_changes_nothing() -> None:
    """Without an open area the image comes back as it is."""
    closed = Image.new("RGBA", SIZE, (0, 0, 0, 255))
    assert np.array_equal(np.asarray(edit_image(SPEC, EditInputs((_scene(),), closed))), np.asarray(_scene()))


def test_removing_carries_the_surroundings_on() -> None:
    """What is taken out is filled with what is around it."""
    source = _scene()
    ImageDraw.Draw(source).rectangle((40, 5, 60, 30), fill=(250, 20, 20))
    alpha = Image.new("L", SIZE, 255)
    ImageDraw.Draw(alpha).rectangle((36, 2, 64, 34), fill=0)
    mask = Image.new("RGBA", SIZE)
    mask.putalpha(alpha)
    result = np.asarray(edit_image(replace(SPEC, prompt="remove the box"), EditInputs((source,), mask)), dtype=int)
    assert np.abs(result[10:26, 44:57].mean((0, 1)) - [70, 110, 200]).max() < 15


def test_filling_a_hole() -> None:
    """A plain image with a hole is made whole again, whatever the size."""
    for size in ((64, 64), (37, 91), (3, 2), (1, 1)):
        image = Image.new("RGB", size, (90, 120, 30))
        hole = Image.new("L", size, 0)
        hole.paste(255, (0, 0, max(1, size[0] // 2), max(1, size[1] // 2)))
        damaged = image.copy()
        damaged.paste((255, 0, 255), (0, 0), hole)
        if size != (1, 1):
            assert np.abs(np.asarray(filled_in(damaged, hole), dtype=int) - [90, 120, 30]).max() <= 2


def test_markup_encloses() -> None:
    """What a stroke runs around belongs to it; an open stroke is only its own line; the ink's color is a hint."""
    ring = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(ring).ellipse((30, 20, 90, 70), outline=(220, 30, 40, 255), width=4)
    line = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(line).line((10, 10, 110, 80), fill=(20, 20, 20, 255), width=4)
    assert marked_area(ring, SIZE).getpixel((60, 45)) == 255
    assert marked_area(ring, SIZE).getpixel((5, 5)) == 0
    assert marked_area(line, SIZE).getpixel((60, 45)) == 255
    assert marked_area(line, SIZE).getpixel((90, 20)) == 0
    color = ink_color(ring)
    assert color is not None
    assert color[0] > 200
    assert ink_color(line) is None
    assert ink_color(Image.new("RGBA", SIZE)) is None


@pytest.mark.parametrize("word", [*LIGHTS, "blue", "pixel art", "oil painting", "wooden", "a boat", "qqx"])
def test_words_restyle(word: str) -> None:
    """Each word changes a whole image; none changes its size."""
    result = restyled(_scene(), replace(SPEC, prompt=word))
    assert result.size == SIZE
    assert (np.abs(np.asarray(result, dtype=int) - np.asarray(_scene())).max(axis=2) > 8).mean() > 0.3


@pytest.mark.parametrize("box", [(30, 20, 90, 70), (0, 0, 120, 30), (70, 5, 118, 88)])
def test_the_words_come_into_the_mask(box: tuple[int, int, int, int]) -> None:
    """What the edit says is set inside the masked area: other words of the same look give other pixels there."""
    big = tuple(edge * 6 for edge in box)
    source = _scene().resize((SIZE[0] * 6, SIZE[1] * 6))
    alpha = Image.new("L", source.size, 255)
    alpha.paste(0, big)
    mask = Image.new("RGBA", source.size)
    mask.putalpha(alpha)
    spec = replace(SPEC, width=source.width, height=source.height)
    result = np.asarray(edit_image(replace(spec, prompt="a red hat"), EditInputs((source,), mask)), dtype=int)
    patch = result[big[1] : big[3], big[0] : big[2]]
    red = patch[..., 0] - patch[..., 2]
    assert red.mean() > 40
    light, dark = patch.max(axis=2) > 200, patch.sum(axis=2) < 200
    assert (light | dark).mean() > 0.03
    assert (np.abs(patch - np.median(patch, axis=(0, 1))).max(axis=2) > 80).mean() > 0.03


def test_type_finds_room() -> None:
    """The box for type lies inside the area: of a frame one of its sides, of a disc its middle."""
    frame = Image.new("L", (200, 120), 255)
    frame.paste(0, (60, 20, 190, 110))
    assert largest_room(frame) is not None
    left, top, right, bottom = largest_room(frame) or (0, 0, 0, 0)
    assert not frame.point(lambda level: 255 - level).crop((left, top, right, bottom)).getbbox()
    disc = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(disc).ellipse((0, 0, 99, 99), fill=255)
    left, top, right, bottom = largest_room(disc) or (0, 0, 0, 0)
    assert right - left > 55
    assert bottom - top > 30
    assert largest_room(Image.new("L", (50, 50), 0)) is None


def test_transparent_borders_are_filled() -> None:
    """Outpainting carries the surroundings on: the new border resembles what it touches, the old pixels stay."""
    wide = Image.new("RGBA", (SIZE[0] + 80, SIZE[1]), (0, 0, 0, 0))
    wide.paste(_scene(), (40, 0))
    mask = Image.new("RGBA", wide.size, (0, 0, 0, 0))
    mask.paste((0, 0, 0, 255), (40, 0, 40 + SIZE[0], SIZE[1]))
    spec = replace(SPEC, prompt="more of the sea", width=wide.width)
    result = np.asarray(edit_image(spec, EditInputs((wide,), mask)), dtype=int)
    assert (result[..., 3] == 255).all()
    assert np.array_equal(result[:, 40:160, :3], np.asarray(_scene(), dtype=int))
    assert np.abs(result[5:35, 30:38, :3].mean((0, 1)) - [70, 110, 200]).max() < 75


def test_odd_images() -> None:
    """Sixteen bits, one pixel, sixteen images at once: all of them work."""
    deep = Image.fromarray((np.arange(SIZE[0] * SIZE[1]).reshape(SIZE[1], SIZE[0]) * 6 % 65536).astype(np.uint16))
    assert len(edit_image(SPEC, EditInputs((deep,), _mask())).getcolors(20_000) or []) > 20
    assert edit_image(replace(SPEC, width=1, height=1), EditInputs((Image.new("RGB", (1, 1)),))).size == (1, 1)
    many = tuple(Image.new("RGB", (20 + n, 30), (n * 15, 0, 0)) for n in range(16))
    assert edit_image(SPEC, EditInputs(many)).size == SIZE
    assert edit_image(SPEC, EditInputs(many, _mask())).size == SIZE
