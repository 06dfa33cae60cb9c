"""Edit images: restyle them by the prompt's words, set the words inside a mask or markup, combine several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from components.engine.drawing.areas import (
    Box,
    filled_in,
    fitted,
    foreground,
    ink_color,
    largest_room,
    marked_area,
    open_area,
)
from components.engine.drawing.color import NAMED, Color, choose_palette, mix, readable
from components.engine.drawing.effects import finish, textured
from components.engine.drawing.motifs import MOTIFS, Stage
from components.engine.drawing.raster import draw_shapes, draw_texts, paint
from components.engine.drawing.scene import SIGNATURE, build_scene, weather
from components.engine.drawing.shapes import UNITS, Text, box
from components.engine.drawing.spec import DrawSpec
from components.engine.drawing.typesetting import block, block_height, fit, split_prompt
from components.engine.drawing.vocabulary import PromptWords, read_prompt

REMAINS: Mapping[str, float] = {"high": 0.6, "low": 0.1}  # how much of an input stays where no area is named
REMOVING = re.compile(r"\b(remove|erase|delete|clean up|get rid|inpaint|fill in)\b", re.I)
# What light does to an image: its share, brightness, saturation. Its color is the palette's of that name.
LIGHTS: Mapping[str, tuple[float, float, float]] = {
    "dawn": (0.3, 1.0, 0.95), "day": (0.12, 1.12, 1.1), "golden": (0.36, 1.02, 1.1), "sunset": (0.46, 0.94, 1.15),
    "dusk": (0.5, 0.72, 0.9), "night": (0.66, 0.46, 0.75), "fog": (0.5, 1.06, 0.6), "rain": (0.4, 0.82, 0.65),
    "storm": (0.55, 0.66, 0.6), "snow": (0.34, 1.1, 0.6), "spring": (0.2, 1.06, 1.15), "summer": (0.2, 1.06, 1.2),
    "autumn": (0.36, 0.98, 1.1), "neon": (0.4, 0.85, 1.5), "dramatic": (0.4, 0.8, 1.1), "happy": (0.12, 1.08, 1.3),
    "calm": (0.25, 1.03, 0.8), "sad": (0.45, 0.85, 0.5), "romantic": (0.3, 1.05, 1.0), "cozy": (0.3, 1.0, 1.05),
    "energetic": (0.15, 1.05, 1.5), "cool": (0.3, 1.02, 0.9), "elegant": (0.3, 0.85, 0.7),
}  # fmt: skip


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
    are equal; only what is drawn anew is cut out then where the spec is transparent.
    """
    base = fitted(_plain(inputs.images[0]), (spec.width, spec.height))
    solid = _on_white(base)
    area = _area(inputs, base.size)
    if area is None:
        changed = _combined(restyled(solid, spec, phase), inputs.images[1:], None)
        result = _breathing(Image.blend(changed, solid, REMAINS[inputs.fidelity]), phase)
        if spec.transparent:
            return _cut_out(result if base.mode == "RGB" else _with_alpha(result, base))
        result = _labeled(result, spec)
        return _with_alpha(result, base) if base.mode == "RGBA" else result
    content = _combined(_content(base, solid, area, spec, inputs, phase), inputs.images[1:], area)
    if inputs.ignore_mask:
        base = restyled(solid, spec, phase).convert(base.mode)
    elif inputs.mask is not None and spec.transparent:
        cut, bounds = content.convert("RGBA"), area.getbbox()
        if bounds:
            cut.paste(_cut_out(content.crop(bounds)), bounds[:2])
        return Image.composite(cut, base.convert("RGBA"), area)
    result = Image.composite(content.convert(base.mode), base, area)
    return _cut_out(result) if spec.transparent else result


def restyled(image: Image.Image, spec: DrawSpec, phase: float = 0.0) -> Image.Image:
    """Return an RGB image in the light, color, material and style of the prompt's words."""
    words = read_prompt(spec.prompt)
    palette, changed = choose_palette(words, spec.seed, spec.index), image
    for name in dict.fromkeys((words.time, words.weather, words.mood, words.style)):
        if name in LIGHTS:
            changed = _lit(changed, mix(NAMED[name].top, NAMED[name].bottom, 0.4), *LIGHTS[name])
    if words.colors:
        changed = _lit(changed, words.colors[0], 0.72, 1.0, 1.0)
    elif not words.style and (not words.look_only or changed is image):
        changed = _lit(changed, palette.shapes[0], 0.42, 1.0, 1.15)
    if words.texture:
        changed = textured(changed, words.texture, spec.seed)
    side = UNITS / min(image.size)
    stage = Stage(image.width * side, image.height * side, palette, spec.random("weather"), 1.0, phase)
    changed = draw_shapes(changed.copy(), weather(stage, words), 1 / side)
    return finish(changed, words.style, spec.seed + spec.index, palette, spec.detail)


def _plain(image: Image.Image) -> Image.Image:
    """Return 8 bits a channel, RGB or RGBA. Sixteen bits of gray are scaled, where Pillow would clip them."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level / 257).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    sheet = Image.new("RGB", image.size, (255, 255, 255))
    sheet.paste(image, (0, 0), image)
    return sheet


def _with_alpha(image: Image.Image, source: Image.Image) -> Image.Image:
    image.putalpha(source.getchannel("A"))
    return image


def _area(inputs: EditInputs, size: tuple[int, int]) -> Image.Image | None:
    if inputs.mask is not None:
        return open_area(inputs.mask, size)
    return marked_area(inputs.markup, size) if inputs.markup is not None else None


def _lit(image: Image.Image, color: Color, share: float, brightness: float, saturation: float) -> Image.Image:
    """Return the image in colored light; shadows and lights keep their order."""
    tinted = ImageOps.colorize(
        image.convert("L"), mix((0, 0, 0), color, 0.16), mix(color, (255, 255, 255), 0.72), mid=color
    )
    return ImageEnhance.Brightness(Image.blend(ImageEnhance.Color(image).enhance(saturation), tinted, share)).enhance(
        brightness
    )


def _content(
    base: Image.Image, solid: Image.Image, area: Image.Image, spec: DrawSpec, inputs: EditInputs, phase: float
) -> Image.Image:
    """Return what comes into the area: its surroundings carried on, the image restyled, or a poster of the words."""
    bounds = area.getbbox()
    if bounds is None:
        return solid
    words = read_prompt(spec.prompt)
    if hint := ink_color(inputs.markup) if inputs.markup is not None else None:
        words = words if words.colors else replace(words, colors=(hint,))
    ground = solid.copy()
    margin = max(16, (bounds[2] - bounds[0]) // 3, (bounds[3] - bounds[1]) // 3)
    room = (max(0, bounds[0] - margin), max(0, bounds[1] - margin),
            min(solid.width, bounds[2] + margin), min(solid.height, bounds[3] + margin))  # fmt: skip
    extending = base.mode == "RGBA" and _mean(base.getchannel("A"), area) < 64
    if REMOVING.search(spec.prompt) or extending:
        ground.paste(filled_in(solid.crop(room), area.crop(room)), room[:2])
        return _extended(ground, area, spec, words, phase) if extending else ground
    if words.look_only and not hint:
        return restyled(solid, spec, phase)
    ground.paste(_patch(area, bounds, spec, words, phase), bounds[:2])
    return ground


def _mean(level: Image.Image, area: Image.Image) -> float:
    weights = np.asarray(area, dtype=np.float32)
    return float((np.asarray(level, dtype=np.float32) * weights).sum() / max(1.0, float(weights.sum())))


def _patch(area: Image.Image, bounds: Box, spec: DrawSpec, words: PromptWords, phase: float) -> Image.Image:
    """Return a poster as large as the area's bounds, its type where the area has room for it."""
    size = (bounds[2] - bounds[0], bounds[3] - bounds[1])
    part, scale = replace(spec, width=size[0], height=size[1], transparent=False), UNITS / min(size)
    left, top, right, bottom = (value * scale for value in largest_room(area.crop(bounds)) or (0, 0, *size))
    inset = min(right - left, bottom - top) * 0.07
    room = (left + inset, top + inset, max(1.0, right - left - 2 * inset), max(1.0, bottom - top - 2 * inset))
    return paint(build_scene(part, phase=phase, area=room, words=words), *size)


def _extended(ground: Image.Image, area: Image.Image, spec: DrawSpec, words: PromptWords, phase: float) -> Image.Image:
    """Return carried-on surroundings with a motif over them and the words in the widest strip."""
    palette, scale = choose_palette(words, spec.seed, spec.index), min(ground.size) / UNITS
    stage = Stage(ground.width / scale, ground.height / scale, palette, spec.random("extension"), spec.detail, phase)
    motif = ("circles", "confetti", "leaves", "orbits")[(spec.seed + spec.index) % 4]
    over = draw_shapes(ground.copy(), MOTIFS[motif](stage), scale)
    result = Image.blend(ground, finish(over, words.style, spec.seed, palette, spec.detail), 0.45)
    room = largest_room(area)
    if room is None:
        return result
    x, y, w, h = room[0] / scale, room[1] / scale, (room[2] - room[0]) / scale, (room[3] - room[1]) / scale
    behind = result.crop(room).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    ink = readable(palette.ink, behind, 5) if isinstance(behind, tuple) else palette.ink  # type: ignore[arg-type]
    lines, size = fit(split_prompt(spec.prompt)[0], "serif", (w * 0.84, h * 0.6), 120)
    top = y + (h - block_height(len(lines), "serif", size)) / 2
    texts = block(lines, "serif", size, (x + w * 0.08, top, w * 0.84), "m", ink)
    return draw_texts(result, tuple(texts), scale, words.style, palette.shapes[0])


def _labeled(image: Image.Image, spec: DrawSpec) -> Image.Image:
    """Return the image with the prompt's words on a small panel in a lower corner."""
    headline, _ = split_prompt(spec.prompt)
    palette, scale = choose_palette(read_prompt(spec.prompt), spec.seed, spec.index), min(image.size) / UNITS
    lines, size = fit(headline.upper(), "poster", (430, 190), 92, 3)
    wide, tall = 480.0, block_height(len(lines), "poster", size) + 92 if lines else 60.0
    x, y = 40.0, image.height / scale - tall - 40
    image = draw_shapes(image, [box(x, y, wide, tall, palette.ground)], scale)
    texts = block(lines, "poster", size, (x + 26, y + 26, wide - 52), "l", palette.ink)
    small = Text(SIGNATURE, x + 26, y + tall - 24, 20, "text", readable(palette.shapes[0], palette.ground))
    return draw_texts(image, (*texts, small), scale, "", palette.shapes[0])


def _combined(image: Image.Image, others: tuple[Image.Image, ...], area: Image.Image | None) -> Image.Image:
    """Return the image with further ones as prints with white borders: along the right edge, or inside the area."""
    bounds = area.getbbox() if area is not None else (image.width * 11 // 20, 0, image.width, image.height)
    if not others or bounds is None:
        return image
    image, wide, tall = image.copy(), bounds[2] - bounds[0], bounds[3] - bounds[1]
    columns = max(1, round((len(others) * wide / max(1, tall)) ** 0.5))
    rows = -(-len(others) // columns)
    for place, other in enumerate(others):
        cell_w, cell_h = max(4, wide // columns), max(4, tall // rows)
        size = max(4, cell_w * 8 // 10), max(4, cell_h * 8 // 10)
        edge = max(1, min(size) // 24)
        photo = ImageOps.contain(_on_white(_plain(other)), size, Image.Resampling.BICUBIC)
        shown = ImageOps.expand(photo, edge, (252, 250, 245))
        x = bounds[0] + place % columns * cell_w + (cell_w - shown.width) // 2
        y = bounds[1] + place // columns * cell_h + (cell_h - shown.height) // 2
        shade = Image.new("L", (shown.width + 6 * edge, shown.height + 6 * edge))
        ImageDraw.Draw(shade).rectangle((3 * edge, 4 * edge, shown.width + 3 * edge, shown.height + 4 * edge), fill=130)
        image.paste((15, 12, 20), (x - 3 * edge, y - 3 * edge), shade.filter(ImageFilter.GaussianBlur(edge * 1.5)))
        image.paste(shown, (x, y))
    return image


def _cut_out(image: Image.Image) -> Image.Image:
    """Return only what stands before the background, as RGBA."""
    alpha = foreground(image)
    if image.mode == "RGBA":
        alpha = ImageChops.darker(alpha, image.getchannel("A"))
    cut = image.convert("RGB")
    cut.putalpha(alpha)
    return cut


def _breathing(image: Image.Image, phase: float) -> Image.Image:
    """Return the image drawn a little nearer in the middle of a loop, so that the frames of an edit move."""
    inset = 0.012 * (0.5 - abs(phase - 0.5)) * 2
    box_ = (image.width * inset, image.height * inset, image.width * (1 - inset), image.height * (1 - inset))
    return image.resize(image.size, Image.Resampling.BILINEAR, box=box_) if phase else image
