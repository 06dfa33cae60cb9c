"""The outcome of a check of one image."""

from __future__ import annotations

from dataclasses import dataclass

PASS, FAIL, ERROR, NOT_JUDGED = "pass", "fail", "error", "not judged"
ASKED = "asked"  # a model has been asked and has not answered yet


@dataclass(frozen=True)
class Verdict:
    """PASS, FAIL, ERROR, NOT_JUDGED or ASKED, what was measured if it is a number, and a sentence for a person."""

    status: str
    detail: str
    score: float | None = None


def judged(is_passed: bool, detail: str, score: float | None = None) -> Verdict:
    """Return a verdict that passes or fails."""
    return Verdict(PASS if is_passed else FAIL, detail, score)


def not_judged(detail: str) -> Verdict:
    """Return a verdict on something that was not requested or cannot be measured."""
    return Verdict(NOT_JUDGED, detail)
