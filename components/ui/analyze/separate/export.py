"""Export a table of answers as CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.library.csv_cells import MARK, csv_line
from components.ui.analyze.separate.rows import AnswerRow


def _facts(row: AnswerRow) -> dict[str, Any]:
    view, usage = row.view, row.view.usage or {}
    return {
        "state": view.state,
        "error": " ".join(str((view.error or {}).get(part) or "") for part in ("title", "what")).strip(),
        "model": view.model,
        "tokens_in": usage.get("input_tokens"),
        "tokens_out": usage.get("output_tokens"),
        "dollars": None if view.cost is None else str(view.cost),
        "seconds": round(view.ended - view.started, 2) if view.started and view.ended else None,
        "request_id": view.request_id,
        "run": view.id,
    }


def _lines(row: AnswerRow) -> Iterator[dict[str, Any]]:
    start = {"image": row.image}
    if row.verdicts is not None:
        yield start | {one.check: f"{one.word}: {one.reason}" for one in row.verdicts}
    elif row.data:
        for one in row.data:
            yield start | dict(one)
    else:
        yield start | {"answer": row.view.text}


def export_csv(rows: Sequence[AnswerRow]) -> bytes:
    """Return CSV with one row per image, or per row of its data. The byte order mark lets Excel read UTF-8."""
    lines: list[Mapping[str, Any]] = [{**line, **_facts(row)} for row in rows for line in _lines(row)]
    facts = list(_facts(rows[0])) if rows else []
    names = [name for name in dict.fromkeys(name for line in lines for name in line) if name not in facts]
    columns = [*names, *facts]
    table = [[_cell(line.get(name)) for name in columns] for line in lines]
    return (MARK + "".join(csv_line(row) for row in [columns, *table])).encode()


def _cell(value: Any) -> Any:
    return str(value) if isinstance(value, bool) else value  # in a table of answers, no is an answer too


def export_json(rows: Sequence[AnswerRow]) -> str:
    """Return JSON: a list with one object per image."""
    return json.dumps([_object(row) for row in rows], indent=2, ensure_ascii=False)


def _object(row: AnswerRow) -> dict[str, Any]:
    value: dict[str, Any] = {"image": row.image, "question": row.view.prompt, "answer": row.view.text}
    if row.verdicts is not None:
        value["passed"] = row.passed
        value["checks"] = [vars(one) for one in row.verdicts]
    if row.data:
        value["data"] = [dict(one) for one in row.data]
    return value | _facts(row)
