"""Answers as outputs: a run's text has a row like an image, so that it can be starred, tagged, collected and deleted.

The text itself is stored once, in the run's row. So an answer has no file, an empty SHA-256 and no size.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, false, func, literal, not_, select, update

from components.library.db.dialects import insert_new
from components.library.db.schema import ANSWER, ENDED, IS_ANSWER, RUN_IN_TRASH, outputs, runs

_END = f"-{ANSWER}"
_BLANK = " \t\r\n"

HAS_WORDS = func.trim(runs.c.text, _BLANK) != ""


def answer_id(run_id: str) -> str:
    """Return the output id of a run's answer."""
    return f"{run_id}{_END}"


def answered_by(output_id: str) -> str | None:
    """Return the run id of an answer's output id; None for an image."""
    return output_id.removesuffix(_END) if output_id.endswith(_END) else None


def keep_answers(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Insert the missing rows of answers of ended runs that meet the conditions; return their number.

    If the run is in the trash, its answer moves there instead, with the same time of deletion.
    """
    has_output = exists().where(outputs.c.run_id == runs.c.id)
    ended = runs.c.operation == "analyze", runs.c.state.in_(ENDED), HAS_WORDS, not_(runs.c.purged)
    row = {
        "id": runs.c.id.concat(_END),
        "run_id": runs.c.id,
        "role": literal(ANSWER),
        "format": literal(ANSWER),
        "sha256": literal(""),
        **{name: literal(0) for name in ("position", "width", "height", "frames", "bytes")},
        "has_alpha": false(),
        "created": func.coalesce(runs.c.ended, runs.c.created),
        "deleted_at": runs.c.deleted_at,
    }
    rows = select(*row.values()).where(*ended, ~has_output, *which)
    count = connection.execute(insert_new(connection, outputs).from_select(list(row), rows)).rowcount
    if count:
        has_answer = exists().where(outputs.c.run_id == runs.c.id, IS_ANSWER)
        connection.execute(update(runs).where(RUN_IN_TRASH, has_answer, *which).values(deleted_at=None))
    return count
