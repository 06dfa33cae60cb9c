"""A checklist for images: its question, its verdicts, and an edit prompt from the failed points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.checks.questions import object_schema
from components.parameters import Invalid
from components.ui.analyze.structured import read_answer

MOST_CHECKS = 30
DEFAULT = "Is the text spelled right?\nIs the logo there?\nAre hands and faces free of mistakes?"


@dataclass(frozen=True)
class ChecklistPoint:
    """One point of the checklist: passed, failed or not judged (None), with the reason."""

    check: str
    passed: bool | None
    reason: str

    @property
    def word(self) -> str:
        """Return "pass", "fail" or "not judged"."""
        return {True: "pass", False: "fail", None: "not judged"}[self.passed]


def checks_of(text: str) -> tuple[str, ...]:
    """Return the points of a text, one per line. Raise Invalid for none or too many."""
    checks = tuple(line.strip().lstrip("-*• ").strip() for line in text.splitlines() if line.strip(" -*•\t"))
    if not checks:
        raise Invalid("Enter at least one point, one per line.")
    if len(checks) > MOST_CHECKS:
        raise Invalid(f"{len(checks)} points are too many; the limit is {MOST_CHECKS}.")
    return checks


def checklist_question(checks: Sequence[str], more: str = "") -> str:
    """Return the question to the model about one image."""
    points = "\n".join(f"{place}. {check}" for place, check in enumerate(checks, 1))
    note = f"{more.strip()}\n\n" if more.strip() else ""
    return (
        f"{note}Check this image against the list below, strictly. For each point give its number, whether the "
        "image passes, and the reason in one short sentence that names what you see. If a point cannot be "
        f"judged from the image, answer null in place of true or false.\n\n{points}"
    )


CHECKLIST_SCHEMA: Mapping[str, Any] = object_schema(
    {
        "results": {
            "type": "array",
            "items": object_schema(
                {"number": {"type": "integer"}, "passed": {"type": ["boolean", "null"]}, "reason": {"type": "string"}}
            ),
        }
    }
)


def verdicts(text: str, checks: Sequence[str]) -> tuple[ChecklistPoint, ...] | None:
    """Return the verdicts of an answer in the checklist's order; None when the answer has another form.

    A point that the answer leaves out counts as not judged.
    """
    value, schema_errors = read_answer(text, CHECKLIST_SCHEMA)
    if schema_errors or not isinstance(value, dict):
        return None
    entries = {entry["number"]: entry for entry in value["results"]}
    return tuple(
        ChecklistPoint(check, entries[place]["passed"], str(entries[place]["reason"]))
        if place in entries
        else ChecklistPoint(check, None, "Missing in the answer.")
        for place, check in enumerate(checks, 1)
    )


def fix_prompt(found: Sequence[ChecklistPoint]) -> str:
    """Return an edit prompt made from the failed points."""
    failed = [one for one in found if one.passed is False]
    points = "\n".join(f"- {one.check.rstrip('?.')}: {one.reason}" for one in failed)
    return f"Correct only the following and leave everything else exactly as it is:\n{points}"
