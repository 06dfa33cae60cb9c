"""A checklist for pictures: what is asked, how its answer is read, and what becomes of the points that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters import Invalid
from components.ui.analyze.structured import object_schema, read_answer

MOST_CHECKS = 30
DEFAULT = "Is the text spelt right?\nIs the logo there?\nAre hands and faces free of mistakes?"


@dataclass(frozen=True)
class Verdict:
    """One point of the list: whether it holds, None where that was not judged, and why."""

    check: str
    passed: bool | None
    reason: str

    @property
    def word(self) -> str:
        """The verdict in a word, for tables."""
        return {True: "pass", False: "fail", None: "not judged"}[self.passed]


def checks_of(text: str) -> tuple[str, ...]:
    """The points of a list, one a line. Raises Invalid when there is none, or too many."""
    checks = tuple(line.strip().lstrip("-*• ").strip() for line in text.splitlines() if line.strip(" -*•\t"))
    if not checks:
        raise Invalid("Write at least one point to check, one a line.")
    if len(checks) > MOST_CHECKS:
        raise Invalid(f"These are {len(checks)} points; at most {MOST_CHECKS} are taken.")
    return checks


def checklist_question(checks: Sequence[str], more: str = "") -> str:
    """What is asked of the model about one picture."""
    points = "\n".join(f"{place}. {check}" for place, check in enumerate(checks, 1))
    note = f"{more.strip()}\n\n" if more.strip() else ""
    return (
        f"{note}Check this picture against the list below, strictly. For each point give its number, whether the "
        "picture passes, and the reason in one short sentence that names what you see. If a point cannot be "
        f"judged from the picture, give null in place of true or false.\n\n{points}"
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


def verdicts(text: str, checks: Sequence[str]) -> tuple[Verdict, ...] | None:
    """The answer to a checklist, in the list's order; None when it cannot be read as one.

    A point that the answer leaves out was not judged: nobody has looked at it.
    """
    value, complaints = read_answer(text, CHECKLIST_SCHEMA)
    if complaints or not isinstance(value, dict):
        return None
    said = {entry["number"]: entry for entry in value["results"]}
    return tuple(
        Verdict(check, said[place]["passed"], str(said[place]["reason"]))
        if place in said
        else Verdict(check, None, "The answer left this point out.")
        for place, check in enumerate(checks, 1)
    )


def edit_prompt(found: Sequence[Verdict]) -> str:
    """What to tell the editing model, from the points that failed."""
    failed = [one for one in found if one.passed is False]
    points = "\n".join(f"- {one.check.rstrip('?.')}: {one.reason}" for one in failed)
    return f"Correct only the following and leave everything else exactly as it is:\n{points}"
