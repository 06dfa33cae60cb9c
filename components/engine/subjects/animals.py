"""Animals that sit or stand: cat, dog, fox, rabbit, bear, penguin, owl."""

from __future__ import annotations

from components.engine.palette import mix
from components.engine.shapes import Color, Disc, Fade, blob, poly, stroke
from components.engine.subjects.look import INK, WHITE, Drawing, Look, ball, darker, down, lighter

PINK: Color = (240, 150, 150)


def _eyes(x: float, y: float, size: float, iris: Color = INK) -> Drawing:
    parts: Drawing = []
    for side in (-1, 1):
        parts.append(Disc(side * x, y, size, size * 1.15, iris))
        if iris != INK:
            parts.append(Disc(side * x, y, size * 0.42, size * 0.95, INK))
        parts.append(Disc(side * x - size * 0.3, y - size * 0.4, size * 0.3, size * 0.3, WHITE))
    return parts


def cat(look: Look) -> Drawing:
    """Sitting, its tail around it."""
    fur = look.tone((232, 150, 74), (124, 124, 134), (62, 58, 66), (238, 226, 208), (150, 108, 78))
    light = fur if fur[0] > 225 and fur[2] > 190 else mix(fur, WHITE, 0.72)
    dark = darker(fur, 0.28)
    swing = 5 * look.wave(0)
    parts: Drawing = [
        stroke([(20, -6), (38, -4), (49 + swing, -16), (44 + swing, -34)], 9, dark),
        blob([(-24, 0), (-27, -22), (-20, -46), (0, -54), (20, -46), (27, -22), (24, 0), (0, 3)], down(fur)),
        blob([(-11, -42), (11, -42), (9, -14), (0, -8), (-9, -14)], light),
        blob([(-16, 1), (-15, -26), (-6, -27), (-4, 1)], fur),
        blob([(16, 1), (15, -26), (6, -27), (4, 1)], fur),
        Disc(-10, 0, 8, 4, light),
        Disc(10, 0, 8, 4, light),
    ]
    for side in (-1, 1):
        parts += [
            poly([(side * 27, -78), (side * 25, -104), (side * 7, -91)], dark),
            poly([(side * 23, -82), (side * 22.5, -97), (side * 11, -89)], PINK),
        ]
    parts += [
        blob([(-31, -68), (-27, -86), (0, -94), (27, -86), (31, -68), (20, -52), (0, -47), (-20, -52)], ball(fur)),
        blob([(-12, -62), (0, -66), (12, -62), (10, -52), (0, -49), (-10, -52)], light),
        *_eyes(13, -71, 5.6, (116, 168, 74) if fur != (238, 226, 208) else (84, 140, 190)),
        poly([(-3.4, -62), (3.4, -62), (0, -58)], PINK),
        stroke([(-7, -56.5), (-3.5, -53.4), (0, -57), (3.5, -53.4), (7, -56.5)], 1.3, INK),
    ]
    for side in (-1, 1):
        for lift in (-3, 1, 5):
            parts.append(
                stroke([(side * 12, -58 + lift * 0.3), (side * 36, -61 + lift * 1.7)], 0.7, lighter(dark, 0.6))
            )
    for offset in (-7, 0, 7):
        parts.append(stroke([(offset, -91 + abs(offset) * 0.2), (offset * 0.8, -83)], 2.4, dark))
    return parts


def dog(look: Look) -> Drawing:
    """Sitting, tongue out, ears hanging."""
    fur = look.tone((206, 152, 92), (240, 224, 196), (120, 84, 60), (86, 84, 92))
    light, dark = mix(fur, WHITE, 0.72), darker(fur, 0.3)
    swing = 7 * look.wave(0)
    parts: Drawing = [
        stroke([(20, -10), (34, -16), (44 + swing, -34)], 8, fur),
        blob([(-24, 0), (-26, -24), (-18, -48), (0, -55), (18, -48), (26, -24), (24, 0), (0, 3)], down(fur)),
        blob([(-12, -46), (12, -46), (10, -18), (0, -10), (-10, -18)], light),
        blob([(-17, 1), (-15, -28), (-6, -29), (-5, 1)], fur),
        blob([(17, 1), (15, -28), (6, -29), (5, 1)], fur),
        Disc(-11, 0, 9, 4.4, light),
        Disc(11, 0, 9, 4.4, light),
        blob([(-26, -68), (-24, -88), (0, -98), (24, -88), (26, -68), (16, -50), (0, -46), (-16, -50)], ball(fur)),
        blob([(-4, -97), (4, -97), (5, -78), (12, -60), (0, -48), (-12, -60), (-5, -78)], light),
    ]
    for side in (-1, 1):
        parts.append(
            blob([(side * 20, -92), (side * 32, -88), (side * 38, -66), (side * 31, -54), (side * 25, -66)], dark)
        )
    parts += [
        *_eyes(12, -74, 4.4),
        blob([(-5, -63), (0, -65), (5, -63), (0, -57)], INK),
        stroke([(-9, -55), (-4, -51), (0, -56), (4, -51), (9, -55)], 1.4, INK),
        blob([(-4, -52), (4, -52), (4.5, -44), (0, -41), (-4.5, -44)], (236, 118, 126)),
        blob([(-20, -49), (0, -44), (20, -49), (19, -43), (0, -38), (-19, -43)], (206, 70, 66)),
        Disc(0, -38, 4, 4, (240, 198, 84)),
    ]
    return parts


def fox(look: Look) -> Drawing:
    """Sitting, with a white chest and a brush of a tail."""
    fur = look.tone((222, 112, 50), (206, 96, 56))
    dark: Color = (70, 46, 44)
    swing = 4 * look.wave(0)
    parts: Drawing = [
        blob([(14, -2), (40, -2), (56 + swing, -22), (50 + swing, -46), (40, -30), (24, -16)], down(fur)),
        blob([(50 + swing, -46), (57 + swing, -26), (47 + swing, -27), (43, -34)], WHITE),
        blob([(-20, 0), (-22, -24), (-14, -48), (0, -54), (14, -48), (22, -24), (20, 0), (0, 3)], down(fur)),
        blob([(-12, -50), (12, -50), (9, -22), (0, -14), (-9, -22)], WHITE),
        blob([(-14, 1), (-13, -22), (-6, -23), (-4, 1)], dark),
        blob([(14, 1), (13, -22), (6, -23), (4, 1)], dark),
    ]
    for side in (-1, 1):
        parts += [
            poly([(side * 29, -76), (side * 27, -106), (side * 7, -88)], fur),
            poly([(side * 26, -90), (side * 26.5, -105), (side * 16, -95)], dark),
        ]
    parts += [
        blob([(-34, -70), (-22, -88), (0, -92), (22, -88), (34, -70), (14, -55), (0, -44), (-14, -55)], ball(fur)),
        blob([(-33, -69), (-16, -66), (-5, -58), (0, -44), (-14, -55)], WHITE),
        blob([(33, -69), (16, -66), (5, -58), (0, -44), (14, -55)], WHITE),
        *_eyes(13, -73, 4.2),
        Disc(0, -47, 4, 3.2, INK),
    ]
    return parts


def rabbit(look: Look) -> Drawing:
    """Sitting upright, ears up."""
    fur = look.tone((226, 214, 200), (168, 142, 120), (244, 240, 234))
    inner = mix(fur, PINK, 0.6)
    tilt = 3 * look.wave(0)
    parts: Drawing = [Disc(22, -8, 9, 9, lighter(fur, 0.6))]
    for side in (-1, 1):
        parts += [
            blob(
                [
                    (side * 5, -80),
                    (side * 6, -112),
                    (side * 13 + tilt, -124),
                    (side * 19 + tilt, -108),
                    (side * 17, -80),
                ],
                darker(fur, 0.06),
            ),
            blob(
                [
                    (side * 8, -82),
                    (side * 9.5, -106),
                    (side * 13 + tilt, -114),
                    (side * 15.5 + tilt, -104),
                    (side * 14, -82),
                ],
                inner,
            ),
        ]
    parts += [
        blob([(-24, 0), (-27, -22), (-19, -44), (0, -52), (19, -44), (27, -22), (24, 0), (0, 3)], down(fur)),
        blob([(-13, -40), (13, -40), (12, -14), (0, -6), (-12, -14)], lighter(fur, 0.55)),
        Disc(-13, -1, 13, 5, darker(fur, 0.05)),
        Disc(13, -1, 13, 5, darker(fur, 0.05)),
        blob([(-25, -62), (-20, -80), (0, -88), (20, -80), (25, -62), (14, -48), (0, -45), (-14, -48)], ball(fur)),
        *_eyes(11, -67, 4.2),
        blob([(-3.5, -58), (3.5, -58), (0, -54)], PINK),
        stroke([(-5, -53), (-2.4, -50.6), (0, -53), (2.4, -50.6), (5, -53)], 1.2, INK),
        Disc(-17, -58, 4.5, 3, PINK, 0.5),
        Disc(17, -58, 4.5, 3, PINK, 0.5),
    ]
    return parts


def bear(look: Look) -> Drawing:
    """Sitting, paws on its belly."""
    fur = look.tone((136, 92, 60), (92, 66, 54), (182, 132, 88))
    light = mix(fur, WHITE, 0.55)
    parts: Drawing = []
    for side in (-1, 1):
        parts += [Disc(side * 23, -90, 10, 10, fur), Disc(side * 23, -90, 5.5, 5.5, light)]
        parts += [blob([(side * 22, -46), (side * 36, -30), (side * 34, -14), (side * 22, -20)], darker(fur, 0.1))]
    parts += [
        blob([(-32, 0), (-34, -28), (-24, -52), (0, -58), (24, -52), (34, -28), (32, 0), (0, 4)], down(fur)),
        Disc(0, -24, 20, 21, light),
        Disc(-20, -2, 13, 8, darker(fur, 0.08)),
        Disc(20, -2, 13, 8, darker(fur, 0.08)),
        Disc(-20, -2, 7, 4.5, light),
        Disc(20, -2, 7, 4.5, light),
        blob([(-31, -70), (-24, -90), (0, -98), (24, -90), (31, -70), (20, -54), (0, -49), (-20, -54)], ball(fur)),
        Disc(0, -62, 13, 10, light),
        *_eyes(12, -75, 3.8),
        Disc(0, -67, 5, 3.8, INK),
        stroke([(-5, -60), (-2.4, -57.2), (0, -60), (2.4, -57.2), (5, -60)], 1.4, INK),
    ]
    return parts


def penguin(look: Look) -> Drawing:
    """Upright, flippers out."""
    coat = look.tone((44, 52, 72), (36, 40, 48))
    lift = 4 * look.wave(0)
    parts: Drawing = [
        blob([(-26, -58), (-40, -40 - lift), (-42, -24 - lift), (-34, -30)], darker(coat, 0.15)),
        blob([(26, -58), (40, -40 - lift), (42, -24 - lift), (34, -30)], darker(coat, 0.15)),
        Disc(-12, 0, 12, 4.5, (240, 160, 60)),
        Disc(12, 0, 12, 4.5, (240, 160, 60)),
        blob(
            [(-30, -20), (-30, -56), (-22, -90), (0, -102), (22, -90), (30, -56), (30, -20), (18, -2), (-18, -2)],
            down(coat),
        ),
        blob(
            [(-20, -24), (-19, -56), (-8, -66), (0, -62), (8, -66), (19, -56), (20, -24), (10, -4), (-10, -4)],
            Fade(WHITE, (222, 228, 238)),
        ),
        blob([(-17, -76), (-9, -88), (0, -80), (9, -88), (17, -76), (10, -62), (0, -60), (-10, -62)], WHITE),
        *_eyes(8, -77, 3.4),
        blob([(-6, -70), (0, -73), (6, -70), (0, -63)], (244, 168, 60)),
    ]
    return parts


def owl(look: Look) -> Drawing:
    """On a branch, eyes wide open."""
    coat = look.tone((146, 104, 74), (112, 98, 104), (184, 146, 104))
    light = mix(coat, WHITE, 0.6)
    blink = 1.0 if look.wave(0.3) < 0.96 else 0.2
    parts: Drawing = [
        stroke([(-60, -2), (-20, 2), (20, -1), (60, 3)], 7, (96, 72, 56)),
        blob([(-28, -4), (-32, -40), (-26, -76), (0, -90), (26, -76), (32, -40), (28, -4), (0, 4)], down(coat)),
        blob([(-18, -8), (-18, -44), (0, -54), (18, -44), (18, -8), (0, 0)], light),
    ]
    for row in range(3):
        for column in range(-1, 2):
            x, y = column * 11 + (row % 2) * 5.5 - 2.7, -40 + row * 12
            parts.append(stroke([(x - 4, y), (x, y + 4), (x + 4, y)], 1.6, coat))
    for side in (-1, 1):
        parts += [
            blob([(side * 28, -60), (side * 37, -38), (side * 30, -10), (side * 22, -24)], darker(coat, 0.2)),
            poly([(side * 27, -78), (side * 25, -102), (side * 8, -87)], darker(coat, 0.08)),
            Disc(side * 12.5, -70, 14, 14, light),
            Disc(side * 12.5, -70, 9, 9 * blink, (244, 186, 60)),
            Disc(side * 12.5, -70, 5, 5 * blink, INK),
            Disc(side * 12.5 - 2.4, -73, 1.8, 1.8 * blink, WHITE),
            stroke([(side * 8, 0), (side * 8, 5)], 5, (238, 176, 72)),
            stroke([(side * 15, 0), (side * 15, 5)], 5, (238, 176, 72)),
        ]
    parts.append(poly([(-4, -65), (4, -65), (0, -55)], (240, 170, 66)))
    return parts
