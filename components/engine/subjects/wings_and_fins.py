"""Animals of air and water: bird, fish, whale, butterfly."""

from __future__ import annotations

from components.engine.palette import mix
from components.engine.shapes import Disc, Fade, blob, poly, stroke
from components.engine.subjects.look import INK, WHITE, Drawing, Look, darker, down, lighter


def bird(look: Look) -> Drawing:
    """Flying, wings up."""
    coat = look.tone((64, 130, 196), (224, 96, 78), (246, 246, 242), (240, 178, 70))
    beat = 9 * look.wave(0)
    wing = darker(coat, 0.14)
    return [
        poly([(-30, -50), (-58, -58), (-52, -46)], wing),
        blob([(2, -52), (-6, -84 - beat), (-26, -102 - beat), (-20, -70), (-14, -50)], darker(coat, 0.3)),
        blob([(-34, -50), (-10, -62), (18, -64), (32, -60), (30, -48), (8, -38), (-16, -40)], down(coat)),
        blob([(-8, -42), (12, -40), (26, -46), (14, -37), (0, -36)], lighter(coat, 0.7)),
        blob([(8, -54), (18, -88 - beat), (44, -108 - beat), (34, -74), (-4, -48)], Fade(lighter(coat, 0.15), wing)),
        Disc(30, -57, 10, 9.5, coat),
        poly([(38, -60), (50, -55), (38, -53)], (244, 176, 66)),
        Disc(33, -59, 1.9, 2.1, INK),
    ]


def fish(look: Look) -> Drawing:
    """Swimming to the right."""
    coat = look.tone((244, 140, 56), (76, 168, 214), (238, 92, 106), (246, 204, 80))
    swing = 6 * look.wave(0)
    band = mix(coat, WHITE, 0.82)
    return [
        blob(
            [(-30, -50), (-58, -72 + swing), (-50, -50 + swing * 0.5), (-58, -28 + swing), (-32, -48)],
            Fade(lighter(coat), darker(coat)),
        ),
        blob([(-8, -68), (6, -88), (24, -82), (16, -66)], darker(coat, 0.1)),
        blob([(-4, -32), (4, -18), (18, -22), (12, -34)], darker(coat, 0.1)),
        blob([(-34, -50), (-12, -70), (18, -72), (40, -58), (46, -50), (40, -40), (18, -29), (-12, -31)], down(coat)),
        blob([(-14, -69), (-6, -70), (-4, -50), (-6, -31), (-13, -32), (-10, -50)], band),
        blob([(14, -72), (22, -71), (24, -50), (22, -30), (14, -30), (17, -50)], band),
        blob([(2, -50), (-12, -42), (-10, -34), (4, -42)], darker(coat, 0.15)),
        Disc(34, -55, 5.4, 5.4, WHITE),
        Disc(35.4, -55, 3, 3.2, INK),
        stroke([(42, -44), (38, -42.5)], 1.4, darker(coat, 0.45)),
    ]


def whale(look: Look) -> Drawing:
    """At the surface, blowing."""
    coat = look.tone((66, 110, 160), (84, 104, 132))
    spray = 5 * look.wave(0)
    jets: Drawing = [
        stroke([(18, -52), (14, -78), (0, -88 - spray), (-8, -80 - spray)], 4, (226, 242, 250), opacity=0.85),
        stroke([(18, -52), (22, -80), (34, -90 - spray), (44, -82 - spray)], 4, (226, 242, 250), opacity=0.85),
    ]
    return [
        *jets,
        blob([(-48, -22), (-66, -46), (-78, -42), (-62, -30), (-82, -28), (-74, -20), (-54, -14)], down(coat)),
        blob(
            [(-56, -20), (-30, -22), (-4, -46), (30, -52), (54, -36), (58, -12), (40, 2), (-10, 2), (-44, -6)],
            down(coat),
        ),
        blob([(0, -6), (34, -10), (57, -14), (42, 2), (-8, 2), (-36, -3)], mix(coat, WHITE, 0.72)),
        stroke([(57, -15), (44, -16), (36, -22)], 1.6, darker(coat, 0.4)),
        Disc(37, -27, 2.6, 2.8, INK),
        blob([(6, -10), (-4, 2), (-18, 8), (-10, -8)], darker(coat, 0.2)),
    ]


def butterfly(look: Look) -> Drawing:
    """Wings spread."""
    wing = look.tone((238, 138, 54), (92, 128, 220), (214, 96, 162), (246, 200, 76))
    fold = 0.82 + 0.16 * look.wave(0)
    parts: Drawing = []
    for side in (-1, 1):
        s = side * fold
        parts += [
            blob(
                [(0, -48), (s * 18, -34), (s * 40, -30), (s * 42, -12), (s * 24, -2), (s * 8, -22)],
                Fade(darker(wing, 0.1), darker(wing, 0.4)),
            ),
            blob(
                [(0, -52), (s * 14, -84), (s * 44, -98), (s * 56, -84), (s * 50, -58), (s * 26, -44)],
                Fade(lighter(wing, 0.2), darker(wing, 0.25)),
            ),
            Disc(s * 40, -80, 6.5 * fold, 7.5, lighter(wing, 0.65)),
            Disc(s * 31, -64, 4.5 * fold, 5, lighter(wing, 0.5)),
            Disc(s * 29, -20, 5 * fold, 5, lighter(wing, 0.6)),
            stroke([(0, -62), (s * 8, -84), (s * 17, -92)], 1.3, INK),
        ]
    parts.append(blob([(-3, -64), (3, -64), (3.6, -44), (1.6, -14), (-1.6, -14), (-3.6, -44)], INK))
    return parts
