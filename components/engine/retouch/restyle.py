"""Changes a whole picture by the prompt's words: another finish, another light, weather, colours, another place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PIL import Image, ImageEnhance, ImageOps

from components.engine.brief import Brief
from components.engine.compose import compose
from components.engine.paint import paint, render
from components.engine.paint.finish import FINISHES, finished
from components.engine.palette import MOODS, mix
from components.engine.retouch.areas import foreground
from components.engine.shapes import FRONT, SUBJECT, UNITS, Color, Picture
from components.engine.words import Reading, read

# What a time of day does to a picture: its light's colour and strength, brightness, saturation.
LIGHTS: Mapping[str, tuple[Color, float, float, float]] = {
    "dawn": ((255, 208, 186), 0.34, 1.0, 0.95),
    "day": ((255, 250, 236), 0.12, 1.12, 1.1),
    "golden": ((255, 190, 96), 0.38, 1.02, 1.1),
    "sunset": ((255, 126, 66), 0.46, 0.94, 1.15),
    "dusk": ((86, 92, 176), 0.5, 0.72, 0.9),
    "night": ((24, 40, 104), 0.66, 0.5, 0.75),
}
WEATHERS: Mapping[str, tuple[Color, float, float, float]] = {
    "fog": ((226, 230, 232), 0.5, 1.06, 0.6),
    "rain": ((92, 108, 126), 0.4, 0.82, 0.65),
    "storm": ((56, 66, 84), 0.55, 0.7, 0.6),
    "snow": ((226, 236, 250), 0.34, 1.1, 0.6),
}
SEASONS: Mapping[str, tuple[Color, float, float, float]] = {
    "spring": ((214, 240, 196), 0.22, 1.06, 1.15),
    "summer": ((255, 236, 170), 0.22, 1.06, 1.2),
    "autumn": ((226, 132, 50), 0.36, 0.98, 1.1),
    "winter": ((214, 228, 250), 0.4, 1.08, 0.55),
}
FALLING = frozenset({"rain", "storm", "snow", "fog"})


def restyled(image: Image.Image, brief: Brief, phase: float = 0.0) -> Image.Image:
    """The RGB picture as the prompt's words would have it. Without a known word it becomes a painting."""
    words = read(brief.prompt)
    place = next((name for name in words.settings if name not in {"abstract", "studio"}), None)
    changed = image
    if place is not None:
        changed = _elsewhere(changed, brief, phase)
    for table, names in ((LIGHTS, words.times), (WEATHERS, words.weathers), (SEASONS, words.seasons)):
        for name in names:
            if name in table:
                changed = _lit(changed, *table[name])
    for color in words.colors[:1]:
        changed = _lit(changed, color, 0.42, 1.0, 1.0)
    changed = _with_shapes(changed, brief, words, phase)
    finish = words.finishes[0] if words.finishes else ""
    if finish in FINISHES:
        return finished(changed, _sheet(brief, finish))
    if finish == "minimal":
        return ImageOps.posterize(changed.convert("RGB"), 3)
    touched = place or words.times or words.weathers or words.seasons or words.colors or words.subjects or words.text
    return changed if touched else _painted(changed, brief)


def _sheet(brief: Brief, finish: str) -> Picture:
    """What a finish wants to know, without any shapes."""
    shorter = min(brief.width, brief.height)
    whole = Picture(brief.width * UNITS / shorter, brief.height * UNITS / shorter, (), finish, seed=brief.seed)
    strength = {"film": (0.4, 0.1), "vintage": (0.55, 0.09), "noir": (0.5, 0.12)}.get(finish, (0.0, 0.0))
    return replace(whole, vignette=strength[0], grain=strength[1])


def _painted(image: Image.Image, brief: Brief) -> Image.Image:
    """Brush strokes in the colours of the mood that the words draw by lot."""
    moods = MOODS[("day", "golden", "dawn", "sunset", "dusk")[brief.seed % 5]]
    mood = moods[brief.seed // 7 % len(moods)]
    return _lit(finished(image, _sheet(brief, "oil")), mix(mood.horizon, mood.accent, 0.3), 0.2, 1.03, 1.2)


def _lit(image: Image.Image, color: Color, strength: float, brightness: float, saturation: float) -> Image.Image:
    """The picture in coloured light: shadows and lights keep their order."""
    gray = ImageOps.grayscale(image)
    dark = mix((0, 0, 0), color, 0.16)
    tinted = ImageOps.colorize(gray, dark, mix(color, (255, 255, 255), 0.72), mid=color)
    graded = Image.blend(ImageEnhance.Color(image).enhance(saturation), tinted, strength)
    return ImageEnhance.Brightness(graded).enhance(brightness)


def _elsewhere(image: Image.Image, brief: Brief, phase: float) -> Image.Image:
    """What stands before its background, in the place that the prompt names."""
    scene = render(replace(brief, transparent=False, prompt=_place_only(brief.prompt)), phase=phase).convert("RGB")
    return Image.composite(image, scene, foreground(image))


def _place_only(prompt: str) -> str:
    """The prompt without finishes, which come over everything at the end."""
    finishes = read(prompt).finishes
    return prompt if not finishes else " ".join(word for word in prompt.split() if not read(word).finishes)


def _with_shapes(image: Image.Image, brief: Brief, words: Reading, phase: float) -> Image.Image:
    """What falls from the sky, and subjects that the prompt names, drawn over the picture."""
    wanted = {FRONT} if words.has(*FALLING) or words.seasons else set()
    named = bool(words.subjects or words.text)
    if named and not words.settings:
        wanted.add(SUBJECT)
    if not wanted:
        return image
    outdoors = f"{brief.prompt} hills" if not words.settings else brief.prompt
    picture = compose(replace(brief, transparent=False, prompt=outdoors), phase=phase)
    shapes = tuple(shape for shape in picture.shapes if shape.role in wanted)
    layer = paint(replace(picture, shapes=shapes, finish="plain", vignette=0, grain=0), *image.size, transparent=True)
    return Image.composite(layer.convert("RGB"), image, layer.getchannel("A"))


def closer(image: Image.Image, original: Image.Image, remains: float) -> Image.Image:
    """The changed picture drawn back towards what went in; `remains` is the original's share."""
    return Image.blend(image, original, remains)


def shimmer(image: Image.Image, phase: float) -> Image.Image:
    """A slow breath of the whole picture, for frames of an edit that has nothing else to move."""
    if not phase:
        return image
    inset = 0.012 * (0.5 - abs(phase - 0.5)) * 2
    left, top = image.width * inset, image.height * inset
    box = (left, top, image.width - left, image.height - top)
    return image.resize(image.size, Image.Resampling.BILINEAR, box=box)
