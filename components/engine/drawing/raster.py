"""Draw a scene in pixels: shapes at twice the size in strips of bounded memory, then the style, then the type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from components.engine.drawing.color import WHITE, mix
from components.engine.drawing.effects import OFFSET_TYPE, finish, textured
from components.engine.drawing.scene import Scene, build_scene
from components.engine.drawing.shapes import UNITS, Shape
from components.engine.drawing.spec import Color, DrawSpec
from components.engine.lettering.fonts import load, runs, width
from components.engine.lettering.text_line import TextLine

FINE = 2  # how many times larger shapes are drawn, for smooth edges
FACETED = frozenset({"lowpoly", "mosaic"})  # styles of the art alone; the page stays plain
STRIP = 3_000_000  # pixels of the larger image that are worked on at once


def render(spec: DrawSpec, *, phase: float = 0.0) -> Image.Image:
    """Return the image of a spec: RGB, or RGBA when its background is transparent."""
    scene = build_scene(spec, phase=phase)
    image = paint(scene, spec.width, spec.height)
    if scene.outline is not None:
        scale = min(image.size) / UNITS
        rim = replace(scene.outline, fill=mix(scene.palette.ground, WHITE, 0.9), width=32)
        image = draw_shapes(image, [rim], scale)
        image.putalpha(_inside(scene.outline, image.size, scale))
    return image


def paint(scene: Scene, width: int, height: int) -> Image.Image:
    """Return a scene without its outline, as RGB pixels."""
    scale, style, seed, palette = min(width, height) / UNITS, scene.words.style, scene.spec.seed, scene.palette
    x, y, w, h = (round(value * scale) for value in scene.layout.art)
    art = draw_shapes(Image.new("RGB", (max(1, w), max(1, h)), palette.bottom), scene.art, scale)
    if scene.words.texture:
        art = textured(art, scene.words.texture, seed)
    if style in FACETED:
        art, style = finish(art, style, seed, palette), ""
    image, window = Image.new("RGB", (width, height), palette.ground), scene.layout.window
    image.paste(art, (x, y), _inside(window, art.size, scale) if window else None)
    image = draw_shapes(finish(image, style, seed, palette, scene.spec.detail), scene.panels, scale)
    return draw_texts(image, scene.texts, scale, scene.words.style, palette.shapes[0])


def draw_shapes(image: Image.Image, shapes: Sequence[Shape], scale: float) -> Image.Image:
    """Draw shapes, back to front, over an RGB image; `scale` is pixels per unit."""
    fine, rows = scale * FINE, max(1, STRIP // (image.width * FINE * FINE))
    outlines = [shape.corners() * fine for shape in shapes]
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(image.height, top + rows)))
        large = strip.resize((strip.width * FINE, strip.height * FINE), Image.Resampling.NEAREST)
        for shape, points in zip(shapes, outlines, strict=True):
            moved, reach = points - [0, top * FINE], shape.width * fine
            if moved[:, 1].max() >= -reach and moved[:, 1].min() <= large.height + reach:
                _draw(large, shape, moved, fine)
        image.paste(large.reduce(FINE), (0, top))
    return image


def _draw(image: Image.Image, shape: Shape, points: np.ndarray, fine: float) -> None:
    flat, color = points.ravel().tolist(), (*shape.fill, round(shape.opacity * 255))
    if shape.width:
        ends = flat[:2] if shape.closed and not shape.smooth else []
        ImageDraw.Draw(image, "RGBA").line([*flat, *ends], color, max(1, round(shape.width * fine)), joint="curve")
    elif shape.end is None:
        ImageDraw.Draw(image, "RGBA").polygon(flat, color)
    else:
        low, high = points[:, 1].min(), points[:, 1].max()
        shares = np.clip((np.arange(image.height) - low) / max(1e-6, high - low), 0, 1)[:, None, None]
        column = (np.array(shape.fill) * (1 - shares) + np.array(shape.end) * shares + 0.5).astype(np.uint8)
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).polygon(flat, round(shape.opacity * 255))
        image.paste(Image.fromarray(column).resize(image.size, Image.Resampling.NEAREST), (0, 0), mask)


def _inside(shape: Shape, size: tuple[int, int], scale: float) -> Image.Image:
    """Return 255 inside a white shape's outline, 0 outside."""
    return draw_shapes(Image.new("RGB", size), [shape], scale).getchannel("R")


def draw_texts(image: Image.Image, texts: Sequence[TextLine], scale: float, style: str, accent: Color) -> Image.Image:
    """Set type over an image. Some styles give large type a glow or an offset print."""
    for text in texts:
        if style == "neon" and text.face != "text":
            glow = Image.new("RGB", image.size)
            _set(glow, replace(text, color=accent), scale)
            image = ImageChops.screen(image, glow.filter(ImageFilter.GaussianBlur(16 * scale)))
        elif style in OFFSET_TYPE and text.face != "text":
            _set(image, text.moved(accent), scale)
        _set(image, text, scale)
    return image


def _set(image: Image.Image, text: TextLine, scale: float) -> None:
    """Set one line; letters under four pixels are left out, since nobody could read them."""
    pieces = [(piece, load(name, round(text.size * scale, 1))) for piece, name in runs(text.text, text.face)]
    x = text.left(width(text.text, text.face, text.size)) * scale
    for piece, font in pieces if text.size * scale >= 4 else ():
        ImageDraw.Draw(image).text((x, text.y * scale), piece, text.color, font, "ls")
        x += font.getlength(piece)
