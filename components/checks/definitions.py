"""The kinds of checks, one entry each; form, validation and titles are made from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import ImageColor

from components.parameters import Problem

LONGEST_TEXT = 1000
LEAST_SCORE, BEST_SCORE = 1, 5
MOST_CHOICES = 20
TEXT, PERCENT, COLOR, REFERENCE = "text", "percent", "color", "reference"
QUESTION, CHOICES, SCORE = "question", "choices", "score"

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """A setting of a check.

    `kind` is TEXT, PERCENT (0 to 100), COLOR, REFERENCE, QUESTION, CHOICES (separated by commas) or SCORE (1 to 5).
    """

    name: str
    label: str
    kind: str
    default: Any = ""
    help: str = ""


@dataclass(frozen=True)
class CheckKind:
    """A kind of check: its label, help text, settings, title, and how to fix an image that fails it.

    `title` and `mend` are format strings over the settings; `mend` also has `detail`, the verdict's sentence.
    `is_asked`: a vision model answers it, by the connection and model that are kept with the settings. `share` is a
    format string over the settings and the `share` of an image that was measured, "" where that is no share.
    """

    name: str
    label: str
    help: str
    settings: tuple[Setting, ...]
    title: str
    mend: str
    is_asked: bool = False
    share: str = ""


_QUESTION = Setting("question", "Question", QUESTION, "", "The model sees only the image and your questions.")

KINDS: Mapping[str, CheckKind] = {
    one.name: one
    for one in (
        CheckKind(
            "size",
            "Requested size",
            "Compares width and height with the request. Not judged if the request names no size.",
            (),
            "Requested size",
            "Compose the image for the requested size: {detail}",
        ),
        CheckKind(
            "format",
            "Requested format",
            "Compares the file's format with the request.",
            (),
            "Requested format",
            "Keep the image exactly as it is; only its file format is wrong: {detail}",
        ),
        CheckKind(
            "transparent",
            "Transparent background",
            "Counts the pixels with alpha 0. Not judged unless the request has a transparent background.",
            (Setting("least", "At least (% of the pixels)", PERCENT, 5.0),),
            "At least {least:g}% transparent",
            "Remove the background, so that it is fully transparent. Keep the subject as it is.",
            share="{share:.1%} transparent",
        ),
        CheckKind(
            "outside",
            "Changed outside the mask",
            "The share of the image outside the mask that an edit changed.",
            (Setting("most", "At most (% of the pixels outside)", PERCENT, 1.0),),
            "At most {most:g}% changed outside the mask",
            "Change nothing outside the masked area.",
            share="{share:.1%} changed outside",
        ),
        CheckKind(
            "distance",
            "Distance to a reference image",
            "The mean difference of colors to another image, both seen at 64x64 pixels: 0% is the same, 100% black to "
            "white.",
            (
                Setting("reference", "Reference image", REFERENCE),
                Setting("most", "At most (% difference)", PERCENT, 15.0),
            ),
            "At most {most:g}% from the reference",
            "Bring composition and colors closer to the reference image.",
            share="{share:.1%} from the reference",
        ),
        CheckKind(
            "color",
            "Dominant color",
            "The share of the visible pixels that look like a color.",
            (
                Setting("color", "Color", COLOR, "#d03030", "A hex code such as #d03030, or a name such as red."),
                Setting("least", "At least (% of the pixels)", PERCENT, 20.0),
            ),
            "At least {least:g}% {color}",
            "Use the color {color} for at least {least:g}% of the image.",
            share="{share:.1%} {color}",
        ),
        CheckKind(
            "text",
            "Contains this text",
            "Reads the image by OCR on this machine. Case, spaces and line breaks do not count.",
            (Setting("text", "Text", TEXT),),
            "Contains “{text}”",
            "Make the text in the image read exactly “{text}”.",
        ),
        CheckKind(
            "predicate",
            "Yes or no, by a model",
            "A vision model answers a question about each image. Yes passes.",
            (
                _QUESTION,
                Setting("least", "Yes from (% probability)", PERCENT, 50.0, "For servers that answer by probability."),
            ),
            "“{question}”",
            "{question} The answer must be yes. It was {detail}",
            is_asked=True,
        ),
        CheckKind(
            "choice",
            "One of several, by a model",
            "A vision model chooses an answer for each image. Some of the answers pass.",
            (
                _QUESTION,
                Setting("choices", "Answers, separated by commas", CHOICES),
                Setting("passing", "Answers that pass, separated by commas", CHOICES),
            ),
            "“{question}”",
            "{question} It was {detail}",
            is_asked=True,
        ),
        CheckKind(
            "score",
            "Score from 1 to 5, by a model",
            "A vision model scores each image: 1 is worst, 5 is best.",
            (_QUESTION, Setting("least", "Passes from", SCORE, 4.0)),
            "“{question}”, at least {least:g} of 5",
            "{question} Score 5 of 5 is wanted. It was {detail}",
            is_asked=True,
        ),
    )
}
SHARE_KINDS = tuple(name for name, kind in KINDS.items() if kind.share)
ASKED_KINDS = tuple(name for name, kind in KINDS.items() if kind.is_asked)


def read_settings(kind: CheckKind, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[Problem]]:
    """Return a check's settings from raw input, and each problem at the name of its setting."""
    found: dict[str, Any] = {}
    problems = []
    for setting in kind.settings:
        try:
            found[setting.name] = _READERS[setting.kind](raw.get(setting.name))
        except ValueError as problem:
            problems.append(Problem(setting.name, str(problem)))
    if "choices" in found and "passing" in found:
        problems += _choice_problems(found["choices"], found["passing"])
    return found, problems


def _choice_problems(choices: Sequence[str], passing: Sequence[str]) -> list[Problem]:
    if len(choices) < 2:
        return [Problem("choices", "Enter at least two answers.")]
    if unknown := [one for one in passing if one not in choices]:
        return [Problem("passing", f"“{unknown[0]}” is not among the answers.")]
    if len(passing) == len(choices):
        return [Problem("passing", "With every answer passing, no image can fail.")]
    return []


def title(kind: str, settings: Settings) -> str:
    """Return a check's title with its settings filled in."""
    known = KINDS.get(kind)
    return known.title.format_map(settings) if known else kind


def share_text(kind: str, settings: Settings, share: float) -> str:
    """Return what a check measured as a share, in a few words."""
    return KINDS[kind].share.format_map({**settings, "share": share})


def mend_prompt(failed: Sequence[tuple[str, Settings, str]]) -> str:
    """Return an edit prompt from failed checks: kind, settings and the verdict's sentence of each."""
    points = [
        f"- {KINDS[kind].mend.format_map({**settings, 'detail': detail})}"
        for kind, settings, detail in failed
        if kind in KINDS
    ]
    return "\n".join(["Correct only the following and leave everything else exactly as it is:", *points])


def _text(raw: Any) -> str:
    text = str(raw or "").strip()
    if not text:
        raise ValueError("Enter the text to look for.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{len(text):,} characters are too many; the limit is {LONGEST_TEXT:,}.")
    return text


def _number(raw: Any, least: float, most: float) -> float:
    try:
        value = float(raw)
    except (TypeError, ValueError):
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"Enter a number from {least:g} to {most:g}.")
    return value


def _question(raw: Any) -> str:
    text = " ".join(str(raw or "").split())
    if not text:
        raise ValueError("Enter a question.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{len(text):,} characters are too many; the limit is {LONGEST_TEXT:,}.")
    return text


def _choices(raw: Any) -> list[str]:
    """Return texts separated by commas, each once."""
    texts = list(dict.fromkeys(one.strip() for one in str(raw or "").split(",") if one.strip()))
    if not texts:
        raise ValueError("Enter at least one answer.")
    if len(texts) > MOST_CHOICES or len(str(raw)) > LONGEST_TEXT:
        raise ValueError(f"At most {MOST_CHOICES} answers and {LONGEST_TEXT:,} characters are possible.")
    return texts


def _color(raw: Any) -> str:
    text = str(raw or "").strip().lower()
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        raise ValueError("This is not a color. Enter a hex code such as #d03030, or a name such as red.") from None
    return f"#{red:02x}{green:02x}{blue:02x}"


def _reference(raw: Any) -> str:
    if not raw:
        raise ValueError("Choose the image to compare with.")
    return str(raw)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    TEXT: _text,
    PERCENT: lambda raw: _number(raw, 0, 100),
    COLOR: _color,
    REFERENCE: _reference,
    QUESTION: _question,
    CHOICES: _choices,
    SCORE: lambda raw: _number(raw, LEAST_SCORE, BEST_SCORE),
}
