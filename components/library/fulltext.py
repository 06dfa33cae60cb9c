"""Search by words. What only SQLite's FTS5 knows is here and in the migration that makes the index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    column,
    exists,
    inspect,
    literal,
    or_,
    select,
    table,
    text,
)

from components.library.schema import output_tags, outputs, runs

INDEX = "run_words"
OURS = (INDEX, "run_numbers")
MOST_WORDS = 20

# What the index takes for a word: letters, digits, and marks that belong to letters.
_WORD = re.compile(r"[^\W_]+")


def is_ours(name: str | None, kind: str, _: Any) -> bool:
    """Alembic's question whether to compare a table: those of the index are SQLite's alone."""
    return not (kind == "table" and name is not None and name.startswith(OURS))


def words_of(asked: str) -> list[str]:
    """The words in what a person typed; signs that the index has a meaning for are no part of them."""
    return _WORD.findall(asked.casefold())[:MOST_WORDS]


def has_index(connection: Connection) -> bool:
    """Whether this database has the index: SQLite built without FTS5 has none, nor has another database."""
    return connection.dialect.name == "sqlite" and bool(inspect(connection).has_table(INDEX))


WORDS = table(INDEX, column("rowid", Integer))

# The number of a run in the index: when it was begun in microseconds, or the next free one after that.
NUMBER = WORDS.c.rowid


def matching(asked: str, columns: Iterable[Any]) -> Select[Any]:
    """Runs whose prompt, answer or labels have words that begin like all of these, as `columns`, which may be those of
    `runs` and `NUMBER`. For databases that have the index.
    """
    numbers = table("run_numbers", column("number", Integer), column("run_id", String))
    match = text(f"{INDEX} MATCH :match").bindparams(match=" ".join(f'"{word}"*' for word in words_of(asked)))
    return (
        select(*columns)
        .select_from(WORDS)
        .join(numbers, numbers.c.number == NUMBER)
        .join(runs, runs.c.id == numbers.c.run_id)
        .where(match)
    )


def like(asked: str) -> list[ColumnElement[bool]]:
    """Conditions on `runs` that find the same without an index, slowly."""
    found: list[ColumnElement[bool]] = []
    for word in words_of(asked):
        of_run = outputs.c.run_id == runs.c.id
        tagged = select(literal(1)).where(output_tags.c.output_id == outputs.c.id, output_tags.c.tag.icontains(word))
        labelled = or_(
            outputs.c.title.icontains(word),
            outputs.c.note.icontains(word),
            outputs.c.revised_prompt.icontains(word),
            exists(tagged),
        )
        found.append(
            or_(
                runs.c.prompt.icontains(word),
                runs.c.text.icontains(word),
                exists(select(literal(1)).where(of_run, labelled)),
            )
        )
    return found
