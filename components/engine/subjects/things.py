"""Things that lie on tables or stand as signs: cup, book, fruit, cake, lamp, heart, star, gem, umbrella."""

from __future__ import annotations

import math

from components.engine.palette import mix
from components.engine.shapes import LIGHT, Ball, Color, Disc, Fade, Glow, blob, poly, stroke
from components.engine.subjects.look import INK, WARM, WHITE, Drawing, Look, across, ball, darker, down, lighter


def cup(look: Look) -> Drawing:
    """A cup on a saucer, steaming."""
    glaze = look.tone((236, 228, 214), (206, 92, 72), (84, 132, 142), (232, 180, 92))
    coffee: Color = (92, 56, 38)
    drift = 4 * look.wave(0)
    steam: Drawing = []
    for number, x in enumerate((-9, 11)):
        bend = 3 + drift * (1 if number else -1)
        curls = [(x, -64), (x + bend, -76), (x - bend, -90), (x + bend, -104), (x, -118)]
        steam.append(stroke(curls, 6, WHITE, opacity=0.4, soft=3.4))
    return [
        Disc(4, 3, 56, 7, (40, 30, 30), 0.25, soft=3),
        Disc(0, -4, 50, 10, down(darker(glaze, 0.06))),
        Disc(0, -6, 34, 6, darker(glaze, 0.16)),
        stroke([(30, -48), (48, -48), (49, -26), (27, -22)], 7, darker(glaze, 0.12)),
        blob([(-34, -58), (34, -58), (33, -34), (22, -12), (0, -7), (-22, -12), (-33, -34)], across(glaze)),
        Disc(0, -58, 34.5, 9, lighter(glaze, 0.35)),
        Disc(0, -57.4, 30.5, 7.2, coffee),
        Disc(-2, -56.6, 25, 5.4, mix(coffee, (206, 160, 112), 0.5)),
        blob([(-9, -57), (-1, -59.5), (7, -57), (-1, -53.4)], mix(coffee, WHITE, 0.72)),
        *steam,
    ]


def book(look: Look) -> Drawing:
    """Lying open."""
    cover = look.tone((176, 64, 58), (56, 92, 128), (74, 112, 84))
    page: Color = (248, 242, 228)
    parts: Drawing = [
        Disc(0, 2, 62, 7, (40, 30, 30), 0.25, soft=3),
        poly([(-60, -4), (0, 4), (60, -4), (60, -30), (0, -20), (-60, -30)], darker(cover, 0.1)),
        blob([(-56, -10), (-28, -16), (0, -4), (0, -42), (-26, -56), (-55, -48)], Fade(page, darker(page, 0.1))),
        blob([(56, -10), (28, -16), (0, -4), (0, -42), (26, -56), (55, -48)], Fade(lighter(page), darker(page, 0.06))),
    ]
    for side in (-1, 1):
        for line in range(5):
            y = -45 + line * 6.6
            parts.append(
                stroke(
                    [(side * 10, y + 4), (side * 26, y - 3), (side * (48 - 8 * (line == 4)), y + 1)],
                    1.3,
                    (150, 140, 128),
                )
            )
    parts.append(poly([(14, -46), (20, -48), (20, -2), (17, -8), (14, -1)], (214, 84, 74)))
    return parts


def apple(look: Look) -> Drawing:
    """With a leaf."""
    skin = look.tone((206, 48, 44), (128, 168, 60))
    return [
        Disc(3, 0, 40, 6, (40, 30, 30), 0.28, soft=3),
        blob(
            [
                (0, -66),
                (-18, -74),
                (-38, -58),
                (-36, -26),
                (-18, -2),
                (0, -6),
                (18, -2),
                (36, -26),
                (38, -58),
                (18, -74),
            ],
            ball(skin),
        ),
        blob([(-26, -54), (-18, -62), (-14, -56), (-22, -44)], WHITE, opacity=0.45, soft=2),
        stroke([(0, -64), (2, -78), (8, -88)], 4, (98, 68, 46)),
        blob([(4, -76), (18, -92), (36, -90), (24, -76)], down((104, 154, 66))),
    ]


def orange(look: Look) -> Drawing:
    """A whole fruit and a half one."""
    skin = look.tone((242, 152, 42), (246, 206, 66))
    flesh = mix(skin, WHITE, 0.35)
    parts: Drawing = [
        Disc(0, 0, 62, 6, (40, 30, 30), 0.25, soft=3),
        Disc(-20, -34, 34, 34, ball(skin)),
        Disc(-32, -46, 7, 5, WHITE, 0.4, soft=2),
        blob([(-22, -66), (-8, -82), (12, -78), (-4, -66)], down((98, 146, 66))),
        Disc(32, -24, 26, 26, darker(skin, 0.05)),
        Disc(32, -24, 23, 23, mix(skin, WHITE, 0.8)),
    ]
    for number in range(8):
        angle = math.radians(number * 45 + 22)
        x, y = 32 + math.cos(angle) * 11, -24 + math.sin(angle) * 11
        parts.append(Disc(x, y, 9, 4.6, flesh, turn=math.degrees(angle)))
    return parts


def cake(look: Look) -> Drawing:
    """Two tiers, icing running down, candles burning."""
    icing = look.tone((246, 172, 190), (250, 240, 224), (150, 206, 196))
    sponge: Color = (206, 150, 96)
    flicker = 1.5 * look.wave(0)
    parts: Drawing = [
        Disc(0, 0, 58, 8, (40, 30, 30), 0.25, soft=3),
        Disc(0, -5, 54, 9, (236, 232, 226)),
        blob([(-42, -8), (-42, -40), (42, -40), (42, -8), (0, -2)], across(sponge)),
        blob(
            [
                (-44, -40),
                (-42, -26),
                (-34, -18),
                (-28, -28),
                (-18, -20),
                (-10, -30),
                (0, -17),
                (10, -29),
                (20, -19),
                (30, -29),
                (38, -20),
                (44, -40),
                (0, -50),
            ],
            down(icing),
        ),
        blob([(-27, -42), (-27, -66), (27, -66), (27, -42), (0, -38)], across(sponge)),
        blob(
            [(-29, -66), (-27, -54), (-18, -48), (-10, -58), (0, -47), (10, -57), (19, -49), (29, -66), (0, -74)],
            down(lighter(icing, 0.3)),
        ),
    ]
    for number, x in enumerate((-14, 0, 14)):
        tone = ((92, 156, 214), (238, 190, 84), (132, 188, 112))[number]
        parts += [
            poly([(x - 2, -70), (x + 2, -70), (x + 2, -88), (x - 2, -88)], tone),
            Glow(x, -94, 22, WARM, 0.6, role=LIGHT),
            blob([(x - 3, -91), (x + flicker * 0.5, -102), (x + 3, -91), (x, -88)], (255, 206, 90), role=LIGHT),
        ]
    for number in range(9):
        x = -36 + number * 9
        parts.append(
            Disc(x, -14 - (number % 3) * 5, 1.9, 1.9, ((232, 92, 92), (92, 156, 214), (246, 204, 84))[number % 3])
        )
    parts.append(Disc(0, -76, 4.5, 4.5, (206, 48, 62)))
    return parts


def lamp(look: Look) -> Drawing:
    """A table lamp that glows."""
    shade = look.tone((240, 196, 112), (222, 118, 92), (134, 172, 168))
    return [
        Disc(0, 0, 36, 6, (40, 30, 30), 0.25, soft=3),
        Glow(0, -66, 110, (255, 220, 150), 0.55 + 0.03 * look.wave(0), role=LIGHT),
        poly([(-3, -6), (3, -6), (3, -54), (-3, -54)], across((150, 118, 84))),
        blob([(-22, 0), (-18, -8), (0, -12), (18, -8), (22, 0), (0, 3)], across((150, 118, 84))),
        poly(
            [(-34, -46), (34, -46), (20, -96), (-20, -96)], Fade(lighter(shade, 0.15), lighter(shade, 0.55)), role=LIGHT
        ),
        Disc(0, -46, 34, 4, lighter(shade, 0.7), role=LIGHT),
        Disc(0, -96, 20, 2.6, shade),
    ]


def heart(look: Look) -> Drawing:
    """One heart."""
    red = look.tone((222, 62, 76), (236, 104, 136))
    beat = 1 + 0.03 * look.wave(0)
    outline = [
        (0, -6),
        (-26, -30),
        (-47, -58),
        (-44, -84),
        (-24, -94),
        (-6, -84),
        (0, -72),
        (6, -84),
        (24, -94),
        (44, -84),
        (47, -58),
        (26, -30),
    ]
    return [
        blob(
            [(x * beat, -50 + (y + 50) * beat) for x, y in outline],
            Ball(lighter(red, 0.35), darker(red, 0.18), 0.32, 0.25),
        ),
        blob([(-36, -66), (-30, -82), (-18, -86), (-26, -74)], WHITE, opacity=0.5, soft=1.6),
    ]


def star(look: Look) -> Drawing:
    """A five-pointed star that shines."""
    gold = look.tone((250, 206, 84), (255, 232, 150))
    outline = []
    for number in range(10):
        reach = 48 if number % 2 == 0 else 21
        angle = math.radians(-90 + number * 36)
        outline.append((reach * math.cos(angle), -50 + reach * math.sin(angle)))
    return [
        Glow(0, -50, 110, gold, 0.5 + 0.08 * look.wave(0), role=LIGHT),
        poly(outline, Fade(lighter(gold, 0.45), darker(gold, 0.12)), role=LIGHT),
        poly([outline[0], outline[1], (0, -50), outline[9]], WHITE, opacity=0.25),
    ]


def gem(look: Look) -> Drawing:
    """A cut stone with its facets."""
    stone = look.tone((84, 176, 220), (206, 74, 112), (92, 190, 142), (150, 112, 220))
    rows = ((-40, -72), (-24, -92), (24, -92), (40, -72))
    foot = (0, -8)
    tones = (0.42, 0.1, 0.55, 0.2)
    parts: Drawing = [Glow(0, -52, 90, stone, 0.3, role=LIGHT), Disc(0, -4, 26, 4, darker(stone, 0.6), 0.3, soft=3)]
    xs = (-40, -15, 15, 40)
    for number in range(3):
        parts.append(poly([(xs[number], -72), (xs[number + 1], -72), foot], lighter(stone, (0.25, 0.45, 0.05)[number])))
    crown = (
        (rows[0], rows[1], (-15, -72)),
        (rows[1], (0, -92), (-15, -72)),
        ((0, -92), (15, -72), (-15, -72)),
        ((0, -92), rows[2], (15, -72)),
        (rows[2], rows[3], (15, -72)),
    )
    for number, corners in enumerate(crown):
        tone = lighter(stone, tones[number % 4]) if number != 3 else darker(stone, 0.12)
        parts.append(poly(list(corners), tone))
    spark = 5 + 2 * look.wave(0.2)
    parts.append(
        poly(
            [
                (-26, -88 - spark),
                (-24, -90),
                (-26 + spark, -88),
                (-24, -86),
                (-26, -88 + spark),
                (-28, -86),
                (-26 - spark, -88),
                (-28, -90),
            ],
            WHITE,
        )
    )
    return parts


def umbrella(look: Look) -> Drawing:
    """Open, with a hooked handle."""
    cloth = look.tone((216, 68, 62), (64, 112, 176), (244, 190, 70))
    parts: Drawing = [
        stroke([(0, -90), (0, -10), (4, -2), (12, -3), (13, -11)], 3, (84, 62, 52)),
        blob(
            [
                (-52, -48),
                (-44, -74),
                (-22, -92),
                (0, -98),
                (22, -92),
                (44, -74),
                (52, -48),
                (39, -54),
                (26, -47),
                (13, -54),
                (0, -47),
                (-13, -54),
                (-26, -47),
                (-39, -54),
            ],
            down(cloth),
        ),
    ]
    for x in (-26, 0, 26):
        parts.append(stroke([(0, -98), (x * 0.7, -78), (x, -48)], 1.2, darker(cloth, 0.3)))
    parts.append(Disc(0, -99, 2.2, 4, INK))
    return parts
