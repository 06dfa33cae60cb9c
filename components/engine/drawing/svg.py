"""Write a scene as SVG: curves, gradients and type as outlines, no embedded pixels. Trace pixels for edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from components.engine.drawing.color import Color
from components.engine.drawing.effects import LOOKS, triangles
from components.engine.drawing.fonts import load, outline, printable, runs
from components.engine.drawing.scene import Scene, build_scene
from components.engine.drawing.shapes import Shape, Text, bezier_handles
from components.engine.drawing.spec import SOFTWARE, DrawSpec

ORDINARY = 40  # triangles of a traced image along its shorter edge
# Styles that a filter over the page stands for; those of LINES draw outlines instead of filled shapes.
FILTERS: Mapping[str, str] = {
    "noir": '<feColorMatrix type="saturate" values="0"/>',
    "vintage": '<feColorMatrix values=".55 .4 .1 0 .04 .3 .6 .08 0 .02 .2 .35 .4 0 0 0 0 0 1 0"/>',
    "watercolor": '<feTurbulence type="fractalNoise" baseFrequency=".02" numOctaves="3" seed="3"/>'
    '<feDisplacementMap in="SourceGraphic" scale="24"/>',
    "oil": '<feTurbulence type="turbulence" baseFrequency=".03" numOctaves="2" seed="5"/>'
    '<feDisplacementMap in="SourceGraphic" scale="26"/>',
}
LINES: Mapping[str, tuple[str, float]] = {
    "ink": ("#28262e", 2.4),
    "pencil": ("#6b6870", 1.8),
    "blueprint": ("#e2eeff", 1.8),
}


def write_svg(spec: DrawSpec) -> bytes:
    """Return the scene of a spec as an SVG document of the spec's size in pixels."""
    scene = build_scene(spec)
    style, body = scene.words.style, []
    definitions = [f'<clipPath id="art">{_path(scene.window or _frame(scene))}</clipPath>']
    if style in FILTERS:
        definitions.append(f'<filter id="style" x="0" y="0" width="1" height="1">{FILTERS[style]}</filter>')
    x, y = scene.art_box[:2]
    art = "".join(_element(shape, style, definitions) for shape in scene.art)
    page = f'<rect width="{scene.width:g}" height="{scene.height:g}" fill="{_hex(scene.palette.ground)}"/>'
    look = ' filter="url(#style)"' if style in FILTERS else ""
    body.append(f'<g{look}>{page}<g transform="translate({x:g} {y:g})"><g clip-path="url(#art)">{art}</g></g></g>')
    body += [_element(panel, "", definitions) for panel in scene.panels]
    for text in scene.texts:
        if style in LOOKS["offset type"] and text.face != "text":
            body.append(_type(text, scene.palette.shapes[0], text.size * 0.035))
        body.append(_type(text, text.color))
    cut = ""
    if scene.outline is not None:
        definitions.append(f'<clipPath id="cut">{_path(scene.outline)}</clipPath>')
        cut = ' clip-path="url(#cut)"'
        body.append(_path(scene.outline, f' fill="none" stroke="{_hex(scene.rim)}" stroke-width="32"'))
    content = ["<defs>", *definitions, "</defs>", f"<g{cut}>", *body, "</g>"]
    return _document((spec.width, spec.height), f"0 0 {scene.width:g} {scene.height:g}", scene.title, content)


def trace_svg(image: Image.Image, spec: DrawSpec) -> bytes:
    """Return an image as an SVG document of flat triangles, finer with complexity; transparent parts stay away."""
    across = max(12, min(90, round(ORDINARY * spec.complexity * spec.detail**0.5)))
    alpha = np.asarray(image.getchannel("A")) if image.mode == "RGBA" else None
    pieces = []
    for points, color in triangles(image.convert("RGB"), across, spec.seed):
        x, y = (points.mean(axis=0)).astype(int)
        if alpha is None or alpha[min(image.height - 1, y), min(image.width - 1, x)] >= 128:
            corners = " ".join(f"{px:.0f},{py:.0f}" for px, py in points)
            pieces.append(f'<polygon points="{corners}" fill="{_hex(color)}" stroke="{_hex(color)}"/>')
    return _document(image.size, f"0 0 {image.width} {image.height}", printable(spec.prompt)[:300], pieces)


def _document(size: tuple[int, int], view_box: str, title: str, content: Iterable[str]) -> bytes:
    head = f'width="{size[0]}" height="{size[1]}" viewBox="{view_box}"'
    about = f'<metadata><software xmlns="urn:image-workbench">{escape(SOFTWARE)}</software></metadata>'
    return "\n".join(
        ('<?xml version="1.0" encoding="UTF-8"?>', f'<svg xmlns="http://www.w3.org/2000/svg" {head}>',
         f"<title>{escape(title)}</title>", f"<desc>{escape(SOFTWARE)}</desc>", about, *content, "</svg>")
    ).encode()  # fmt: skip


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)


def _frame(scene: Scene) -> Shape:
    w, h = scene.art_box[2:]
    return Shape(np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float64), (0, 0, 0))


def _path(shape: Shape, paint: str = "") -> str:
    points, closed = shape.points, not shape.width
    parts = [f"M{points[0, 0]:.1f} {points[0, 1]:.1f}"]
    if shape.smooth and len(points) > 2:
        for one, two, end in bezier_handles(points, closed=closed):
            parts.append("C" + " ".join(f"{value:.1f}" for value in (*one, *two, *end)))
    else:
        parts.append("L" + " ".join(f"{value:.1f}" for value in points[1:].ravel()))
    return f'<path d="{"".join(parts)}{"Z" if closed else ""}"{paint}/>'


def _element(shape: Shape, style: str, definitions: list[str]) -> str:
    """Return a shape's path; a gradient goes to the definitions."""
    fill = _hex(shape.fill)
    if shape.end is not None:
        stops = f'<stop stop-color="{fill}"/><stop offset="1" stop-color="{_hex(shape.end)}"/>'
        definitions.append(f'<linearGradient id="g{len(definitions)}" x2="0" y2="1">{stops}</linearGradient>')
        fill = f"url(#g{len(definitions) - 1})"
    seen = "" if shape.opacity == 1 else f' opacity="{shape.opacity:.2f}"'
    if style in LINES and not shape.width:
        ink, width = LINES[style]
        return _path(shape, f' fill="{fill}" fill-opacity=".16" stroke="{ink}" stroke-width="{width}"{seen}')
    if shape.width:
        return _path(shape, f' fill="none" stroke="{fill}" stroke-width="{shape.width:.1f}"{seen}')
    return _path(shape, f' fill="{fill}"{seen}')


def _type(text: Text, color: Color, offset: float = 0.0) -> str:
    """Return a line of type as outlines; scripts whose letters join stay text."""
    pieces = [
        (piece, name, load(name, 100).getlength(piece) * text.size / 100) for piece, name in runs(text.text, text.face)
    ]
    x = text.x + offset - {"l": 0.0, "m": 0.5, "r": 1.0}[text.anchor] * sum(wide for *_, wide in pieces)
    parts = []
    for piece, name, wide in pieces:
        data = outline(piece, name, x, text.y + offset, text.size)
        place = f'x="{x:.1f}" y="{text.y + offset:.1f}" font-size="{text.size:.1f}"'
        place += f' textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs"'
        parts.append(f'<path d="{data}"/>' if data is not None else f"<text {place}>{escape(piece)}</text>")
        x += wide
    return f'<g fill="{_hex(color)}" role="img" aria-label={_quoted(text.text)}>{"".join(parts)}</g>'


def _quoted(text: str) -> str:
    return '"' + escape(text, {'"': "&quot;"}) + '"'
