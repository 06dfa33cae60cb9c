"""What people build: houses, towers, ships, vehicles."""

from __future__ import annotations

import math

from components.engine.palette import mix
from components.engine.shapes import LIGHT, Ball, Color, Disc, Fade, Glow, blob, box, poly, stroke
from components.engine.subjects.look import INK, WARM, WHITE, Drawing, Look, across, ball, darker, down, lighter

GLASS: Color = (150, 200, 222)


def _pane(look: Look, x: float, y: float, width: float, height: float) -> Drawing:
    """A window, lit when it is late."""
    frame = box(x - 1.4, y - 1.4, width + 2.8, height + 2.8, WHITE)
    cross: Drawing = [
        stroke([(x + width / 2, y), (x + width / 2, y + height)], 1.2, WHITE, smooth=False),
        stroke([(x, y + height / 2), (x + width, y + height / 2)], 1.2, WHITE, smooth=False),
    ]
    if look.late:
        glow = Glow(x + width / 2, y + height / 2, width * 2.4, WARM, 0.5, role=LIGHT)
        return [frame, box(x, y, width, height, Fade((255, 236, 170), (255, 196, 96)), role=LIGHT), *cross, glow]
    return [frame, box(x, y, width, height, Fade(GLASS, darker(GLASS, 0.3))), *cross]


def house(look: Look) -> Drawing:
    """Gabled, with a chimney and a door."""
    wall = look.tone((238, 222, 196), (214, 112, 84), (176, 198, 204), (232, 190, 112))
    roof: Color = (150, 70, 58) if look.color is None or wall[0] < 160 else (92, 74, 72)
    drift = 3 * look.wave(0)
    smoke: Drawing = [
        Disc(24 + drift * 0.5 + n * 4, -102 - n * 9, 4 + n * 2, 3.6 + n * 1.8, WHITE, 0.4 - 0.08 * n, soft=2)
        for n in range(3)
    ]
    parts: Drawing = [
        Disc(0, 2, 56, 5, (20, 24, 20), 0.28, soft=3),
        *smoke,
        box(18, -96, 11, 26, across((146, 98, 82))),
        box(-38, -50, 76, 52, across(wall)),
        poly([(-38, -50), (38, -50), (0, -92)], darker(wall, 0.06)),
        poly([(-47, -46), (0, -96), (47, -46), (41, -42), (0, -84), (-41, -42)], down(roof)),
        poly([(0, -96), (47, -46), (41, -42), (0, -84)], darker(roof, 0.22)),
        box(-8, -32, 16, 34, down((112, 72, 54))),
        Disc(4.5, -14, 1.4, 1.4, (236, 200, 110)),
        Disc(0, -63, 6, 6, WHITE),
        Disc(0, -63, 4.6, 4.6, WARM if look.late else GLASS, role=LIGHT if look.late else "back"),
        *_pane(look, -31, -38, 15, 17),
        *_pane(look, 16, -38, 15, 17),
        box(-12, 0, 24, 3.4, (172, 164, 156)),
    ]
    for x in (-33, -20, 15, 29):
        parts.append(Disc(x, 0, 8, 6, down((92, 142, 78))))
    return parts


def castle(look: Look) -> Drawing:
    """Towers with pointed roofs and flags."""
    stone = look.tone((190, 184, 180), (206, 188, 164), (160, 166, 184))
    roof: Color = (84, 98, 152)
    parts: Drawing = [Disc(0, 2, 66, 6, (20, 24, 20), 0.28, soft=3)]

    def tower(x: float, width: float, height: float, *, pointed: bool) -> None:
        left = x - width / 2
        parts.append(box(left, -height, width, height + 2, across(stone)))
        if pointed:
            parts.append(
                poly([(left - 3, -height), (x, -height - width * 1.5), (left + width + 3, -height)], across(roof))
            )
            top = -height - width * 1.5
            wave = 2 * look.wave(x)
            parts.append(stroke([(x, top), (x, top - 10)], 1.2, INK, smooth=False))
            parts.append(
                blob(
                    [(x, top - 10), (x + 8, top - 9 + wave), (x + 13, top - 7), (x + 8, top - 4 + wave), (x, top - 4)],
                    (206, 70, 66),
                )
            )
        else:
            for k in range(4):
                parts.append(box(left + k * width / 3.5, -height - 5, width / 7, 5.4, stone))
        window = WARM if look.late else darker(stone, 0.55)
        role = LIGHT if look.late else "back"
        for y in range(18, int(height) - 6, 22):
            parts.append(
                blob(
                    [(x - 2.4, -y), (x - 2.4, -y - 7), (x, -y - 10), (x + 2.4, -y - 7), (x + 2.4, -y)],
                    window,
                    role=role,
                )
            )

    tower(-20, 20, 66, pointed=True)
    tower(22, 22, 74, pointed=True)
    tower(0, 22, 54, pointed=False)
    parts.append(box(-46, -36, 92, 38, across(darker(stone, 0.06))))
    for k in range(9):
        parts.append(box(-46 + k * 10.7, -41, 6, 6, darker(stone, 0.06)))
    tower(-46, 17, 50, pointed=True)
    tower(46, 17, 50, pointed=True)
    parts.append(blob([(-9, 2), (-9, -14), (0, -24), (9, -14), (9, 2)], (84, 60, 48)))
    return parts


def lighthouse(look: Look) -> Drawing:
    """Striped, its beam turning."""
    band = look.tone((206, 60, 54), (52, 92, 146))
    sweep = 10 * look.wave(0)
    parts: Drawing = [Disc(0, 2, 30, 4, (20, 24, 20), 0.3, soft=3)]
    if look.late:
        for side in (-1, 1):
            beam = [(side * 4, -90), (side * 190, -112 + sweep), (side * 190, -66 + sweep), (side * 4, -86)]
            parts.append(poly(beam, Fade((255, 240, 190), (255, 226, 150)), opacity=0.26, soft=4, role=LIGHT))
    edges = [(-17 + t * 1.4, -t * 14.0) for t in range(6)]
    for number in range(5):
        (x1, y1), (x2, y2) = edges[number], edges[number + 1]
        tone = WHITE if number % 2 else band
        parts.append(poly([(x1, y1), (-x1, y1), (-x2, y2), (x2, y2)], across(tone)))
    parts += [
        box(-14, -75, 28, 5, across((92, 92, 102))),
        box(-8, -92, 16, 17, WARM if look.late else (206, 232, 240), role=LIGHT if look.late else "back"),
        stroke([(-3, -92), (-3, -75)], 1.2, INK, smooth=False),
        stroke([(3, -92), (3, -75)], 1.2, INK, smooth=False),
        poly([(-12, -91), (0, -106), (12, -91)], across(band)),
        Disc(0, -107, 1.8, 1.8, INK),
        blob([(-5, 2), (-5, -10), (0, -14), (5, -10), (5, 2)], (84, 60, 52)),
        Glow(0, -84, 70 if look.late else 20, WARM, 0.7 if look.late else 0.2, role=LIGHT),
    ]
    return parts


def windmill(look: Look) -> Drawing:
    """Four sails, slowly turning."""
    wall = look.tone((238, 230, 216), (196, 112, 84))
    turn = 22 + 22 * look.wave(0)
    parts: Drawing = [
        Disc(0, 2, 36, 4, (20, 24, 20), 0.28, soft=3),
        poly([(-24, 2), (24, 2), (15, -62), (-15, -62)], across(wall)),
        blob([(-17, -60), (-12, -74), (0, -79), (12, -74), (17, -60)], across((118, 84, 70))),
        blob([(-6, 2), (-6, -14), (0, -19), (6, -14), (6, 2)], (112, 74, 56)),
        *_pane(look, -5, -42, 10, 11),
    ]
    for sail in range(4):
        a = math.radians(turn + sail * 90)
        along, aside = (math.cos(a), math.sin(a)), (-math.sin(a), math.cos(a))
        x, y = along[0] * 50, -64 + along[1] * 50
        parts.append(stroke([(0, -64), (x, y)], 2.2, (98, 72, 58), smooth=False))
        corners = [(12, 1), (49, 1), (49, 13), (12, 10)]
        parts.append(
            poly(
                [(along[0] * u + aside[0] * v, -64 + along[1] * u + aside[1] * v) for u, v in corners],
                (250, 244, 230),
                opacity=0.92,
            )
        )
        for u in (20, 29, 38):
            parts.append(
                stroke(
                    [
                        (along[0] * u + aside[0], -64 + along[1] * u + aside[1]),
                        (along[0] * u + aside[0] * 12, -64 + along[1] * u + aside[1] * 12),
                    ],
                    0.9,
                    (150, 124, 104),
                    smooth=False,
                )
            )
    parts.append(Disc(0, -64, 3.6, 3.6, (84, 62, 52)))
    return parts


def boat(look: Look) -> Drawing:
    """A small yacht under sail."""
    hull = look.tone((176, 60, 52), (48, 88, 128), (240, 236, 226), (132, 84, 56))
    sail: Color = (250, 246, 236)
    bob = 1.5 * look.wave(0)
    return [
        Disc(0, 4, 58, 5, (10, 24, 40), 0.3, soft=3),
        stroke([(2, -8 + bob), (2, -102 + bob)], 2.4, (112, 84, 66), smooth=False),
        blob(
            [(6, -98 + bob), (30, -58 + bob), (42, -22 + bob), (7, -20 + bob)],
            Fade(lighter(sail), darker(sail, 0.16), across=True),
        ),
        blob(
            [(-2, -94 + bob), (-2, -20 + bob), (-36, -20 + bob), (-20, -52 + bob)],
            Fade(darker(sail, 0.1), lighter(sail), across=True),
        ),
        poly([(7, -58 + bob), (29, -58 + bob), (33, -49 + bob), (7, -49 + bob)], mix(hull, WHITE, 0.15), opacity=0.85),
        poly([(2, -102 + bob), (16, -98 + bob), (2, -94 + bob)], (222, 86, 70)),
        blob([(-50, -16 + bob), (54, -18 + bob), (40, 2 + bob), (-36, 3 + bob)], down(hull)),
        stroke([(-49, -13 + bob), (52, -15 + bob)], 2.2, WHITE, smooth=False),
        stroke([(-46, 4), (-20, 6), (10, 4), (46, 6)], 2.4, WHITE, opacity=0.6),
    ]


def balloon(look: Look) -> Drawing:
    """A hot-air balloon in stripes."""
    cloth = look.tone((216, 74, 62), (74, 128, 190), (238, 170, 64), (130, 98, 180))
    second = mix(cloth, (252, 240, 214), 0.75)
    rise = 2 * look.wave(0)

    def outline(share: float) -> list[tuple[float, float]]:
        return [
            (share * x, y + rise)
            for x, y in ((0, -104), (22, -99), (38, -82), (38, -62), (26, -42), (9, -26), (0, -25))
        ]

    parts: Drawing = [
        blob(
            [*outline(1), *[(-x, y) for x, y in reversed(outline(1))]],
            Fade(lighter(cloth, 0.2), darker(cloth, 0.28), across=True),
        )
    ]
    for low, high in ((0.72, 0.4), (-0.4, -0.72), (0.13, -0.13)):
        parts.append(
            blob(
                [*outline(low), *reversed(outline(high))],
                Fade(lighter(second, 0.1), darker(second, 0.14), across=True),
                opacity=0.95,
            )
        )
    parts += [
        stroke([(-9, -26 + rise), (-6, -12 + rise)], 1, INK, smooth=False),
        stroke([(9, -26 + rise), (6, -12 + rise)], 1, INK, smooth=False),
        blob([(-8, -13 + rise), (8, -13 + rise), (6.5, -1 + rise), (-6.5, -1 + rise)], across((156, 108, 66))),
        stroke([(-8, -12.6 + rise), (8, -12.6 + rise)], 2, (112, 74, 46), smooth=False),
    ]
    if look.late:
        parts.append(Glow(0, -40 + rise, 56, WARM, 0.6, role=LIGHT))
    return parts


def car(look: Look) -> Drawing:
    """A round little car from the side."""
    paint = look.tone((206, 64, 56), (72, 134, 164), (240, 190, 76), (126, 168, 132))
    parts: Drawing = [
        Disc(0, 1, 64, 5, (20, 22, 26), 0.35, soft=3),
        blob(
            [
                (-56, -12),
                (-54, -28),
                (-34, -33),
                (-22, -54),
                (16, -55),
                (32, -34),
                (52, -29),
                (58, -12),
                (40, -7),
                (-44, -7),
            ],
            down(paint),
        ),
        blob([(-28, -34), (-19, -49), (-4, -50), (-4, -34)], Fade(lighter(GLASS), GLASS)),
        blob([(1, -34), (1, -50), (14, -50), (25, -34)], Fade(lighter(GLASS), GLASS)),
        stroke([(-1.5, -33), (-1.5, -10)], 1.1, darker(paint, 0.3), smooth=False),
        stroke([(-12, -27), (-6, -27)], 1.8, darker(paint, 0.4), smooth=False),
        Disc(54, -22, 3.4, 4.4, (255, 240, 190), role=LIGHT),
        Disc(-54, -22, 2.6, 4, (224, 60, 50), role=LIGHT),
    ]
    if look.late:
        parts.append(Glow(62, -20, 60, WARM, 0.6, role=LIGHT))
    for x in (-32, 34):
        parts += [Disc(x, -8, 13, 13, (44, 44, 50)), Disc(x, -8, 6.5, 6.5, (206, 208, 212)), Disc(x, -8, 2, 2, INK)]
    return parts


def train(look: Look) -> Drawing:
    """A steam engine."""
    paint = look.tone((64, 110, 92), (150, 54, 52), (52, 76, 118))
    drift = 4 * look.wave(0)
    smoke: Drawing = [
        Disc(34 - n * 17 + drift, -86 - n * 8, 8 + n * 4, 7 + n * 3, WHITE, 0.6 - 0.1 * n, soft=2.5) for n in range(5)
    ]
    parts: Drawing = [
        stroke([(-90, 4), (90, 4)], 3, (92, 84, 80), smooth=False),
        *smoke,
        box(-52, -62, 34, 52, down(paint)),
        box(-57, -68, 44, 7, darker(paint, 0.35)),
        *_pane(look, -43, -55, 17, 17),
        blob([(-20, -44), (40, -44), (48, -36), (48, -18), (40, -12), (-20, -12)], down(lighter(paint, 0.06))),
        poly([(30, -44), (40, -44), (44, -70), (26, -70)], down((60, 56, 60))),
        blob([(-4, -44), (-3, -54), (5, -57), (13, -54), (14, -44)], down((206, 164, 84))),
        box(-54, -14, 104, 7, (150, 52, 48)),
        poly([(48, -10), (66, 2), (46, 2)], (84, 76, 78)),
        Disc(49, -30, 4, 6, (255, 238, 180), role=LIGHT),
    ]
    for x, r in ((-38, 12), (-10, 12), (16, 8), (36, 8)):
        parts += [
            Disc(x, 3 - r, r, r, (46, 44, 50)),
            Disc(x, 3 - r, r * 0.6, r * 0.6, (170, 72, 62)),
            Disc(x, 3 - r, 2, 2, WHITE),
        ]
    return parts


def rocket(look: Look) -> Drawing:
    """Rising on its flame."""
    stripe = look.tone((214, 70, 62), (70, 126, 190), (240, 160, 62))
    shell: Color = (240, 240, 244) if look.color is None or look.color[0] < 230 else (222, 224, 232)
    flame = 5 * look.wave(0)
    return [
        Glow(0, 6, 74, (255, 176, 84), 0.7, role=LIGHT),
        blob(
            [(-11, -13), (-14, 6), (0, 36 + flame), (14, 6), (11, -13)], Fade((255, 206, 92), (246, 98, 52)), role=LIGHT
        ),
        blob(
            [(-6, -13), (-7, 2), (0, 19 + flame * 0.6), (7, 2), (6, -13)],
            Fade((255, 250, 220), (255, 214, 110)),
            role=LIGHT,
        ),
        blob([(-15, -40), (-34, -18), (-34, -2), (-13, -14)], down(stripe)),
        blob([(15, -40), (34, -18), (34, -2), (13, -14)], darker(stripe, 0.2)),
        blob([(-9, -12), (9, -12), (7, -6), (-7, -6)], (96, 96, 108)),
        blob(
            [(0, -112), (-12, -96), (-20, -68), (-19, -36), (-11, -11), (11, -11), (19, -36), (20, -68), (12, -96)],
            across(shell),
        ),
        blob([(0, -112), (-12, -96), (-16, -85), (0, -81), (16, -85), (12, -96)], across(stripe)),
        Disc(0, -62, 11, 11, darker(stripe, 0.05)),
        Disc(0, -62, 8, 8, ball((112, 184, 222))),
        Disc(-2.6, -65, 2.4, 2, WHITE, 0.8),
        blob([(-19, -34), (0, -29), (19, -34), (18, -27), (0, -22), (-18, -27)], across(stripe)),
        blob([(-3, -32), (3, -32), (3.4, -8), (0, 2), (-3.4, -8)], down(stripe)),
    ]


def ufo(look: Look) -> Drawing:
    """A saucer with its beam."""
    hull = look.tone((162, 170, 188), (120, 190, 170))
    bob = 2 * look.wave(0)
    lamps: Drawing = [Disc(x, -43 + bob + abs(x) * -0.04, 3.4, 3, WARM, role=LIGHT) for x in (-34, -17, 0, 17, 34)]
    return [
        poly(
            [(-18, -38), (18, -38), (44, 26), (-44, 26)],
            Fade((206, 255, 214), (150, 240, 190)),
            opacity=0.32,
            soft=4,
            role=LIGHT,
        ),
        Disc(0, -62 + bob, 26, 24, Ball((206, 240, 246), (96, 158, 186), 0.35, 0.3)),
        Disc(0, -52 + bob, 56, 13, down(hull)),
        Disc(0, -48 + bob, 44, 9, down(darker(hull, 0.25))),
        Disc(0, -42 + bob, 20, 4, (214, 255, 224), role=LIGHT),
        *lamps,
    ]
