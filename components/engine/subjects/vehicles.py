"""What people ride in: boat, balloon, car, train, rocket, flying saucer."""

from __future__ import annotations

from components.engine.palette import mix
from components.engine.shapes import LIGHT, Ball, Color, Disc, Fade, Glow, blob, box, poly, stroke
from components.engine.subjects.built import GLASS, pane
from components.engine.subjects.look import INK, WARM, WHITE, Drawing, Look, across, ball, darker, down, lighter


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
        *pane(look, -43, -55, 17, 17),
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
