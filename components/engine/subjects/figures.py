"""People and those like them: a person, an astronaut, a robot; and the planet, which stands alone."""

from __future__ import annotations

from components.engine.palette import mix
from components.engine.places.beyond import planet as globe
from components.engine.shapes import LIGHT, Ball, Color, Disc, Glow, Movable, blob, box, poly, stroke
from components.engine.subjects.look import INK, WHITE, Drawing, Look, across, ball, darker, down, lighter

SKINS: tuple[Color, ...] = ((246, 208, 178), (226, 176, 138), (186, 132, 96), (132, 90, 66), (94, 64, 50))
HAIRS: tuple[Color, ...] = ((58, 42, 38), (112, 74, 48), (36, 34, 42), (196, 148, 82), (156, 70, 44))


def person(look: Look) -> Drawing:
    """Standing, seen to the waist and a little below, in a coat."""
    skin = SKINS[int(look.chance.integers(len(SKINS)))]
    hair = HAIRS[int(look.chance.integers(len(HAIRS)))]
    coat = look.tone((206, 92, 70), (62, 104, 140), (226, 176, 84), (96, 128, 96), (120, 84, 132))
    long_hair = look.chance.random() < 0.5
    lean = 1.2 * look.wave(0)
    parts: Drawing = []
    if long_hair:
        parts.append(
            blob(
                [(-22, -84), (-25, -60), (-24, -40), (0, -36), (24, -40), (25, -60), (22, -84), (0, -100)],
                darker(hair, 0.12),
            )
        )
    parts += [
        blob([(-34, 4), (-36, -20), (-24, -40), (0, -45), (24, -40), (36, -20), (34, 4)], down(coat)),
        blob([(-8, -48), (8, -48), (10, -38), (0, -30), (-10, -38)], darker(skin, 0.1)),
        poly([(-12, -42), (0, -29), (-7, -22), (-17, -40)], darker(coat, 0.16)),
        poly([(12, -42), (0, -29), (7, -22), (17, -40)], darker(coat, 0.16)),
        stroke([(0, -26), (0, 2)], 1.2, darker(coat, 0.3), smooth=False),
        stroke([(-24, -18), (-22, 3)], 1.4, darker(coat, 0.28)),
        stroke([(24, -18), (22, 3)], 1.4, darker(coat, 0.28)),
        Disc(-17.5 + lean, -65, 3.6, 5, darker(skin, 0.06)),
        Disc(17.5 + lean, -65, 3.6, 5, darker(skin, 0.06)),
        blob(
            [
                (-17 + lean, -70),
                (-15 + lean, -84),
                (lean, -90),
                (15 + lean, -84),
                (17 + lean, -70),
                (12 + lean, -52),
                (lean, -45),
                (-12 + lean, -52),
            ],
            ball(skin),
        ),
        blob(
            [
                (-19 + lean, -68),
                (-20 + lean, -88),
                (-6 + lean, -99),
                (12 + lean, -97),
                (21 + lean, -84),
                (19 + lean, -68),
                (14 + lean, -80),
                (2 + lean, -85),
                (-10 + lean, -80),
            ],
            down(hair),
        ),
        Disc(-6.5 + lean, -66, 1.9, 2.4, INK),
        Disc(6.5 + lean, -66, 1.9, 2.4, INK),
        stroke([(-10 + lean, -72), (-6.5 + lean, -73.4), (-3.4 + lean, -72)], 1.2, darker(hair, 0.1)),
        stroke([(10 + lean, -72), (6.5 + lean, -73.4), (3.4 + lean, -72)], 1.2, darker(hair, 0.1)),
        stroke([(0.6 + lean, -65), (2 + lean, -60), (-0.6 + lean, -59)], 1.1, darker(skin, 0.28)),
        stroke([(-5 + lean, -54), (lean, -52), (5 + lean, -54)], 1.5, (176, 82, 78)),
        Disc(-10.5 + lean, -59.5, 3.4, 2.2, (236, 120, 110), 0.32, soft=1),
        Disc(10.5 + lean, -59.5, 3.4, 2.2, (236, 120, 110), 0.32, soft=1),
    ]
    return parts


def astronaut(look: Look) -> Drawing:
    """In a white suit, waving."""
    suit: Color = (236, 238, 244)
    mark = look.tone((232, 120, 60), (70, 130, 200))
    wave = 6 * look.wave(0)
    parts: Drawing = [
        Disc(0, 2, 30, 4.5, (10, 10, 20), 0.4, soft=3),
        blob([(-24, -58), (24, -58), (25, -22), (-25, -22)], across((168, 174, 188))),
        blob([(-15, 2), (-14, -24), (-2, -24), (-2, 2)], across(darker(suit, 0.08))),
        blob([(15, 2), (14, -24), (2, -24), (2, 2)], across(darker(suit, 0.14))),
        stroke([(-18, -50), (-30, -38), (-29, -24)], 11, darker(suit, 0.08)),
        stroke([(18, -50), (33, -58), (36 + wave * 0.4, -76 - wave)], 11, darker(suit, 0.04)),
        Disc(-29, -22, 6, 6, mark),
        Disc(36 + wave * 0.4, -79 - wave, 6, 6, mark),
        blob([(-20, -18), (-21, -46), (-12, -56), (12, -56), (21, -46), (20, -18), (0, -15)], across(suit)),
        box(-10, -42, 20, 13, (150, 158, 174)),
        Disc(-5, -37, 2.2, 2.2, (226, 84, 70), role=LIGHT),
        Disc(1, -37, 2.2, 2.2, (110, 206, 130), role=LIGHT),
        box(4, -34, 5, 3, (80, 150, 214)),
        Disc(0, -76, 24, 23, ball(suit)),
        blob(
            [(-17, -76), (-14, -88), (0, -92), (14, -88), (17, -76), (13, -65), (0, -62), (-13, -65)],
            Ball((98, 138, 186), (20, 28, 52), 0.35, 0.25),
        ),
        blob([(-11, -80), (-8, -87), (-1, -88), (-6, -80)], WHITE, opacity=0.7),
        box(-17, -3, 16, 6, mark),
        box(1, -3, 16, 6, mark),
    ]
    return parts


def robot(look: Look) -> Drawing:
    """Square-headed, with an aerial."""
    metal = look.tone((126, 164, 178), (214, 158, 92), (168, 172, 184), (196, 112, 96))
    blink = look.wave(0)
    eyes: Color = (120, 240, 226)
    parts: Drawing = [
        Disc(0, 2, 34, 4.5, (20, 22, 30), 0.35, soft=3),
        stroke([(0, -92), (0, -106)], 2, darker(metal, 0.4), smooth=False),
        Disc(0, -108, 4, 4, (244, 96, 80), role=LIGHT),
        Glow(0, -108, 26, (255, 120, 96), 0.35 + 0.25 * blink, role=LIGHT),
        box(-14, -14, 10, 15, across(darker(metal, 0.3))),
        box(4, -14, 10, 15, across(darker(metal, 0.34))),
        blob([(-19, 2), (-18, -3), (-2, -3), (-1, 2)], darker(metal, 0.45)),
        blob([(19, 2), (18, -3), (2, -3), (1, 2)], darker(metal, 0.45)),
        stroke([(-24, -46), (-36, -36), (-35, -20)], 7, darker(metal, 0.28)),
        stroke([(24, -46), (36, -38), (37, -24 - 4 * blink)], 7, darker(metal, 0.28)),
        Disc(-35, -18, 6, 6, darker(metal, 0.1)),
        Disc(37, -22 - 4 * blink, 6, 6, darker(metal, 0.1)),
        blob([(-24, -14), (-26, -50), (-20, -54), (20, -54), (26, -50), (24, -14), (0, -11)], across(metal)),
        box(-14, -44, 28, 20, darker(metal, 0.4)),
        stroke(
            [(-10, -34), (-5, -34), (-2, -40), (2, -28), (5, -34), (10, -34)],
            1.6,
            (120, 240, 170),
            smooth=False,
            role=LIGHT,
        ),
        box(-6, -60, 12, 8, darker(metal, 0.35)),
        blob(
            [(-27, -64), (-29, -86), (-24, -92), (24, -92), (29, -86), (27, -64), (22, -58), (-22, -58)],
            across(lighter(metal, 0.12)),
        ),
        blob([(-21, -68), (-21, -82), (21, -82), (21, -68), (0, -65)], (38, 46, 60)),
        Disc(-33, -75, 4, 7, darker(metal, 0.25)),
        Disc(33, -75, 4, 7, darker(metal, 0.25)),
        Disc(-9, -75, 5, 5 if blink > -0.95 else 1, eyes, role=LIGHT),
        Disc(9, -75, 5, 5 if blink > -0.95 else 1, eyes, role=LIGHT),
        stroke([(-6, -62.4), (0, -61), (6, -62.4)], 1.5, (38, 46, 60)),
    ]
    return parts


def planet(look: Look) -> Drawing:
    """A ringed globe."""
    tone = look.tone((222, 164, 104), (104, 150, 204), (190, 104, 128), (130, 190, 160))
    shapes = globe(0, -50, 40, tone, ring=mix(tone, (255, 246, 220), 0.55))
    parts: Drawing = [Glow(0, -50, 84, tone, 0.3, role=LIGHT)]
    parts.extend(shape for shape in shapes if isinstance(shape, Movable))
    return parts
