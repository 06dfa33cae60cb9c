"""Build a scene from a spec: palette, motif, layout and type, ready to be drawn in pixels or written as SVG."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from components.engine.drawing.color import INK, WHITE, Palette, choose_palette, contrast, mix, readable, shift
from components.engine.drawing.motifs import MOTIFS, MotifCanvas
from components.engine.drawing.shapes import UNITS, Box, Shape, arc, box, disc
from components.engine.drawing.spec import DrawSpec, PromptWords
from components.engine.drawing.vocabulary import STYLE_MOTIFS, read_prompt
from components.engine.lettering.fonts import CHOSEN
from components.engine.lettering.text_line import TextLine
from components.engine.lettering.typesetting import block, block_height, fit, split_prompt, wrap

MARGIN, BODY, SMALL = 64.0, 29.0, 20.0  # units: the page's margin, sizes of body and small type
SIGNATURE = "built-in engine"
SHADOWED = frozenset({"papercut", "3d", "isometric"})
LINED = frozenset({"ink", "pencil", "blueprint", "comic", "mosaic", "riso"})  # too busy to set type over


@dataclass(frozen=True)
class Layout:
    """Where art and type go. `down` is where the type sits in its box, from 0 (top) to 1 (bottom)."""

    art: Box
    type: Box
    down: float = 0.5
    align: str = "l"
    window: Shape | None = None
    panel: bool = False
    over: bool = False  # the type stands on the art itself


@dataclass(frozen=True)
class Scene:
    """A poster: page color, art in the layout's box, a panel over it, type. `outline` cuts a transparent one out."""

    width: float
    height: float
    palette: Palette
    words: PromptWords
    layout: Layout
    art: tuple[Shape, ...]
    panels: tuple[Shape, ...]
    texts: tuple[TextLine, ...]
    outline: Shape | None
    motif: str
    spec: DrawSpec


def _layouts(w: float, h: float) -> list[Layout]:
    """Return the layouts that suit a page of a width and height in units."""
    m, page = MARGIN, (0.0, 0.0, w, h)
    over = Layout(page, (m, m, w - 2 * m, h - 2 * m), over=True)
    panel = Layout(page, (m, m, min(w - 2 * m, max(w * 0.5, 760)), h - 2 * m), 1, panel=True)
    if w / h >= 1.25:
        half, side = w / 2, min(w * 0.44, h * 0.82)
        round_window = disc(side / 2, side / 2, side / 2, WHITE)
        beside = (w - m - side, (h - side) / 2, side, side)
        return [
            Layout((half, 0, half, h), (m, m, half - 2 * m, h - 2 * m)),
            panel,
            Layout((0, 0, half, h), (half + m, m, half - 2 * m, h - 2 * m), 1),
            over,
            Layout(beside, (m, m, w - 3 * m - side, h - 2 * m), window=round_window),
        ]
    art, side = h * (0.58 if h > w * 1.2 else 0.54), min(w - 2 * m, h * 0.56)
    door = np.vstack([arc(side * 0.42, side * 0.42, side * 0.42, 180, 180, 48), [[side * 0.84, side], [0, side]]])
    below = m * 1.7 + side
    return [
        Layout((0, 0, w, art), (m, art + m * 0.7, w - 2 * m, h - art - m * 1.6), 0),
        over,
        Layout((w / 2 - side * 0.42, m * 1.1, side * 0.84, side), (m, below, w - 2 * m, h - below - m * 0.5), 0.4, "m",
               Shape(door, WHITE)),
        Layout((0, h - art, w, art), (m, m * 0.9, w - 2 * m, h - art - m * 1.5), 0.9),
        panel,
    ]  # fmt: skip


def build_scene(
    spec: DrawSpec, *, phase: float = 0.0, area: Box | None = None, words: PromptWords | None = None
) -> Scene:
    """Return the scene of a spec. `phase`, 0 to 1, is the place in a loop of frames; 0 and 1 are equal.

    For edits, `area` is a box in units that the type must stay inside, and `words` replaces what the prompt says.
    """
    words, scale = words or read_prompt(spec.prompt), UNITS / min(spec.width, spec.height)
    w, h = spec.width * scale, spec.height * scale
    palette = choose_palette(words, spec.seed, spec.index, natural=spec.style == "natural")
    layouts = [layout for layout in _layouts(w, h) if not (layout.over and words.style in LINED)]
    layout = layouts[(spec.seed // 64 + spec.index) % len(layouts)]
    if area or spec.transparent:
        sticker = (w / 2 - 290, h / 2 - 264, 580.0, 528.0)
        layout = Layout((0, 0, w, h), area or sticker, align="m", over=True)
    motif, toned = _motif(words, spec), _toned(palette) if layout.over else palette
    detail = spec.detail * spec.complexity * (0.6 if words.style == "minimal" else 1.0)
    canvas = MotifCanvas(layout.art[2], layout.art[3], toned, spec.random(motif), detail, phase)
    background = box(-1, -1, canvas.w + 2, canvas.h + 2, toned.top, end=toned.bottom)
    art = [background, *_with_depth(MOTIFS[motif](canvas), words.style)]
    art += weather(replace(canvas, rng=spec.random("weather")), words)
    art = [_behind_type(shape, palette) for shape in art] if layout.over else art
    panels, texts = _typeset(spec, words, layout, palette, boxed=area is not None)
    outline = _sticker(spec, w, h) if spec.transparent else None
    return Scene(w, h, palette, words, layout, tuple(art), panels, texts, outline, motif, spec)


def describe(spec: DrawSpec) -> str:
    """Return one sentence with the prompt and how it is set."""
    scene = build_scene(spec)
    looks = [scene.words.style, scene.words.time, scene.words.weather, scene.words.mood]
    shown = f" ({', '.join(filter(None, looks))})" if any(looks) else ""
    return f"{spec.prompt.rstrip('. ')}. Set as a poster over an abstract composition of {scene.motif}{shown}."


def _motif(words: PromptWords, spec: DrawSpec) -> str:
    """Return the image's motif by its index: those that suit the words first, then the others in the seed's order."""
    suited = [*filter(None, [STYLE_MOTIFS.get(words.style)]), *words.motifs]
    others = np.random.default_rng(spec.seed).permutation(sorted(MOTIFS.keys() - set(suited)))
    order = list(dict.fromkeys([*suited, *map(str, others)]))
    return order[spec.index % len(order)]


def _toned(palette: Palette) -> Palette:
    """Return the palette drawn toward the page's color, so that large type over it reads."""
    toned = palette.mapped(lambda color: mix(palette.ground, color, 0.4))
    return replace(toned, ground=palette.ground, ink=palette.ink, bottom=palette.ground)


def _behind_type(shape: Shape, palette: Palette) -> Shape:
    """Return a shape no nearer to the type's color than can be read over."""
    steps = (mix(shape.fill, palette.ground, step / 5) for step in range(6))
    fill = next((color for color in steps if contrast(color, palette.ink) >= 4.2), palette.ground)
    end = palette.ground if shape.end and contrast(shape.end, palette.ink) < 4.2 else shape.end
    return replace(shape, fill=fill, end=end)


def _with_depth(shapes: list[Shape], style: str) -> list[Shape]:
    """Add shadows for styles of layers and bodies, and shading for bodies."""
    deep: list[Shape] = []
    for shape in shapes:
        if style in SHADOWED and shape.opacity == 1.0:
            moved = (shape.points + np.array([2.5, 5.0]) * step for step in (1, 2, 3))
            deep += [replace(shape, points=points, fill=INK, end=None, opacity=0.11) for points in moved]
        if style == "3d" and not shape.width:
            shape = replace(shape, fill=shift(shape.fill, light=0.12), end=shift(shape.fill, light=-0.4))
        deep.append(shape)
    return deep


def weather(s: MotifCanvas, words: PromptWords) -> list[Shape]:
    """Return what falls, floats or shines over the art; it moves once around in a loop."""
    numbers = {"rain": 70, "storm": 110, "snow": 90, "fog": 7, "night": 60}
    kind = words.weather if words.weather in numbers else words.time
    shapes: list[Shape] = []
    for n in range(numbers.get(kind, 0)):
        x, y, size = s.between(-0.1, 1.1) * s.w, s.between(0, 1), s.between(0.4, 1) * s.side
        fallen = (y * 1.2 + s.phase * 1.2) % 1.2 * s.h - 0.1 * s.h
        if kind == "fog":
            x += s.swing(n / 7, 60)
            bank = np.array([[x - size * 0.7, y * s.h], [x + size * 0.7, y * s.h]])
            shapes.append(Shape(bank, WHITE, opacity=0.34, width=s.side * 0.07))
        elif kind == "snow":
            shapes.append(disc(x, fallen, size * 0.011, WHITE, opacity=0.92))
        elif kind == "night":
            shapes.append(disc(x, y**1.5 * s.h * 0.7, size * 0.0035 * (1.2 + s.swing(n / 9, 0.5)), WHITE, opacity=0.85))
        else:
            drop = np.array([[x, fallen], [x - size * 0.03, fallen + size * 0.1]])
            shapes.append(Shape(drop, WHITE, opacity=0.6, width=s.side * 0.005))
    return shapes


def _sticker(spec: DrawSpec, w: float, h: float) -> Shape:
    """Return the outline of a transparent poster: a disc, a rounded square or a scalloped seal."""
    angles = np.linspace(0, 2 * np.pi, 145)[:-1]
    cos, sin = np.cos(angles), np.sin(angles)
    rounded = 0.94 * (np.abs(cos) ** 5 + np.abs(sin) ** 5) ** -0.2
    radius = (np.ones(144), rounded, 0.97 + 0.03 * np.cos(angles * 18))[spec.seed % 3] * min(w, h) * 0.455
    return Shape(np.stack([w / 2 + radius * cos, h / 2 + radius * sin], axis=1), WHITE)


def _typeset(
    spec: DrawSpec, words: PromptWords, layout: Layout, palette: Palette, *, boxed: bool
) -> tuple[tuple[Shape, ...], tuple[TextLine, ...]]:
    """Set headline, body and the small line into the layout's box; return the panel behind them, and them."""
    headline, body = split_prompt(spec.prompt)
    usual = "serif" if (spec.seed // 7 + spec.index) % 3 == 2 else "poster"
    face = CHOSEN.get(words.style) or CHOSEN.get(words.mood) or usual
    x, y, w, h = layout.type
    inset, small = (MARGIN * 0.6 if layout.panel else 0.0), min(SMALL, max(9.0, w / 16))
    wide, tall = w - 2 * inset, h * (0.5 if layout.panel else 1.0) - 2 * inset - small * 2.6
    lines = wrap(body, "text", BODY, min(wide, 820), 4) if tall > 190 and not boxed else []
    body_height = BODY * (1.3 * len(lines) + 1) if lines else 0.0
    set_headline = headline.upper() if face == "poster" else headline
    heads, size = fit(set_headline, face, (wide, tall - body_height), 330 if layout.over else 250)
    head_height = block_height(len(heads), face, size) if heads else 0.0
    if layout.panel:
        y, h = y + h, head_height + body_height + 2 * inset + small * 2.6
        y -= h
    top = y + inset + (0.0 if layout.panel else (tall - body_height - head_height) * layout.down)
    texts = block(heads, face, size, (x + inset, top, wide), layout.align, palette.ink)
    texts += block(lines, "text", BODY, (x + inset, top + head_height + BODY, wide), layout.align, palette.ink)
    signature = SIGNATURE if headline or not spec.prompt.strip() else f"{SIGNATURE} · no font here for this script"
    foot, base = readable(mix(palette.ink, palette.ground, 0.25), palette.ground), y + h - inset
    texts += block([signature], "text", small, (x + inset, base - small * 0.7, wide), layout.align, foot)
    if layout.align == "l":
        texts.append(TextLine(f"No. {spec.index + 1}", x + w - inset, base, small, "text", foot, "r"))
    return ((box(x, y, w, h, palette.ground),) if layout.panel else ()), tuple(texts)
