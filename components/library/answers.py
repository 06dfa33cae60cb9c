"""Answers as outputs: of a run's words there is a row as of a picture, to be starred, tagged, collected and deleted.

The words themselves are in the run's own row, once; so the row has no file, no content and no size.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, false, func, insert, literal, not_, select, update

from components.library.db.schema import ANSWER, ENDED, IS_ANSWER, RUN_IN_TRASH, outputs, runs

_END = f"-{ANSWER}"
_BLANK = " \t\r\n"

HAS_WORDS = func.trim(runs.c.text, _BLANK) != ""


def answer_id(run_id: str) -> str:
    """The id of the output that a run's words are."""
    return f"{run_id}{_END}"


def answered_by(output_id: str) -> str | None:
    """The id of the run whose words an output is; None for a picture."""
    return output_id.removesuffix(_END) if output_id.endswith(_END) else None


def keep_answers(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Write the rows of answers that have none yet, of ended runs that are so; gives how many.

    An answer of a run that is in the bin itself is in the bin in its stead, from the same moment.
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
    count = connection.execute(insert(outputs).from_select(list(row), rows)).rowcount
    if count:
        has_answer = exists().where(outputs.c.run_id == runs.c.id, IS_ANSWER)
        connection.execute(update(runs).where(RUN_IN_TRASH, has_answer, *which).values(deleted_at=None))
    return count
