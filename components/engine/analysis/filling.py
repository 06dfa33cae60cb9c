"""Fill a JSON schema: measurements in the fields named after one, null in all others.

Null means "not judged", whatever type the schema requires: a 0 or a false would be a claim about the image. The answer
lists what was not judged, see `unjudged`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.engine.analysis.facts import brightness_word, contrast_word, saturation_word, sharpness_word
from components.engine.analysis.measure import Measurement

DEEPEST = 12  # nesting; a schema that points to itself ends here
UNKNOWN_REASON = "The built-in engine measures and does not understand images, so it cannot judge this."
MISSING = object()

# Names of fields, without case, spaces and underscores -> what was measured.
VALUES: Mapping[str, Callable[[Measurement], Any]] = {
    "width": lambda m: m.width,
    "height": lambda m: m.height,
    "size|dimensions|resolution": lambda m: f"{m.width}x{m.height}",
    "megapixels|mp": lambda m: round(m.megapixels, 3),
    "pixels|pixelcount": lambda m: m.width * m.height,
    "aspectratio|ratio|aspect": lambda m: m.ratio.removeprefix("about "),
    "orientation|shape": lambda m: m.orientation,
    "format|filetype|fileformat|type": lambda m: m.format.lower(),
    "bytes|filesize|sizebytes": lambda m: m.bytes,
    "mode|colou?rmode": lambda m: m.mode,
    "frames|framecount|numberofframes": lambda m: m.frames,
    "animated|isanimated": lambda m: m.frames > 1,
    "transparent|istransparent|hastransparency|hasalpha|transparency|transparentbackground": lambda m: bool(
        m.transparent
    ),
    "colou?rs?|maincolou?rs?|dominantcolou?rs?|palette|primarycolou?rs?": lambda m: [one.name for one in m.colors],
    "colou?rname": lambda m: m.colors[0].name,
    "hex|hexcolou?rs?|colou?rhex|hexcodes?": lambda m: [one.hex for one in m.colors],
    "brightness|lightness|luminance": lambda m: round(m.brightness, 3),
    "contrast": lambda m: round(m.contrast, 3),
    "saturation|colou?rfulness": lambda m: round(m.saturation, 3),
    "sharpness": lambda m: round(m.sharpness, 3),
    "dark|isdark": lambda m: m.brightness < 0.35,
    "bright|isbright": lambda m: m.brightness >= 0.6,
    "sharp|issharp|infocus": lambda m: m.sharpness >= 0.16,
    "blurred|blurry|isblurry|isblurred": lambda m: m.sharpness < 0.06,
    "square|issquare": lambda m: m.orientation == "square",
    "landscape|islandscape": lambda m: m.orientation == "landscape",
    "portrait|isportrait": lambda m: m.orientation == "portrait",
    "grayscale|greyscale|blackandwhite|isgrayscale": lambda m: m.saturation < 0.06,
    "camera|cameramodel": lambda m: m.camera,
    "lens": lambda m: m.lens,
    "date|taken|datetaken|takenat": lambda m: m.taken,
    "software|madewith": lambda m: m.software,
    "texts?|ocr|ocrtext|visibletext|textinimage|transcript|transcription": lambda m: (
        MISSING if m.text is None else m.text
    ),
}
# The same measurements as words, for fields of text.
AS_WORDS: Mapping[str, Callable[[Measurement], str]] = {
    "brightness": lambda m: brightness_word(m.brightness),
    "contrast": lambda m: contrast_word(m.contrast),
    "saturation": lambda m: saturation_word(m.saturation),
    "sharpness": lambda m: sharpness_word(m.sharpness),
}
REASONS = re.compile(r"reason|explanation|note|comment|why", re.IGNORECASE)
IMAGES = re.compile(r"^(pictures|images|photos|files)$", re.IGNORECASE)
NUMBERED = re.compile(r"^\s*(\d{1,3})[.)]\s+(.+)$", re.MULTILINE)

# Points of a checklist that can be measured -> the field that answers them.
CHECKABLE: tuple[tuple[str, str], ...] = (
    (r"transparen", "transparent"),
    (r"blurr", "blurred"),
    (r"sharp|in focus|crisp", "sharp"),
    (r"landscape (format|orientation)|in landscape", "landscape"),
    (r"portrait (format|orientation)|in portrait", "portrait"),
    (r"\bsquare\b", "square"),
    (r"animated", "animated"),
    (r"bright", "bright"),
    (r"\bdark\b", "dark"),
    (r"black and white|gr[ae]yscale", "grayscale"),
)


@dataclass(frozen=True)
class _Task:
    """Hold what a schema is filled from: the images, the points that the question numbers, the root schema."""

    images: Sequence[Measurement]
    points: tuple[tuple[int, str], ...]
    root: Mapping[str, Any]


def fill(schema: Mapping[str, Any], question: str, images: Sequence[Measurement]) -> Any:
    """Return a value for the schema. What no measurement answers is null, whatever its type."""
    points = tuple((int(number), text.strip()) for number, text in NUMBERED.findall(question))
    return _value("", schema, images[0] if images else None, _Task(images, points, schema), 0)


def _value(name: str, schema: Any, found: Measurement | None, task: _Task, depth: int) -> Any:
    schema = _resolved(schema, task.root)
    if depth > DEEPEST:
        return None
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, list) and options:
        return _one_of(name, options, found, task, depth)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds] if kinds else []
    if "const" in schema:
        return schema["const"]
    if "object" in kinds or "properties" in schema:
        inner = schema.get("properties") or {}
        return {key: _value(key, value, found, task, depth + 1) for key, value in inner.items()}
    if "array" in kinds:
        return _list(name, schema.get("items") or {}, found, task, depth)
    return _leaf(name, schema, kinds, _measured(name, found, text="string" in kinds))


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a reference inside the document points to."""
    for _ in range(DEEPEST):
        pointer = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(pointer, str) or not pointer.startswith("#"):
            break
        target: Any = root
        for step in pointer.removeprefix("#").strip("/").split("/"):
            target = target.get(step) if isinstance(target, Mapping) and step else target
        schema = target
    return schema if isinstance(schema, Mapping) else {}


def _one_of(name: str, options: list[Any], found: Measurement | None, task: _Task, depth: int) -> Any:
    kinds = [_resolved(option, task.root) for option in options]
    known = _measured(name, found) is not MISSING
    nothing = any(kind.get("type") == "null" for kind in kinds)
    usable = [kind for kind in kinds if kind.get("type") != "null"]
    return None if nothing and not (known and usable) else _value(name, (usable or kinds)[0], found, task, depth + 1)


def _list(name: str, items: Any, found: Measurement | None, task: _Task, depth: int) -> list[Any] | None:
    inner = _resolved(items, task.root)
    if "properties" in inner:
        if IMAGES.match(name) or (len(task.images) > 1 and depth <= 1 and not task.points):
            return [_value("", inner, one, task, depth + 1) for one in task.images]
        if task.points and depth <= 2:
            return [_judged(inner, number, text, found, task, depth) for number, text in task.points]
        if re.search("colou?r", name, re.IGNORECASE) and found is not None:
            return [_color(inner, one.name, one.hex, one.share) for one in found.colors]
        return None
    value = _measured(name, found)
    return value if isinstance(value, list) and inner.get("type", "string") == "string" else None


def _color(schema: Mapping[str, Any], name: str, code: str, share: float) -> dict[str, Any]:
    known: dict[str, Any] = {"name": name, "color": name, "colour": name, "hex": code, "code": code}
    percent = {"share": round(share, 3), "percent": round(share * 100, 1), "percentage": round(share * 100, 1)}
    entries = (schema.get("properties") or {}).items()
    return {
        key: _leaf(key, inner, [inner.get("type")], {**known, **percent}.get(key.lower(), MISSING))
        for key, inner in entries
    }


def _judged(
    schema: Mapping[str, Any], number: int, point: str, found: Measurement | None, task: _Task, depth: int
) -> dict[str, Any]:
    """Return one point of a checklist: judged where a measurement can, else null, with the reason."""
    verdict, reason = judge(point, found)
    answers: dict[str, Any] = {}
    for key, inner in (schema.get("properties") or {}).items():
        kind = _resolved(inner, task.root).get("type")
        kinds = set(kind if isinstance(kind, list) else [kind]) - {"null"}
        if kinds & {"integer", "number"}:
            answers[key] = number
        elif "boolean" in kinds:
            answers[key] = verdict
        elif "string" in kinds:
            answers[key] = reason if REASONS.search(key) else point
        else:
            answers[key] = _value(key, inner, found, task, depth + 1)
    return answers


def judge(point: str, found: Measurement | None) -> tuple[bool | None, str]:
    """Return whether a point of a checklist holds, and why; None where that cannot be measured."""
    if found is None:
        return None, "There is no image to measure."
    for words, name in CHECKABLE:
        if re.search(words, point, re.IGNORECASE):
            value = bool(_measured(name, found))
            wanted = value != bool(re.search(r"\b(not|no|never|free of|without)\b", point, re.IGNORECASE))
            facts = f"brightness {found.brightness:.0%}, sharpness {found.sharpness:.0%}, {found.width}x{found.height}"
            return wanted, f"Measured: {'' if value else 'not '}{name} ({facts})."
    return None, UNKNOWN_REASON


def unjudged(value: Any, place: str = "") -> Iterator[str]:
    """Yield where a filled schema says nothing: the paths of its nulls, such as "price" or "results[0].passed"."""
    if value is None and place:
        yield place
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from unjudged(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unjudged(inner, f"{place}[{number}]")


def _measured(name: str, found: Measurement | None, *, text: bool = False) -> Any:
    """Return the measurement of a field's name; MISSING when the name is not one of a measurement."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    if found is None or not plain:
        return MISSING
    if text and plain in AS_WORDS:
        return AS_WORDS[plain](found)
    for names, value_of in VALUES.items():
        if re.fullmatch(names, plain):
            value = value_of(found)
            one = text and isinstance(value, list) and not plain.endswith(("s", "palette"))
            return value[0] if one and value else value
    return MISSING


def _leaf(name: str, schema: Mapping[str, Any], kinds: list[Any], value: Any) -> Any:
    """Return the measured value in the type that the schema wants; None where nothing was measured."""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return _choice(choices, value)
    if value is not MISSING:
        for kind in kinds or [None]:
            fitting = _as_type(kind, value)
            if fitting is not MISSING:
                return fitting
    return UNKNOWN_REASON if "string" in kinds and REASONS.search(name) else None


def _as_type(kind: Any, value: Any) -> Any:
    if kind == "string":
        return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return (MISSING if kind else value) if value is not None else MISSING
    if kind == "integer":
        return round(value) if isinstance(value, int) or value > 1 else round(value * 100)
    return value


def _choice(choices: list[Any], value: Any) -> Any:
    """Return the allowed word that fits the measurement; else one that means unknown; else None."""
    words = [value] if not isinstance(value, list) else value
    for word in words:
        for choice in choices:
            if str(choice).lower() == str(word).lower():
                return choice
    unknown = [
        choice for choice in choices if choice is None or re.search(r"unknown|other|none|n/a", str(choice), re.I)
    ]
    return unknown[0] if unknown else None
