"""One edited picture: what is drawn anew, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.engine.brief import Brief
from components.engine.paint import render
from components.engine.palette import COLOR_NAMES, mix
from components.engine.retouch.areas import (
    filled_in,
    fitted,
    foreground,
    ink_color,
    marked_area,
    open_area,
)
from components.engine.retouch.restyle import closer, restyled, shimmer
from components.engine.shapes import Color
from components.engine.words import read

# How much of what goes in remains where nothing says which part to edit.
REMAINS = {"high": 0.55, "low": 0.12}
REMOVING = re.compile(
    r"\b(remove|erase|delete|without|clean up|get rid|empty|nothing|inpaint|fill in)\b", re.IGNORECASE
)
INSET = 0.36  # of the shorter edge: a further picture that is set into the first
COLUMNS = 4


@dataclass(frozen=True)
class Material:
    """What an edit works on: pictures as they came; a mask (alpha 0 is edited) or markup, of the first's size."""

    pictures: tuple[Image.Image, ...]
    mask: Image.Image | None = None
    markup: Image.Image | None = None
    fidelity: str = "low"
    ignore_mask: bool = False


def retouch(brief: Brief, material: Material, phase: float = 0.0) -> Image.Image:
    """The edited picture, of the brief's size: RGB, or RGBA where the first picture or the brief is transparent.

    With a mask, each pixel where the mask is opaque is the first picture's own, bit for bit, as long as the sizes
    are equal, also where the brief is transparent: only what is drawn anew is cut out then. Without a mask,
    everything changes a little.
    """
    first = _plain(material.pictures[0])
    base = fitted(first, (brief.width, brief.height))
    solid = _on_white(base)
    area = _area(material, base.size)
    if area is None:
        changed = restyled(solid, brief, phase)
        changed = closer(_with_others(changed, material.pictures[1:], None), solid, REMAINS[material.fidelity])
        result = shimmer(changed, phase)
        if base.mode == "RGBA":
            result.putalpha(base.getchannel("A"))
    else:
        content = _content(solid, area, brief, material, phase)
        content = _with_others(content, material.pictures[1:], area.getbbox())
        if material.ignore_mask:
            base = restyled(solid, brief, phase).convert(base.mode)
        elif material.mask is not None and brief.transparent:
            return Image.composite(_cut_out_within(content, area.getbbox()), base.convert("RGBA"), area)
        result = Image.composite(content.convert(base.mode), base, area)
    return _cut_out(result) if brief.transparent else result


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits a channel, RGB or RGBA. Sixteen bits of grey are scaled, where Pillow would clip them."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level / 257).convert("L").convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    sheet = Image.new("RGB", image.size, (255, 255, 255))
    sheet.paste(image, (0, 0), image)
    return sheet


def _area(material: Material, size: tuple[int, int]) -> Image.Image | None:
    """Where to draw anew, 255 for wholly; None for everywhere a little."""
    if material.mask is not None:
        return open_area(material.mask, size)
    return marked_area(material.markup, size) if material.markup is not None else None


def _content(solid: Image.Image, area: Image.Image, brief: Brief, material: Material, phase: float) -> Image.Image:
    """What comes into the area: its surroundings carried on, and before them what the prompt names."""
    box = area.getbbox()
    if box is None:
        return solid
    hint = ink_color(material.markup) if material.markup is not None else None
    room = _with_margin(box, solid.size)
    words = read(brief.prompt)
    ground = solid.copy()
    ground.paste(filled_in(solid.crop(room), area.crop(room)), room[:2])
    if REMOVING.search(brief.prompt):
        return ground
    width, height = box[2] - box[0], box[3] - box[1]
    part = replace(brief, width=max(16, width), height=max(16, height))
    if words.subjects or words.text:
        if hint is not None:
            part = replace(part, prompt=_in_color(part.prompt, hint))
        subject = render(replace(part, transparent=True, prompt=_subject_only(part.prompt)), phase=phase)
        subject = ImageOps.contain(
            subject.crop(subject.getbbox() or (0, 0, 1, 1)), (width * 9 // 10 or 1, height * 9 // 10 or 1)
        )
        ground.paste(subject, (box[0] + (width - subject.width) // 2, box[1] + (height - subject.height) // 2), subject)
        return ground
    if words.colors or hint is not None:
        return _recolored(solid, words.colors[0] if words.colors else hint or (0, 0, 0))
    scene = render(replace(part, transparent=False), phase=phase).crop((0, 0, width, height)).convert("RGB")
    ground.paste(scene, box[:2])
    return ground


def _with_margin(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box and some of what is around it, which fillings are made from."""
    margin = max(16, (box[2] - box[0]) // 3, (box[3] - box[1]) // 3)
    return (
        max(0, box[0] - margin),
        max(0, box[1] - margin),
        min(size[0], box[2] + margin),
        min(size[1], box[3] + margin),
    )


def _subject_only(prompt: str) -> str:
    """The prompt's subjects: finishes and places belong to the picture that they come into."""
    return " ".join(word for word in prompt.split() if not read(word).finishes) or prompt


def _in_color(prompt: str, color: Color) -> str:
    """The prompt with the nearest named colour before its first subject, unless it names one itself."""
    words = read(prompt)
    if words.subjects and words.subjects[0].color is None:
        nearest = min(
            COLOR_NAMES, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOR_NAMES[name], color, strict=True))
        )
        return f"{nearest} {words.subjects[0].name} {prompt}"
    return prompt


def _recolored(image: Image.Image, color: Color) -> Image.Image:
    """The same shapes and shades in one colour."""
    gray = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=1)
    return ImageOps.colorize(gray, mix((0, 0, 0), color, 0.25), mix(color, (255, 255, 255), 0.78), mid=color)


def _with_others(
    image: Image.Image, others: tuple[Image.Image, ...], box: tuple[int, int, int, int] | None
) -> Image.Image:
    """Further pictures with soft edges: along the lower right, or filling the area that is edited."""
    if not others:
        return image
    image = image.copy()
    columns = min(len(others), COLUMNS)
    rows = -(-len(others) // columns)
    if box is None:
        side = round(INSET * min(image.size) / max(1, (rows + 1) / 2))
        wide = min(image.width, side * columns)
        box = (image.width - wide, max(0, image.height - side * rows), image.width, image.height)
    cell = ((box[2] - box[0]) // columns or 1, (box[3] - box[1]) // rows or 1)
    for place, other in enumerate(others):
        size = (max(4, round(cell[0] * 0.9)), max(4, round(cell[1] * 0.9)))
        inset = ImageOps.fit(_on_white(_plain(other)), size, Image.Resampling.BICUBIC)
        x = box[0] + (place % columns) * cell[0] + (cell[0] - size[0]) // 2
        y = box[1] + (place // columns) * cell[1] + (cell[1] - size[1]) // 2
        image.paste(inset, (x, y), _soft_frame(size))
    return image


def _soft_frame(size: tuple[int, int]) -> Image.Image:
    """255 in the middle, fading towards rounded edges."""
    edge = max(1, min(size) // 14)
    frame = Image.new("L", size, 0)
    box = (edge, edge, max(edge, size[0] - edge - 1), max(edge, size[1] - edge - 1))
    ImageDraw.Draw(frame).rounded_rectangle(box, radius=min(size) // 5, fill=255)
    return frame.filter(ImageFilter.GaussianBlur(edge / 2))


def _cut_out(image: Image.Image) -> Image.Image:
    """Only what stands before the background."""
    alpha = foreground(image)
    if image.mode == "RGBA":
        alpha = ImageChops.darker(alpha, image.getchannel("A"))
    cut = image.convert("RGB")
    cut.putalpha(alpha)
    return cut


def _cut_out_within(image: Image.Image, box: tuple[int, int, int, int] | None) -> Image.Image:
    """The picture with only what stands before its background inside the box; what is around stays as it is."""
    cut = image.convert("RGBA")
    if box is not None:
        cut.paste(_cut_out(image.crop(box)), box[:2])
    return cut
