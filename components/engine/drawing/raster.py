"""Draw a scene in pixels: shapes at twice the size in strips of bounded memory, then the style, then the type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from components.engine.drawing.color import Color
from components.engine.drawing.effects import LOOKS, finish, textured
from components.engine.drawing.fonts import load, runs
from components.engine.drawing.scene import STICKER_RIM, Scene, build_scene
from components.engine.drawing.shapes import UNITS, Points, Shape, Text, curve
from components.engine.drawing.spec import DrawSpec

FINE = 2  # how many times larger shapes are drawn, for smooth edges
FACETED = frozenset({"lowpoly", "mosaic"})  # styles of the art alone; the page stays plain
STRIP = 3_000_000  # pixels of the larger image that are worked on at once


def render(spec: DrawSpec, *, phase: float = 0.0) -> Image.Image:
    """Return the image of a spec: RGB, or RGBA when its background is transparent."""
    scene = build_scene(spec, phase=phase)
    image = paint(scene, spec.width, spec.height)
    if scene.outline is None:
        return image
    scale, center = min(image.size) / UNITS, np.array([scene.width, scene.height]) / 2
    inner = replace(scene.outline, points=(scene.outline.points - center) * STICKER_RIM + center)
    sticker = Image.new("RGB", image.size, scene.rim)
    sticker.paste(image, (0, 0), mask_of(inner, image.size, scale))
    sticker.putalpha(mask_of(scene.outline, image.size, scale))
    return sticker


def paint(scene: Scene, width: int, height: int) -> Image.Image:
    """Return a scene without its outline, as RGB pixels."""
    scale = min(width, height) / UNITS
    image = Image.new("RGB", (width, height), scene.palette.ground)
    x, y, w, h = scene.art_box
    left, top = round(x * scale), round(y * scale)
    size = (max(1, round((x + w) * scale) - left), max(1, round((y + h) * scale) - top))
    art = draw_shapes(Image.new("RGB", size, scene.palette.bottom), scene.art, scale)
    if scene.words.texture:
        art = textured(art, scene.words.texture, scene.seed)
    style = scene.words.style
    if style in FACETED:
        art = finish(art, style, scene.seed, scene.palette, scene.detail)
    image.paste(art, (left, top), mask_of(scene.window, size, scale) if scene.window else None)
    image = finish(image, "" if style in FACETED else style, scene.seed, scene.palette, scene.detail)
    for panel in scene.panels:
        image = draw_shapes(image, [panel], scale)
    return draw_texts(image, scene.texts, scale, scene.words.style, scene.palette.shapes[0])


def draw_shapes(image: Image.Image, shapes: tuple[Shape, ...] | list[Shape], scale: float) -> Image.Image:
    """Draw shapes, back to front, over an RGB image."""
    fine = scale * FINE
    outlines = [(curve(s.points, closed=not s.width) if s.smooth else s.points) * fine for s in shapes]
    rows = max(1, STRIP // (image.width * FINE * FINE))
    for top in range(0, image.height, rows):
        bottom = min(image.height, top + rows)
        part = image.crop((0, top, image.width, bottom)).resize((image.width * FINE, (bottom - top) * FINE), 0)
        draw = ImageDraw.Draw(part, "RGBA")
        for shape, points in zip(shapes, outlines, strict=True):
            low, high = points[:, 1].min() - shape.width * fine, points[:, 1].max() + shape.width * fine
            if high >= top * FINE and low <= bottom * FINE:
                _draw(part, draw, shape, points - [0, top * FINE], fine)
        image.paste(part.reduce(FINE), (0, top))
    return image


def _draw(image: Image.Image, draw: ImageDraw.ImageDraw, shape: Shape, points: Points, scale: float) -> None:
    flat = [tuple(point) for point in points.tolist()]
    if shape.width:
        draw.line(flat, (*shape.fill, round(shape.opacity * 255)), max(1, round(shape.width * scale)), joint="curve")
    elif shape.end is None:
        draw.polygon(flat, (*shape.fill, round(shape.opacity * 255)))
    else:
        low, high = points.min(axis=0), points.max(axis=0)
        box = (
            max(0, int(low[0])),
            max(0, int(low[1])),
            min(image.width, int(high[0]) + 1),
            min(image.height, int(high[1]) + 1),
        )
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon([(x - box[0], y - box[1]) for x, y in flat], fill=round(shape.opacity * 255))
        shares = np.clip((np.arange(box[1], box[3]) - low[1]) / max(1e-6, high[1] - low[1]), 0, 1)[:, None]
        column = np.array(shape.fill) + (np.array(shape.end) - np.array(shape.fill)) * shares + 0.5
        image.paste(Image.fromarray(column.astype(np.uint8)[:, None]).resize(size, 0), box[:2], mask)


def mask_of(shape: Shape, size: tuple[int, int], scale: float) -> Image.Image:
    """Return 255 inside a shape's outline, 0 outside."""
    sheet = Image.new("RGB", size)
    white = Shape(shape.points, (255, 255, 255), smooth=shape.smooth)
    return draw_shapes(sheet, [white], scale).getchannel("R")


def draw_texts(image: Image.Image, texts: tuple[Text, ...], scale: float, style: str, accent: Color) -> Image.Image:
    """Set type over an image. Some styles give large type a glow or an offset print."""
    for text in texts:
        large = text.face != "text"
        if style == "neon" and large:
            layer = Image.new("RGB", image.size)
            _set(layer, text, scale, accent)
            image = ImageChops.screen(image, layer.filter(ImageFilter.GaussianBlur(16 * scale)))
        elif style in LOOKS["offset type"] and large:
            shift = max(2.0, text.size * 0.035)
            moved = Text(text.text, text.x + shift, text.y + shift, text.size, text.face, accent, text.anchor)
            _set(image, moved, scale, accent)
        _set(image, text, scale, text.color)
    return image


def _set(image: Image.Image, text: Text, scale: float, color: Color) -> None:
    """Set one line; letters under four pixels are left out, since nobody could read them."""
    size = text.size * scale
    if size < 4:
        return
    pieces = [(piece, load(name, round(size, 1))) for piece, name in runs(text.text, text.face)]
    wide = sum(font.getlength(piece) for piece, font in pieces)
    x = text.x * scale - {"l": 0.0, "m": wide / 2, "r": wide}[text.anchor]
    draw = ImageDraw.Draw(image)
    for piece, font in pieces:
        draw.text((x, text.y * scale), piece, fill=color, font=font, anchor="ls")
        x += font.getlength(piece)
