"""Build a scene from a spec: palette, motif, layout and type, ready to be drawn in pixels or written as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from components.engine.drawing.color import Color, Palette, choose_palette, contrast, mix, readable, shift
from components.engine.drawing.fonts import printable
from components.engine.drawing.motifs import MOTIFS, Stage
from components.engine.drawing.shapes import UNITS, Shape, Text, arc_points, box, disc, line
from components.engine.drawing.spec import DrawSpec
from components.engine.drawing.typesetting import block, block_height, fit, split_prompt, stack, wrap
from components.engine.drawing.vocabulary import PromptWords, read_prompt

Box = tuple[float, float, float, float]  # x, y, width, height in units
MARGIN = 64.0
BODY, SMALL = 29.0, 20.0  # sizes of type in units
STICKER_RIM = 0.965  # share of a transparent poster inside its rim
SIGNATURE = "built-in engine"
SHADOWED = frozenset({"papercut", "3d", "isometric"})
LINED = frozenset({"ink", "pencil", "blueprint", "comic", "mosaic", "riso"})  # too busy to set type over
FACES: Mapping[str, str] = {"pixel": "pixel", "pencil": "hand", "ink": "serif", "watercolor": "serif", "oil": "serif",
                            "neon": "poster", "comic": "poster", "blueprint": "poster", "riso": "poster",
                            "romantic": "serif", "elegant": "serif", "calm": "serif"}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A poster: page color, art inside a box, panels over it, type. `outline` cuts a transparent one out."""

    width: float
    height: float
    palette: Palette
    words: PromptWords
    art: tuple[Shape, ...]
    art_box: Box
    window: Shape | None
    panels: tuple[Shape, ...]
    texts: tuple[Text, ...]
    outline: Shape | None
    seed: int
    detail: float
    motif: str
    title: str

    @property
    def rim(self) -> Color:
        """Return the color of a transparent poster's rim."""
        return mix(self.palette.ground, (255, 255, 255), 0.9)


@dataclass(frozen=True)
class Layout:
    """Where art and type go. `down` is where the type sits in its box, from 0 (top) to 1 (bottom)."""

    art: Box
    type: Box
    align: str = "l"
    down: float = 0.5
    window: str = ""
    panel: bool = False
    hero: bool = False


def _layouts(w: float, h: float) -> list[Layout]:
    """Return the layouts that suit a page of a width and height in units."""
    m, full = MARGIN, (0.0, 0.0, w, h)
    inner = (m, m, w - 2 * m, h - 2 * m)
    hero = Layout(full, inner, hero=True)
    if w / h >= 1.25:
        half = w * 0.5
        side = min(w * 0.44, h * 0.82)
        return [
            Layout((half, 0, w - half, h), (m, m, half - 2 * m, h - 2 * m)),
            Layout(full, (m, m, min(w * 0.5, 900), h - 2 * m), panel=True, down=1),
            Layout((0, 0, half, h), (half + m, m, w - half - 2 * m, h - 2 * m), down=1),
            hero,
            Layout((w - m - side, (h - side) / 2, side, side), (m, m, w - 3 * m - side, h - 2 * m), window="disc"),
        ]
    share = 0.58 if h > w * 1.2 else 0.54
    side = min(w - 2 * m, h * 0.56)
    arch = (w / 2 - side * 0.42, m * 1.1, side * 0.84, side)
    return [
        Layout((0, 0, w, h * share), (m, h * share + m * 0.7, w - 2 * m, h * (1 - share) - m * 1.6), down=0),
        hero,
        Layout(arch, (m, arch[1] + side + m * 0.6, w - 2 * m, h - arch[1] - side - m * 1.6), "m", 0.4, window="arch"),
        Layout((0, h * (1 - share), w, h * share), (m, m * 0.9, w - 2 * m, h * (1 - share) - m * 1.5), down=0.9),
        Layout(full, (m, m, min(w - 2 * m, w * 0.8), h - 2 * m), panel=True, down=1),
    ]


def build_scene(
    spec: DrawSpec, *, phase: float = 0.0, area: Box | None = None, words: PromptWords | None = None
) -> Scene:
    """Return the scene of a spec. `phase`, 0 to 1, is the place in a loop of frames; 0 and 1 are equal.

    For edits, `area` is a box in units that the type must stay inside, and `words` replaces what the prompt says.
    """
    words, shorter = words or read_prompt(spec.prompt), min(spec.width, spec.height)
    w, h = spec.width * UNITS / shorter, spec.height * UNITS / shorter
    palette = choose_palette(words, spec.seed, spec.index, natural=spec.style == "natural")
    layouts = _layouts(w, h)
    if words.style in LINED:
        layouts = [layout for layout in layouts if not layout.hero]
    layout = layouts[(spec.seed // 64 + spec.index) % len(layouts)]
    if area or spec.transparent:
        side = min(w, h) * 0.88
        x, y = (w - side) / 2, (h - side) / 2
        sticker = (x + side * 0.17, y + side * 0.2, side * 0.66, side * 0.6)
        layout = Layout((0, 0, w, h), area or sticker, "m", hero=True)
    motifs = _motifs(words, spec)
    motif = motifs[spec.index % len(motifs)]
    toned = _toned(palette) if layout.hero else palette
    detail = spec.detail * spec.complexity * (0.6 if words.style == "minimal" else 1.0)
    stage = Stage(layout.art[2], layout.art[3], toned, spec.random(motif), detail, phase)
    art = (box(-1, -1, stage.w + 2, stage.h + 2, toned.top, toned.bottom), *MOTIFS[motif](stage))
    art = (*_with_depth(art, words.style), *weather(replace(stage, rng=spec.random("weather")), words))
    art = tuple(_behind_type(shape, palette) for shape in art) if layout.hero else art
    texts, panels = _typeset(spec, words, layout, palette, (w, h), boxed=area is not None)
    return Scene(w, h, palette, words, art, layout.art, _window(layout), panels, texts,
                 _sticker(spec, w, h) if spec.transparent else None, spec.seed + spec.index, spec.detail, motif,
                 printable(spec.prompt)[:300])  # fmt: skip


def describe(spec: DrawSpec) -> str:
    """Return in one sentence what became of a prompt: the prompt, and how it is set."""
    scene = build_scene(spec)
    words = scene.words
    looks = [name for name in (words.style, words.time, words.weather, words.mood) if name]
    shown = f" ({', '.join(looks)})" if looks else ""
    return f"{spec.prompt.rstrip('. ')}. Set as a poster over an abstract composition of {scene.motif}{shown}."


def _motifs(words: PromptWords, spec: DrawSpec) -> list[str]:
    """Return all motifs, those that suit the words first, the others in an order by the seed."""
    first = {"isometric": ["blocks"], "mosaic": ["tiles"], "lowpoly": ["peaks"], "minimal": ["arcs"]}.get(
        words.style, []
    )
    suited = [*first, *(name for name in words.motifs if name not in first)]
    order = np.random.default_rng(spec.seed).permutation(sorted(MOTIFS.keys() - set(suited)))
    return suited + [str(name) for name in order]


def _toned(palette: Palette) -> Palette:
    """Return the palette drawn towards the page's color, so that large type over it reads."""
    shapes = tuple(mix(palette.ground, color, 0.4) for color in palette.shapes)
    return replace(palette, top=mix(palette.ground, palette.top, 0.4), bottom=palette.ground, shapes=shapes)


def _behind_type(shape: Shape, palette: Palette) -> Shape:
    """Return a shape no nearer to the type's color than can be read over."""
    steps = [mix(shape.fill, palette.ground, step / 5) for step in range(6)]
    fill = next((color for color in steps if contrast(color, palette.ink) >= 4.2), palette.ground)
    end = palette.ground if shape.end and contrast(shape.end, palette.ink) < 4.2 else shape.end
    return replace(shape, fill=fill, end=end)


def _with_depth(shapes: tuple[Shape, ...], style: str) -> list[Shape]:
    """Add shadows for styles of layers and bodies, and shading for bodies."""
    if style not in SHADOWED:
        return list(shapes)
    deep: list[Shape] = [shapes[0]]
    for shape in shapes[1:]:
        if shape.opacity == 1.0:
            for step in (1, 2, 3):
                moved = shape.points + np.array([2.5, 5.0]) * step
                deep.append(replace(shape, points=moved, fill=(12, 10, 24), end=None, opacity=0.11))
        shaded = shape.end or (shift(shape.fill, light=-0.4) if style == "3d" else None)
        lighter = shift(shape.fill, light=0.12) if style == "3d" else shape.fill
        deep.append(replace(shape, fill=lighter, end=shaded if not shape.width else None))
    return deep


def weather(s: Stage, words: PromptWords) -> list[Shape]:
    """Return what falls, floats or shines over the art; it moves once around in a loop."""
    kind = words.weather if words.weather in {"rain", "storm", "snow", "fog"} else words.time
    white: Color = (255, 255, 255)
    shapes: list[Shape] = []
    for n in range({"rain": 70, "storm": 110, "snow": 90, "fog": 7, "night": 60}.get(kind, 0)):
        x, y, size = s.between(-0.1, 1.1) * s.w, s.between(0, 1), s.between(0.4, 1) * s.side
        if kind == "fog":
            x += s.swing(n / 7, 60)
            shapes.append(line([(x - size * 0.7, y * s.h), (x + size * 0.7, y * s.h)], s.side * 0.07, white, 0.34))
        elif kind == "snow":
            shapes.append(disc(x, (y + s.phase) % 1 * s.h, size * 0.011, white, opacity=0.92))
        elif kind == "night":
            shapes.append(disc(x, y**1.5 * s.h * 0.7, size * 0.0035 * (1.2 + s.swing(n / 9, 0.5)), white, opacity=0.85))
        else:
            top = (y * 1.2 + s.phase) % 1.2 * s.h - 0.1 * s.h
            shapes.append(line([(x, top), (x - size * 0.03, top + size * 0.1)], s.side * 0.005, white, 0.6))
    return shapes


def _window(layout: Layout) -> Shape | None:
    """Return the outline that the art is seen through, in the art's own units."""
    w, h = layout.art[2:]
    if layout.window == "disc":
        return disc(w / 2, h / 2, min(w, h) / 2, (0, 0, 0))
    if layout.window == "arch":
        points = np.vstack([arc_points(w / 2, w / 2, w / 2, 180, 180, 48), [[w, h], [0, h]]])
        return Shape(points, (0, 0, 0))
    return None


def _sticker(spec: DrawSpec, w: float, h: float) -> Shape:
    """Return the outline of a transparent poster: a disc, a rounded square or a scalloped seal."""
    kind, r = spec.random("sticker").integers(3), min(w, h) * 0.455
    angles = np.linspace(0, 2 * np.pi, 145)[:-1]
    cos, sin = np.cos(angles), np.sin(angles)
    radius = [
        np.full(144, 1.0),
        (np.abs(cos) ** 5 + np.abs(sin) ** 5) ** -0.2 * 0.94,
        0.97 + 0.03 * np.cos(angles * 18),
    ]
    points = np.stack([w / 2 + r * radius[kind] * cos, h / 2 + r * radius[kind] * sin], axis=1)
    return Shape(points, (0, 0, 0))


def _typeset(
    spec: DrawSpec, words: PromptWords, layout: Layout, palette: Palette, page: tuple[float, float], *, boxed: bool
) -> tuple[tuple[Text, ...], tuple[Shape, ...]]:
    """Set headline, body and the small line into the layout's box; return them and the panel behind them."""
    headline, body = split_prompt(spec.prompt)
    choice = "serif" if (spec.seed // 7 + spec.index) % 3 == 2 else "poster"
    face = FACES.get(words.style) or FACES.get(words.mood) or choice
    headline = headline.upper() if face == "poster" else headline
    x, y, w, h = layout.type
    inset = MARGIN * 0.6 if layout.panel else 0.0
    small = min(SMALL, max(9.0, w / 16)) if layout.panel or not layout.hero else SMALL
    room_w, room_h = w - 2 * inset, h * (0.5 if layout.panel else 1.0) - 2 * inset - small * 2.6
    lines = wrap(body, "text", BODY, min(room_w, 820), 4) if room_h > 190 and not boxed else []
    body_h = BODY * 1.3 * len(lines) + (BODY if lines else 0)
    ink, foot = palette.ink, readable(mix(palette.ink, palette.ground, 0.25), palette.ground)
    if layout.hero and face == "poster" and layout.align != "m":
        texts = stack(headline, face, (x, y, room_w, room_h - body_h), ink)
        head_h = (texts[-1].y - y) if texts else 0.0
        top = y
    else:
        set_lines, size = fit(headline, face, (room_w, room_h - body_h), 330 if layout.hero else 250)
        head_h = block_height(len(set_lines), face, size) if set_lines else 0.0
        free = room_h - body_h - head_h
        if layout.panel:
            h = head_h + body_h + 2 * inset + small * 2.6
            y, top = layout.type[1] + layout.type[3] - h, layout.type[1] + layout.type[3] - h + inset
        else:
            top = y + free * layout.down
        texts = block(set_lines, face, size, (x + inset, top, room_w), layout.align, ink)
    if lines:
        body_top = top + head_h + BODY
        texts += block(lines, "text", BODY, (x + inset, body_top, room_w), layout.align, ink)
    signature = SIGNATURE if headline or not spec.prompt.strip() else f"{SIGNATURE} · no font here for this script"
    base = (
        y + h - inset if layout.panel or (layout.align == "m" and layout.hero) else min(page[1] - MARGIN * 0.62, y + h)
    )
    if layout.align == "m":
        texts.append(Text(signature, x + w / 2, base, small, "text", foot, "m"))
    else:
        texts.append(Text(signature, x + inset, base, small, "text", foot))
        texts.append(Text(f"No. {spec.index + 1}", x + w - inset, base, small, "text", foot, "r"))
    panels = (box(x, y, w, h, palette.ground),) if layout.panel else ()
    return tuple(texts), panels
