"""What people build: house, castle, lighthouse, windmill."""

from __future__ import annotations

import math

from components.engine.shapes import LIGHT, Color, Disc, Fade, Glow, blob, box, poly, stroke
from components.engine.subjects.look import INK, WARM, WHITE, Drawing, Look, across, darker, down

GLASS: Color = (150, 200, 222)


def pane(look: Look, x: float, y: float, width: float, height: float) -> Drawing:
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
        *pane(look, -31, -38, 15, 17),
        *pane(look, 16, -38, 15, 17),
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
        # Three cones on top of each other, so that the beam grows fainter with distance.
        for side in (-1, 1):
            for long, opacity in ((60, 0.2), (115, 0.16), (180, 0.12)):
                wide, tip = long * 0.13, -87 + sweep * long / 180
                beam = [(side * 4, -88), (side * long, tip - wide), (side * long, tip + wide), (side * 4, -85)]
                parts.append(poly(beam, WARM, opacity=opacity, soft=1.2, role=LIGHT))
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
        *pane(look, -5, -42, 10, 11),
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
