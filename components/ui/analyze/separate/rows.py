"""The rows of a question group: one image each, its newest run, and its answer as data or verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.library.queries.question_groups import GROUP_KEY, group_runs
from components.runs import RunView
from components.ui.access.base_path import app_address
from components.ui.analyze.checklist import ChecklistPoint, verdicts
from components.ui.analyze.structured import read_answer, rows_of
from components.ui.process.workbench import workbench
from components.ui.results.rerun import input_images_of


@dataclass(frozen=True)
class AnswerRow:
    """One image of a question group, the newest run about it, and its answer in the requested shape."""

    place: int
    view: RunView
    image: str
    src: str
    url: str
    verdicts: tuple[ChecklistPoint, ...] | None
    schema_errors: tuple[str, ...]
    data: tuple[Mapping[str, Any], ...]

    @property
    def failed_checks(self) -> int:
        """Return how many points of the checklist failed."""
        return sum(one.passed is False for one in self.verdicts or ())

    @property
    def passed(self) -> bool | None:
        """Return whether every point passed; None when none failed and some were not judged."""
        if self.failed_checks:
            return False
        return None if any(one.passed is None for one in self.verdicts or ()) else True


def rows_of_group(view: RunView) -> list[AnswerRow]:
    """Return the rows of the group that a run belongs to, in the images' order, with each image's newest run."""
    group = (view.extra or {}).get(GROUP_KEY) or {}
    runner = workbench().runner
    found = group_runs(workbench().library, str(group.get("id")), float(group.get("at") or view.created))
    rows: dict[int, AnswerRow] = {}
    for run_id in found:
        one = runner.view(run_id)
        if one is not None:
            place = int(((one.extra or {}).get(GROUP_KEY) or {}).get("place") or 0)
            rows[place] = _row(place, one)
    return [rows[place] for place in sorted(rows)]


def _row(place: int, view: RunView) -> AnswerRow:
    extra = view.extra or {}
    image, src, url = _image_of(view)
    complete = view.state == "done" and bool(view.text.strip())
    checks, schema = extra.get("checks"), extra.get("schema")
    found: tuple[ChecklistPoint, ...] | None = None
    schema_errors: tuple[str, ...] = ()
    data: tuple[Mapping[str, Any], ...] = ()
    if checks and complete:
        found = verdicts(view.text, checks)
        schema_errors = () if found is not None else ("The answer does not follow the checklist.",)
    elif schema and complete:
        value, schema_errors = read_answer(view.text, schema, answer=view.answer)
        data = tuple(rows_of(value, answer=view.answer)) if value is not None else ()
    return AnswerRow(place, view, image, src, url, found, schema_errors, data)


def _image_of(view: RunView) -> tuple[str, str, str]:
    """Return the image's name, the address of its preview, and its URL on another server; "" where absent."""
    values = view.recipe.get("values", {})
    if values.get("input_type") == "urls":
        url = str((values.get("image_urls") or [""])[0])
        return url, "", url
    images = input_images_of(view)
    return (images[0].name, app_address(f"/previews/{images[0].sha256}?w=320"), "") if images else ("", "", "")
