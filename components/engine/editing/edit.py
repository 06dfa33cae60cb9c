"""Edit images: restyle them by the prompt's words, set the words inside a mask or markup, combine several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageEnhance, ImageOps, ImageStat

from components.engine.drawing.color import LIGHTS, NAMED, WHITE, choose_palette, mix
from components.engine.drawing.effects import finish, textured
from components.engine.drawing.motifs import MotifCanvas
from components.engine.drawing.raster import draw_shapes, paint
from components.engine.drawing.scene import build_scene, weather
from components.engine.drawing.shapes import UNITS
from components.engine.drawing.spec import Color, DrawSpec, PromptWords
from components.engine.drawing.vocabulary import read_prompt
from components.engine.editing.areas import (
    Pixels,
    filled_in,
    fitted,
    foreground,
    ink_color,
    largest_room,
    marked_area,
    open_area,
)  # fmt: skip
from components.images.normalize import eight_bits

REMAINS: Mapping[str, float] = {"high": 0.6, "low": 0.1}  # how much of an input stays where no area is named
REMOVING = re.compile(r"\b(remove|erase|delete|clean up|get rid|inpaint|fill in)\b", re.I)


@dataclass(frozen=True)
class EditInputs:
    """What an edit works on: images; a mask (alpha 0 is edited) or markup, each of the first image's size."""

    images: tuple[Image.Image, ...]
    mask: Image.Image | None = None
    markup: Image.Image | None = None
    fidelity: str = "low"
    ignore_mask: bool = False


def edit_image(spec: DrawSpec, inputs: EditInputs, phase: float = 0.0) -> Image.Image:
    """Return the edited image at the spec's size: RGB, or RGBA where the first image or the spec is transparent.

    With a mask, each pixel where the mask is opaque stays the first image's own, bit for bit, as long as the sizes
    are equal; only newly drawn parts are then cut out where the spec is transparent.
    """
    base = fitted(_plain(inputs.images[0]), (spec.width, spec.height))
    solid = _on_white(base)
    if inputs.mask is None and inputs.markup is None:
        changed = _combined(restyled(solid, spec, phase), inputs.images[1:], (spec.width * 11 // 20, 0, *base.size))
        result = _breathing(Image.blend(changed, solid, REMAINS[inputs.fidelity]), phase)
        result = result if spec.transparent else _labeled(result, spec)
        if base.mode == "RGBA":
            result.putalpha(base.getchannel("A"))
        return _cut_out(result) if spec.transparent else result
    area = open_area(inputs.mask, base.size) if inputs.mask else marked_area(inputs.markup or base, base.size)
    bounds = area.getbbox()
    if bounds is None:
        return base
    content = _combined(_content(base, solid, area, spec, inputs, phase), inputs.images[1:], bounds)
    if inputs.ignore_mask:
        base = restyled(solid, spec, phase).convert(base.mode)
    elif inputs.mask is not None and spec.transparent:
        cut = content.convert("RGBA")
        cut.paste(_cut_out(content.crop(bounds)), bounds[:2])
        return Image.composite(cut, base.convert("RGBA"), area)
    result = Image.composite(content.convert(base.mode), base, area)
    return _cut_out(result) if spec.transparent else result


def restyled(image: Image.Image, spec: DrawSpec, phase: float = 0.0) -> Image.Image:
    """Return an RGB image in the light, color, material and style of the prompt's words."""
    words, changed = read_prompt(spec.prompt), image
    palette, scale = choose_palette(words, spec.seed, spec.index), min(image.size) / UNITS
    for name in dict.fromkeys((words.time, words.weather, words.mood, words.style)):
        if name in LIGHTS:
            changed = _lit(changed, mix(NAMED[name].top, NAMED[name].bottom, 0.4), *LIGHTS[name])
    if words.colors:
        changed = _lit(changed, words.colors[0], 0.72, 1.0, 1.0)
    elif not words.style and (not words.look_only or changed is image):
        changed = _lit(changed, palette.shapes[0], 0.42, 1.0, 1.15)
    if words.texture:
        changed = textured(changed, words.texture, spec.seed)
    canvas = MotifCanvas(image.width / scale, image.height / scale, palette, spec.random("weather"), phase=phase)
    changed = draw_shapes(changed.copy(), weather(canvas, words), scale)
    return finish(changed, words.style, spec.seed + spec.index, palette, spec.detail)


def _plain(image: Image.Image) -> Image.Image:
    """Return 8 bits a channel, RGB or RGBA."""
    image = eight_bits(image) or image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image.convert("RGBA")).convert("RGB")


def _lit(image: Image.Image, color: Color, share: float, brightness: float, saturation: float) -> Image.Image:
    """Return the image in colored light; shadows and lights keep their order."""
    dark, light = mix((0, 0, 0), color, 0.16), mix(color, WHITE, 0.72)
    tinted = ImageOps.colorize(image.convert("L"), dark, light, mid=color)
    blended = Image.blend(ImageEnhance.Color(image).enhance(saturation), tinted, share)
    return ImageEnhance.Brightness(blended).enhance(brightness)


def _content(
    base: Image.Image, solid: Image.Image, area: Image.Image, spec: DrawSpec, inputs: EditInputs, phase: float
) -> Image.Image:
    """Return what comes into the area: its surroundings carried on, the image restyled, or a poster of the words."""
    words, ground = read_prompt(spec.prompt), solid.copy()
    hint = ink_color(inputs.markup) if inputs.markup is not None else None
    if hint and not words.colors:
        words = replace(words, colors=(hint,))
    extending = base.mode == "RGBA" and ImageStat.Stat(base.getchannel("A"), area).mean[0] < 64
    if REMOVING.search(spec.prompt) or extending:
        ground = filled_in(solid, area)
        room = largest_room(area)
        if extending and room is not None:
            patch = _poster(area.crop(room), spec, words, phase)
            ground.paste(patch, room[:2], Image.new("L", patch.size, 150))
    elif words.look_only and not hint:
        ground = restyled(solid, spec, phase)
    else:
        bounds = area.getbbox() or (0, 0, 1, 1)
        ground.paste(_poster(area.crop(bounds), spec, words, phase), bounds[:2])
    return ground


def _poster(area: Image.Image, spec: DrawSpec, words: PromptWords, phase: float = 0.0) -> Image.Image:
    """Return a poster as large as an area, its type where the area has room for it."""
    part, scale = replace(spec, width=area.width, height=area.height, transparent=False), UNITS / min(area.size)
    left, top, right, bottom = (value * scale for value in largest_room(area) or area.getbbox() or (0, 0, *area.size))
    inset = min(right - left, bottom - top) * 0.07
    room = (left + inset, top + inset, max(1.0, right - left - 2 * inset), max(1.0, bottom - top - 2 * inset))
    return paint(build_scene(part, phase=phase, area=room, words=words), *area.size)


def _labeled(image: Image.Image, spec: DrawSpec) -> Image.Image:
    """Return the image with the prompt's words on a small poster in a lower corner."""
    unit = min(image.size) / UNITS
    size = max(1, round(480 * unit)), max(1, round(230 * unit))
    label = _poster(Image.new("L", size, 255), spec, read_prompt(spec.prompt))
    image.paste(label, (round(40 * unit), image.height - size[1] - round(40 * unit)))
    return image


def _combined(image: Image.Image, others: tuple[Image.Image, ...], bounds: Pixels) -> Image.Image:
    """Return the image with further ones as prints with white borders in a grid inside the bounds."""
    left, top, wide, tall = bounds[0], bounds[1], bounds[2] - bounds[0], bounds[3] - bounds[1]
    columns = max(1, round((len(others) * wide / max(1, tall)) ** 0.5))
    cell = (max(4, wide // columns), max(4, tall // max(1, -(-len(others) // columns))))
    for place, other in enumerate(others):
        edge = max(1, min(cell) // 30)
        size = (max(1, cell[0] - 6 * edge), max(1, cell[1] - 6 * edge))
        shown = ImageOps.expand(ImageOps.contain(_on_white(_plain(other)), size), edge, WHITE)
        x = left + place % columns * cell[0] + (cell[0] - shown.width) // 2
        y = top + place // columns * cell[1] + (cell[1] - shown.height) // 2
        image.paste(mix((0, 0, 0), WHITE, 0.1), (x + edge, y + edge, x + edge + shown.width, y + edge + shown.height))
        image.paste(shown, (x, y))
    return image


def _cut_out(image: Image.Image) -> Image.Image:
    """Return only what stands before the background, as RGBA."""
    cut = image.convert("RGBA")
    cut.putalpha(ImageChops.darker(foreground(image), cut.getchannel("A")))
    return cut


def _breathing(image: Image.Image, phase: float) -> Image.Image:
    """Return the image drawn a little nearer in the middle of a loop, so that the frames of an edit move."""
    inset = 0.024 * (0.5 - abs(phase - 0.5))
    nearer = (image.width * inset, image.height * inset, image.width * (1 - inset), image.height * (1 - inset))
    return image.resize(image.size, Image.Resampling.BILINEAR, box=nearer) if phase else image
