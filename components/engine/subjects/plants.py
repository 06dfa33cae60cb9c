"""Trees and flowers that are the subject of a picture."""

from __future__ import annotations

import math

from components.engine.palette import mix
from components.engine.shapes import Area, Ball, Color, Disc, Fade, Line, blob, points, poly, stroke
from components.engine.subjects.look import INK, WHITE, Drawing, Look, across, ball, darker, down, lighter

LEAF: Color = (92, 146, 74)
BARK: Color = (104, 76, 58)


def tree(look: Look) -> Drawing:
    """A broad crown on a branching trunk."""
    crown = look.tone(LEAF, (118, 158, 72), (76, 128, 84))
    sway = 2 * look.wave(0)
    parts: Drawing = [
        Disc(0, 1, 44, 5, (20, 30, 20), 0.25, soft=3),
        blob([(-9, 2), (-5, -18), (-6, -44), (6, -44), (5, -18), (10, 2)], across(BARK)),
        stroke([(0, -34), (-14, -50), (-22, -60)], 5, BARK),
        stroke([(0, -38), (14, -52), (20, -64)], 4.5, BARK),
    ]
    clumps = (
        (-26, -56, 19),
        (26, -58, 18),
        (-14, -76, 21),
        (16, -78, 20),
        (0, -90, 17),
        (0, -62, 23),
        (-34, -66, 12),
        (35, -68, 11),
    )
    for x, y, size in clumps:
        parts.append(Disc(x + sway, y + 5, size, size * 0.9, darker(crown, 0.22)))
    for number, (x, y, size) in enumerate(clumps):
        lift = lighter(crown, 0.1 * (number % 3))
        parts.append(Disc(x + sway, y, size, size * 0.9, Ball(lighter(lift, 0.24), lift, 0.38, 0.28)))
    return parts


def pine(look: Look) -> Drawing:
    """Tiers of boughs."""
    bough = look.tone((52, 104, 78), (64, 112, 92))
    parts: Drawing = [
        Disc(0, 1, 32, 4, (20, 30, 20), 0.25, soft=3),
        poly([(-5, 2), (5, 2), (4, -18), (-4, -18)], across(BARK)),
    ]
    for tier in range(5):
        y, reach = -12 - tier * 17, 36 - tier * 6
        outline = [
            (-reach, y),
            (-reach * 0.5, y - 5),
            (0, y + 4),
            (reach * 0.5, y - 5),
            (reach, y),
            (reach * 0.3, y - 20),
            (0, y - 29),
            (-reach * 0.3, y - 20),
        ]
        tone = lighter(bough, 0.05 * tier)
        parts.append(poly(outline, Fade(lighter(tone, 0.14), darker(tone, 0.2))))
    return parts


def palm(look: Look) -> Drawing:
    """A leaning trunk, fronds in the wind."""
    frond = look.tone((74, 142, 84), (98, 154, 72))
    sway = 4 * look.wave(0)
    parts: Drawing = [
        Disc(0, 1, 36, 5, (30, 30, 20), 0.22, soft=3),
        blob([(-6, 2), (-3, -24), (6, -52), (18, -76), (23, -74), (13, -50), (4, -22), (6, 2)], across((140, 106, 76))),
    ]
    for number in range(6):
        x, y = -1 + number * number * 0.55, -8.0 - number * 11
        parts.append(stroke([(x - 5, y), (x, y + 2), (x + 5, y)], 1.2, (98, 72, 54)))
    for number, angle in enumerate((-172, -146, -118, -88, -58, -32, -6)):
        a = math.radians(angle)
        x, y = 20 + math.cos(a) * 50 + sway, -76 + math.sin(a) * 34 + 20
        mx, my = 20 + math.cos(a) * 30 + sway * 0.5, -76 + math.sin(a) * 34 - 6
        tone = darker(frond, 0.18) if number % 2 else lighter(frond, 0.1)
        parts.append(blob([(20, -75), (mx, my - 6), (x, y), (mx - 2, my + 6)], tone))
    parts += [Disc(17, -70, 4.5, 4.5, (112, 78, 50)), Disc(25, -69, 4.5, 4.5, (96, 66, 44))]
    return parts


def _stem(look: Look, x: float, top: float) -> Drawing:
    bend = 3 * look.wave(0)
    return [
        stroke([(0, 2), (x * 0.3 - 2, top * 0.4), (x + bend, top)], 3.6, (84, 134, 70)),
        blob([(0, -16), (16, -30), (30, -30), (18, -16)], down(LEAF)),
        blob([(-1, -24), (-16, -40), (-28, -40), (-18, -26)], down(darker(LEAF, 0.08))),
    ]


def flower(look: Look) -> Drawing:
    """A blossom of broad petals, or a tulip."""
    petal = look.tone((226, 84, 104), (244, 178, 84), (168, 112, 206), (240, 236, 228), (240, 132, 172))
    bend = 3 * look.wave(0)
    if look.chance.random() < 0.35:
        return [
            *_stem(look, 0, -60),
            blob(
                [
                    (-20 + bend, -88),
                    (-22 + bend, -64),
                    (bend, -54),
                    (22 + bend, -64),
                    (20 + bend, -88),
                    (10 + bend, -76),
                    (bend, -94),
                    (-10 + bend, -76),
                ],
                Fade(lighter(petal, 0.25), darker(petal, 0.12)),
            ),
            blob([(-9 + bend, -84), (bend, -97), (9 + bend, -84), (bend, -57)], Fade(lighter(petal, 0.4), petal)),
        ]
    parts: Drawing = _stem(look, 0, -66)
    for ring, (reach, size, tone) in enumerate(((20, 15, darker(petal, 0.14)), (15, 12, lighter(petal, 0.12)))):
        for number in range(8):
            a = math.radians(number * 45 + ring * 22)
            x, y = bend + math.cos(a) * reach, -70 + math.sin(a) * reach * 0.9
            parts.append(Disc(x, y, size, size * 0.55, Fade(lighter(tone, 0.2), tone), turn=math.degrees(a)))
    parts += [Disc(bend, -70, 9, 8.4, ball((246, 200, 84))), Disc(bend, -69, 5, 4.6, (214, 150, 54), 0.6)]
    return parts


def sunflower(look: Look) -> Drawing:
    """A big head full of seeds."""
    petal = look.tone((248, 192, 48))
    bend = 2 * look.wave(0)
    parts: Drawing = _stem(look, 0, -62)
    for ring in range(2):
        for number in range(16):
            a = math.radians(number * 22.5 + ring * 11)
            reach = 26.0 - ring * 4
            x, y = bend + math.cos(a) * reach, -68 + math.sin(a) * reach
            tone = darker(petal, 0.12) if ring == 0 else petal
            parts.append(Disc(x, y, 12, 4.6, Fade(lighter(tone, 0.2), darker(tone, 0.08)), turn=math.degrees(a)))
    parts.append(Disc(bend, -68, 17, 17, Ball((122, 78, 42), (66, 42, 30), 0.45, 0.4)))
    for number in range(40):
        a, reach = number * 2.4, 15.5 * math.sqrt(number / 40)
        parts.append(Disc(bend + math.cos(a) * reach, -68 + math.sin(a) * reach, 1.1, 1.1, (168, 116, 62)))
    return parts


def mushroom(look: Look) -> Drawing:
    """A red cap with white spots, a small one beside it."""
    cap = look.tone((206, 58, 48), (184, 118, 72), (224, 132, 84))
    parts: Drawing = [Disc(6, 1, 46, 5, (20, 30, 20), 0.28, soft=3)]
    for x, size in ((28, 0.5), (-4, 1.0)):

        def at(px: float, py: float, x: float = x, size: float = size) -> tuple[float, float]:
            return x + px * size, py * size

        parts += [
            blob([at(-13, 2), at(-9, -26), at(-10, -48), at(10, -48), at(9, -26), at(14, 2)], across((240, 230, 212))),
            blob([at(-12, -46), at(0, -38), at(12, -46), at(9, -34), at(0, -31), at(-9, -34)], (226, 212, 190)),
            blob(
                [at(-42, -44), at(-36, -70), at(-14, -92), at(14, -92), at(36, -70), at(42, -44), at(0, -38)], ball(cap)
            ),
        ]
        for px, py, r in ((-22, -62, 6.5), (2, -78, 7.5), (22, -60, 6), (-6, -54, 4.5), (14, -84, 3.6)):
            spot = at(px, py)
            parts.append(Disc(*spot, r * size, r * size * 0.85, WHITE, 0.92))
    return parts


def cactus(look: Look) -> Drawing:
    """Arms up, in flower."""
    green = look.tone((78, 138, 96), (96, 148, 84))
    parts: Drawing = [
        Disc(0, 1, 36, 5, (40, 30, 20), 0.28, soft=3),
        stroke([(-14, -34), (-34, -36), (-36, -62)], 14, darker(green, 0.08)),
        stroke([(14, -44), (32, -46), (34, -74)], 13, darker(green, 0.12)),
        blob([(-15, 2), (-16, -50), (-12, -88), (0, -98), (12, -88), (16, -50), (15, 2)], across(green)),
    ]
    ribs = [points((x, -4), (x * 0.95, -50), (x * 0.6, -90)) for x in (-8, 0, 8)]
    parts.append(Line(tuple(ribs), 1.3, darker(green, 0.3), 0.6, smooth=True))
    spines = [points((x - 2, y), (x + 2, y - 2)) for x in (-12, -4, 4, 12) for y in range(-84, -4, 13)]
    parts.append(Line(tuple(spines), 0.8, lighter(green, 0.6), 0.8))
    for x, y in ((0, -98), (-36, -69), (34, -81)):
        parts.append(
            Area(
                tuple(
                    Disc(x + math.cos(a) * 4, y + math.sin(a) * 3, 3.4, 2.2, INK).outline(12)
                    for a in (0.5, 1.7, 2.9, 4.1, 5.3)
                ),
                mix((236, 98, 128), WHITE, 0.15),
            )
        )
    return parts
