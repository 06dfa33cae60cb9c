"""Write a scene as SVG: curves, gradients and type as outlines, no embedded pixels. Trace pixels for edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from PIL import Image

from components.engine.drawing.color import WHITE, mix
from components.engine.drawing.effects import OFFSET_TYPE, triangles
from components.engine.drawing.scene import build_scene
from components.engine.drawing.shapes import Shape, box
from components.engine.drawing.spec import SOFTWARE, Color, DrawSpec
from components.engine.lettering.fonts import load, outline, runs, width
from components.engine.lettering.text_line import TextLine
from components.engine.lettering.typesetting import printable

ORDINARY = 40  # triangles of a traced image along its shorter edge
# Styles that draw outlines instead of filled shapes, and the outlines' look.
LINES: Mapping[str, str] = {
    "ink": 'fill-opacity=".16" stroke="#28262e" stroke-width="2.4"',
    "pencil": 'fill-opacity=".16" stroke="#6b6870" stroke-width="1.8"',
    "blueprint": 'fill-opacity=".16" stroke="#e2eeff" stroke-width="1.8"',
}


def write_svg(spec: DrawSpec) -> bytes:
    """Return the scene of a spec as an SVG document of the spec's size in pixels."""
    scene = build_scene(spec)
    style, (x, y, w, h) = scene.words.style, scene.layout.art
    page = box(0, 0, scene.width, scene.height, scene.palette.ground)
    window, cut = scene.layout.window or box(0, 0, w, h, WHITE), scene.outline or page
    content = [
        f'<clipPath id="art">{_element(window)}</clipPath><clipPath id="cut">{_element(cut)}</clipPath>',
        f'<g clip-path="url(#cut)">{_element(page)}<g transform="translate({x:g} {y:g})" clip-path="url(#art)">',
        *(_element(shape, LINES.get(style, "")) for shape in scene.art),
        "</g>",
        *(_element(panel) for panel in scene.panels),
    ]
    for text in scene.texts:
        if style in OFFSET_TYPE and text.face != "text":
            content.append(_type(text.moved(scene.palette.shapes[0])))
        content.append(_type(text))
    if scene.outline is not None:
        content.append(_element(replace(scene.outline, fill=mix(scene.palette.ground, WHITE, 0.9), width=32)))
    view = f"{scene.width:g} {scene.height:g}"
    return _document((spec.width, spec.height), view, spec.prompt, [*content, "</g>"])


def trace_svg(image: Image.Image, spec: DrawSpec) -> bytes:
    """Return an image as an SVG document of flat triangles, finer with complexity; transparent parts stay away."""
    across = max(12, min(90, round(ORDINARY * spec.complexity * spec.detail**0.5)))
    alpha, pieces = image.convert("RGBA").getchannel("A"), []
    for points, color in triangles(image.convert("RGB"), across, spec.seed):
        x, y = points.mean(axis=0).astype(int).tolist()
        if int(alpha.getpixel((x, y)) or 0) >= 128:  # type: ignore[arg-type]
            corners = " ".join(f"{px:.0f},{py:.0f}" for px, py in points)
            pieces.append(f'<polygon points="{corners}" fill="{_hex(color)}" stroke="{_hex(color)}"/>')
    return _document(image.size, f"{image.width} {image.height}", spec.prompt, pieces)


def _document(size: tuple[int, int], view: str, title: str, content: Iterable[str]) -> bytes:
    head = f'xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {view}"'
    about = f'<metadata><software xmlns="urn:image-workbench">{escape(SOFTWARE)}</software></metadata>'
    named = f"<title>{escape(printable(title)[:300])}</title><desc>{escape(SOFTWARE)}</desc>{about}"
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', f"<svg {head}>", named, *content, "</svg>")).encode()


def _hex(color: Color) -> str:
    return f"#{bytes(color).hex()}"


def _element(shape: Shape, lines: str = "") -> str:
    """Return a shape's path; before it, where it has one, its gradient."""
    points, fill, gradient = shape.points, _hex(shape.fill), ""
    path = f"M{points[0, 0]:.1f} {points[0, 1]:.1f}"
    if shape.smooth:
        path += "".join("C" + " ".join(f"{value:.1f}" for value in part[1:].ravel()) for part in shape.segments())
    else:
        path += "L" + " ".join(f"{value:.1f}" for value in points[1:].ravel())
    path += "Z" if shape.closed else ""
    if shape.end is not None:
        name = f"g{crc32(repr((path, fill, shape.end)).encode())}"
        stops = f'<stop stop-color="{fill}"/><stop offset="1" stop-color="{_hex(shape.end)}"/>'
        gradient, fill = f'<linearGradient id="{name}" x2="0" y2="1">{stops}</linearGradient>', f"url(#{name})"
    look = f'fill="none" stroke="{fill}" stroke-width="{shape.width:.1f}"' if shape.width else f'fill="{fill}" {lines}'
    return f'{gradient}<path d="{path}" {look} opacity="{shape.opacity:g}"/>'


def _type(text: TextLine) -> str:
    """Return a line of type as outlines; scripts whose letters join stay text."""
    x, parts = text.left(width(text.text, text.face, text.size)), []
    for piece, name in runs(text.text, text.face):
        wide = load(name, 100).getlength(piece) * text.size / 100
        data = outline(piece, name, x, text.y, text.size)
        place = f'x="{x:.1f}" y="{text.y:.1f}" font-size="{text.size:.1f}" textLength="{wide:.1f}"'
        parts.append(f"<text {place}>{escape(piece)}</text>" if data is None else f'<path d="{data}"/>')
        x += wide
    return f'<g fill="{_hex(text.color)}" role="img" aria-label={quoteattr(text.text)}>{"".join(parts)}</g>'
