"""The request that asks a vision model the checks of one image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from components.checks.questions import answer_schema, decision_questions, question_text
from components.library.sheets.checks import StoredCheck, Unchecked
from components.parameters import InputImage, Problem, Request, resolve

ANSWER_TOKENS = 150  # for the answer to one check with its reason; only used tokens are billed

Group = Sequence[Unchecked]  # missing results of one output, for one connection and model


def question_request(checks: Sequence[StoredCheck], image: InputImage) -> Request | Sequence[Problem]:
    """Return the request that asks all these checks, which have one model, about an image."""
    pairs = [(one.kind, one.settings) for one in checks]
    values = {
        "text": question_text(pairs),
        "input_type": "files",
        "stream": False,
        "max_output_tokens": 200 + ANSWER_TOKENS * len(checks),
    }
    found = resolve("analyze", str(checks[0].settings["model"]), values, images=(image,))
    if not isinstance(found, Request):
        return found
    more = {"schema": answer_schema(pairs), "questions": decision_questions(pairs)}
    return replace(found, values={**found.values, **more})


def grouped(missing: Sequence[Unchecked]) -> list[Group]:
    """Return missing results by output, connection and model, in their order."""
    groups: dict[tuple[str, str, str], list[Unchecked]] = defaultdict(list)
    for one in missing:
        settings = one.check.settings
        groups[one.output.id, str(settings["connection"]), str(settings["model"])].append(one)
    return list(groups.values())
