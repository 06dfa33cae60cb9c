"""Checks that a vision model answers: the question as text and schema, as `/decisions` takes it, and the answer read.

All checks of one image by one model are one request. Whatever a server sends is read with bounds and never raises.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.checks.definitions import BEST_SCORE, LEAST_SCORE, Settings
from components.checks.verdict import ERROR, Verdict, judged, not_judged

Checks = Sequence[tuple[str, Settings]]  # kind and settings of each

LONGEST_REASON = 300
LONGEST_ANSWER = 200_000  # characters that are read as JSON
_INTRODUCTION = (
    "Look at this image and answer each question strictly from what you see. Answer null if a question cannot be "
    "judged from the image. Give the reason in one short sentence that names what you see."
)
_OTHER_FORM = "The answer has another form than requested."
_REFUSED = "The model declined to answer."
_FENCE = re.compile(r"^\s*```\w*\s*(.*?)\s*```\s*$", re.DOTALL)
_CERTAIN = 0.05  # how far the probabilities of all levels may be from 1 together


def question_text(checks: Checks) -> str:
    """Return the question about one image, with a number for each check."""
    return "\n".join([_INTRODUCTION, "", *(f"q{place}. {_instruction(*one)}" for place, one in enumerate(checks, 1))])


def _instruction(kind: str, settings: Settings) -> str:
    how = {
        "predicate": "Answer true or false.",
        "choice": f"Answer one of: {', '.join(settings.get('choices', ()))}.",
        "score": f"Answer a number from {LEAST_SCORE} (worst) to {BEST_SCORE} (best).",
    }[kind]
    return f"{settings['question']} {how}"


def answer_schema(checks: Checks) -> dict[str, Any]:
    """Return the JSON schema of the answer, in the form that strict structured output requires."""
    return object_schema({f"q{place}": _answer(*one) for place, one in enumerate(checks, 1)})


def _answer(kind: str, settings: Settings) -> dict[str, Any]:
    types: Mapping[str, Mapping[str, Any]] = {
        "predicate": {"type": ["boolean", "null"]},
        "choice": {"type": ["string", "null"], "enum": [*settings.get("choices", ()), None]},
        "score": {"type": ["number", "null"]},
    }
    return object_schema({"answer": types[kind], "reason": {"type": "string"}})


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object schema with exactly these properties, as strict structured output requires."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def decision_questions(checks: Checks) -> list[dict[str, Any]]:
    """Return the questions as `POST /decisions` takes them. Source: `DecisionCreateParams` of the openai package."""
    more: Mapping[str, Callable[[Settings], dict[str, Any]]] = {
        "predicate": lambda _: {},
        "choice": lambda settings: {"choices": [{"value": one} for one in settings["choices"]]},
        "score": lambda _: {"levels": [{"label": str(one)} for one in range(LEAST_SCORE, BEST_SCORE + 1)]},
    }
    return [
        {"type": kind, "name": f"q{place}", "instructions": settings["question"], **more[kind](settings)}
        for place, (kind, settings) in enumerate(checks, 1)
    ]


def read_verdicts(text: str, checks: Checks) -> list[Verdict]:
    """Return a verdict for each check from an answer of either kind. Never raise."""
    fenced = _FENCE.match(text[:LONGEST_ANSWER])
    try:
        value = json.loads(fenced[1] if fenced else text[:LONGEST_ANSWER])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return [Verdict(ERROR, _OTHER_FORM)] * len(checks)
    decisions = value.get("answers")
    if isinstance(decisions, list):
        answers = [*decisions, *[None] * len(checks)]
        return [_decided(f"q{place}", *one, answers[place - 1]) for place, one in enumerate(checks, 1)]
    return [_said(kind, settings, value.get(f"q{place}")) for place, (kind, settings) in enumerate(checks, 1)]


def _said(kind: str, settings: Settings, entry: Any) -> Verdict:
    """Return the verdict of an answer by structured output."""
    if not isinstance(entry, dict) or "answer" not in entry:
        return Verdict(ERROR, _OTHER_FORM)
    answer, reason = entry["answer"], _plain(entry.get("reason"))
    if answer is None:
        return not_judged(reason or "The model could not judge this.")
    if kind == "predicate" and isinstance(answer, bool):
        return judged(answer, _with_reason("yes" if answer else "no", reason))
    if kind == "choice" and answer in settings["choices"]:
        return judged(answer in settings["passing"], _with_reason(answer, reason))
    score = _number(answer)
    if kind == "score" and score is not None and LEAST_SCORE <= score <= BEST_SCORE:
        return judged(score >= settings["least"], _with_reason(f"{score:g} of {BEST_SCORE}", reason), score)
    return Verdict(ERROR, _OTHER_FORM)


def _plain(reason: Any) -> str:
    """Return a text in one line that can be stored: JSON may hold half of a surrogate pair."""
    text = " ".join(str(reason or "")[:LONGEST_ANSWER].split())[:LONGEST_REASON]
    return text.encode("utf-8", "replace").decode()


def _with_reason(answer: str, reason: str) -> str:
    return f"{answer}: {reason}" if reason else answer


def _decided(name: str, kind: str, settings: Settings, entry: Any) -> Verdict:
    """Return the verdict of an answer by `/decisions`, with its probability."""
    if not isinstance(entry, dict) or entry.get("type") not in (kind, "refusal") or entry.get("name", name) != name:
        return Verdict(ERROR, _OTHER_FORM)
    if entry["type"] == "refusal":
        return not_judged(_REFUSED)
    return _DECIDED[kind](settings, entry) or Verdict(ERROR, _OTHER_FORM)


def _decided_predicate(settings: Settings, entry: Mapping[str, Any]) -> Verdict | None:
    probability = _probability(entry.get("probability"))
    if probability is None:
        return None
    return judged(100 * probability >= settings["least"], f"yes with {probability:.0%}", probability)


def _decided_choice(settings: Settings, entry: Mapping[str, Any]) -> Verdict | None:
    choice, confidence = entry.get("choice"), _probability(entry.get("confidence"))
    if choice not in settings["choices"] or confidence is None:
        return None
    return judged(choice in settings["passing"], f"{choice} with {confidence:.0%}", confidence)


def _decided_score(settings: Settings, entry: Mapping[str, Any]) -> Verdict | None:
    """Return the mean of the levels by their labels: whether the server counts from 0 or 1 is not documented."""
    listed = entry.get("probabilities")
    levels = {str(one): float(one) for one in range(LEAST_SCORE, BEST_SCORE + 1)}
    weights = {
        one["label"]: weight
        for one in (listed[:BEST_SCORE] if isinstance(listed, list) else ())
        if isinstance(one, dict)
        and isinstance(one.get("label"), str)
        and one["label"] in levels
        and (weight := _probability(one.get("probability"))) is not None
    }
    total = sum(weights.values())
    if abs(total - 1) > _CERTAIN:
        return None
    score = sum(levels[label] * weight for label, weight in weights.items()) / total
    return judged(score >= settings["least"], f"{score:.1f} of {BEST_SCORE}", score)


_DECIDED: Mapping[str, Callable[[Settings, Mapping[str, Any]], Verdict | None]] = {
    "predicate": _decided_predicate,
    "choice": _decided_choice,
    "score": _decided_score,
}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _probability(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None
