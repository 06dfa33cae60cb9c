"""Put measurements into sentences: all of them, or those that a question's words ask about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from components.engine.analysis.measure import Measurement

HONEST = (
    "This is the built-in engine. It measures images and does not understand them: it is not an AI model and cannot "
    "say what they show."
)
HONEST_AGAIN = "Measured, not understood."
NO_IMAGE = "There is no image in this request, so there is nothing to measure."
LONGEST_TEXT = 1000  # characters of the text in an image that are quoted
FEW, USUAL, MANY = 0, 1, 2
LEVELS = {"low": FEW, "auto": USUAL, "high": MANY, "original": MANY}


@dataclass(frozen=True)
class Fact:
    """Describe one fact: its topic, the detail level from which it is listed, its label, and its wording."""

    topic: str
    level: int
    label: str
    text: Callable[[Measurement], str | None]


def scale(value: float, *steps: tuple[float, str]) -> str:
    """Return the word of the first step that the value stays below."""
    return next(word for limit, word in steps if value < limit)


def brightness_word(value: float) -> str:
    """Return a word from very dark to very bright."""
    return scale(
        value, (0.15, "very dark"), (0.35, "dark"), (0.6, "of medium brightness"), (0.8, "bright"), (9, "very bright")
    )


def contrast_word(value: float) -> str:
    """Return a word from flat to strong."""
    return scale(value, (0.2, "flat"), (0.42, "soft"), (0.66, "medium"), (9, "strong"))


def saturation_word(value: float) -> str:
    """Return a word from almost colorless to vivid."""
    return scale(value, (0.06, "almost colorless"), (0.25, "muted"), (0.5, "moderate"), (9, "vivid"))


def sharpness_word(value: float) -> str:
    """Return a word from blurred to very sharp."""
    return scale(value, (0.06, "blurred"), (0.16, "soft"), (0.4, "sharp"), (9, "very sharp"))


def _percent(value: float) -> str:
    return f"{value * 100:.0f}%"


def _colors(found: Measurement) -> str:
    return ", ".join(f"{one.name} {_percent(one.share)} (`{one.hex}`)" for one in found.colors)


def _transparency(found: Measurement) -> str:
    if found.transparent is None:
        return "none, every pixel is opaque"
    return f"yes, {_percent(found.transparent)} of the pixels are see-through"


def _size_of_file(found: Measurement) -> str:
    size = f"{found.bytes / 1e6:.1f} MB" if found.bytes >= 1e6 else f"{found.bytes / 1e3:.0f} kB"
    return f"{size}, {found.bytes * 8 / (found.width * found.height):.1f} bits a pixel"


def _frames(found: Measurement) -> str | None:
    return f"{found.frames} frames; the first was measured" if found.frames > 1 else None


def _located(found: Measurement) -> str | None:
    return "the file says where it was taken; that is not repeated here" if found.located else None


def _text(found: Measurement) -> str | None:
    if found.text is None:
        return None
    quoted = shorten(" ".join(found.text.split()).replace('"', "'"), LONGEST_TEXT, placeholder=" …")
    return f'"{quoted}" (read by OCR, letters may be wrong)' if quoted else "none that OCR could read"


def _symmetry(found: Measurement) -> str:
    return f"{_percent(max(0.0, found.symmetry))} alike when its sides are exchanged"


FACTS: tuple[Fact, ...] = (
    Fact("format", FEW, "Format", lambda m: m.format),
    Fact("size", FEW, "Size", lambda m: f"{m.width} x {m.height} pixels, {m.megapixels:.2f} megapixels"),
    Fact("shape", FEW, "Shape", lambda m: f"{m.orientation}, {m.ratio}"),
    Fact("file", USUAL, "File", _size_of_file),
    Fact("mode", USUAL, "Color mode", lambda m: m.mode),
    Fact("frames", FEW, "Animation", _frames),
    Fact("transparency", USUAL, "Transparency", _transparency),
    Fact("colors", FEW, "Main colors", _colors),
    Fact("brightness", FEW, "Brightness", lambda m: f"{_percent(m.brightness)}, {brightness_word(m.brightness)}"),
    Fact("contrast", USUAL, "Contrast", lambda m: f"{_percent(m.contrast)}, {contrast_word(m.contrast)}"),
    Fact("saturation", USUAL, "Saturation", lambda m: f"{_percent(m.saturation)}, {saturation_word(m.saturation)}"),
    Fact("sharpness", USUAL, "Sharpness", lambda m: f"{_percent(m.sharpness)}, {sharpness_word(m.sharpness)}"),
    Fact("kind", USUAL, "By its statistics", lambda m: f"it could be {m.kind}"),
    Fact("camera", USUAL, "Camera", lambda m: m.camera),
    Fact("date", USUAL, "Taken", lambda m: m.taken),
    Fact("camera", MANY, "Lens", lambda m: m.lens),
    Fact("camera", MANY, "Exposure", lambda m: m.exposure),
    Fact("software", USUAL, "Made with", lambda m: m.software),
    Fact("place", USUAL, "Place", _located),
    Fact("edges", MANY, "Edges", lambda m: f"{_percent(m.edges)} of the pixels lie on one"),
    Fact("edges", MANY, "Even areas", lambda m: f"{_percent(m.flat)} of the pixels equal their neighbors"),
    Fact("colors", MANY, "Different colors", lambda m: f"{m.distinct:,} at 32 levels a channel"),
    Fact("text", USUAL, "Text", _text),
    Fact("symmetry", MANY, "Symmetry", _symmetry),
)

# What a question's words ask about.
TOPICS: Mapping[str, str] = {
    "format": r"format|file type|png|jpe?g|webp|gif\b",
    "size": r"size|resolution|dimension|width|height|wide|tall|pixels?\b|megapixel|large|big\b",
    "shape": r"aspect|ratio|orientation|landscape|portrait|square|shape",
    "file": r"bytes?\b|megabyte|\bmb\b|\bkb\b|file size|heavy",
    "mode": r"colou?r mode|bit depth|\bbits?\b|cmyk|\brgb|palette",
    "frames": r"frame|animat",
    "transparency": r"transparen|alpha|see-through|opaque|cut ?out",
    "colors": r"colou?rs?\b|palette|hue|\b(red|green|blue|yellow|orange|purple|pink|brown|black|white|gr[ae]y)\b",
    "brightness": r"bright|dark|exposure|light\b|lighting|luminan",
    "contrast": r"contrast",
    "saturation": r"saturat|vivid|colou?rful|muted",
    "sharpness": r"sharp|blur|focus|crisp|soft\b",
    "kind": r"photo|drawing|screenshot|\btext\b|painting|graphic|kind of|type of",
    "camera": r"camera|lens|aperture|\biso\b|shot with|exif|metadata",
    "date": r"\bdate\b|\bwhen\b|\byear\b|taken|exif|metadata",
    "software": r"software|made with|created with|\bai\b|metadata",
    "place": r"\bwhere\b|location|\bgps\b|place",
    "text": r"\btexts?\b|\bread\b|written|(what|which) words|\bsays?\b|letters?\b|lettering|headline|\bocr\b",
    "symmetry": r"symmetr|mirror",
    "edges": r"\bedges?\b|texture|noise",
}
DESCRIBE = re.compile(
    r"\bas (one|a|an image) prompt\b|describe .*\bprompt\b|write .*\bprompt\b", re.IGNORECASE | re.DOTALL
)


def topics_of(question: str) -> frozenset[str]:
    """Return the topics that a question's words name; none for a question about the image in general."""
    return frozenset(topic for topic, words in TOPICS.items() if re.search(words, question, re.IGNORECASE))


def facts_of(found: Measurement, level: int, topics: frozenset[str]) -> Iterator[str]:
    """Yield the image's facts as lines of a list; topics that the question names appear at every level."""
    for fact in FACTS:
        wanted = fact.topic in topics if topics else fact.level <= level
        text = fact.text(found) if wanted else None
        if text:
            yield f"- **{fact.label}:** {text}"


def as_prompt(found: Measurement) -> str:
    """Return the measurements as a prompt, which says that it does not know what the image shows."""
    colors = " and ".join(one.name for one in found.colors[:2])
    touches = f" with touches of {found.colors[2].name}" if len(found.colors) > 2 else ""
    kind = found.kind.split(" or ")[0]
    shape = f"{found.orientation} format {found.ratio.removeprefix('about ')}"
    return (
        f"{kind[0].upper()}{kind[1:]} in {shape}, mostly {colors}{touches}, "
        f"{brightness_word(found.brightness)}, with {contrast_word(found.contrast)} contrast, "
        f"{saturation_word(found.saturation)} colors and {sharpness_word(found.sharpness)} detail "
        "(subject unknown: the image was measured, not understood)"
    )


def answer_text(question: str, images: Sequence[tuple[Measurement, str]], *, follow_up: bool) -> str:
    """Return the answer as Markdown. Each image comes with its requested detail."""
    if not images:
        return f"{HONEST}\n\n{NO_IMAGE}"
    if DESCRIBE.search(question):
        return "\n\n".join(as_prompt(found) for found, _ in images)
    topics = topics_of(question)
    if all(found.text is None for found, _ in images):
        topics -= {"text"}  # nothing reads it here, so the question counts as one without that word
    parts = [HONEST_AGAIN if follow_up else HONEST]
    for place, (found, detail) in enumerate(images, 1):
        lines = list(facts_of(found, LEVELS.get(detail, USUAL), topics))
        if not lines:
            lines = ["- Nothing that the question names could be measured in this file."]
        heading = f"### Image {place}\n\n" if len(images) > 1 else ""
        parts.append(heading + "\n".join(lines))
    return "\n\n".join(parts)
