"""Search by words. What only SQLite's FTS5 knows is here and in the migration that makes the index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Text,
    column,
    exists,
    inspect,
    literal,
    or_,
    select,
    table,
    text,
)

from components.library.db.schema import output_tags, outputs, runs

INDEX = "run_words"
MOST_WORDS = 20

# A quoted phrase, or whatever stands between spaces.
_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))  # as phones write them
COLOURED = "\ufe0f"
# What the index takes for a word: letters, digits, and marks that belong to letters.
_WORD = re.compile(r"[^\W_]+")
# Scripts without spaces between words: the index takes a whole sentence for one.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class SearchTerms:
    """What a text must have: words that follow each other, each the beginning of one, and texts as they are.

    `phrases` are what the index finds: mostly of one word, of several where a person set quotes. `texts` are what it
    has no words for, such as signs, emoji, and parts of what is written without spaces.
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.texts)


def sought(asked: str) -> SearchTerms:
    """What a person typed; signs that the index has a meaning for have none here, but quotes, which make a phrase."""
    phrases: list[tuple[str, ...]] = []
    texts: list[str] = []
    for match in list(_TERM.finditer(asked.translate(_QUOTES)))[:MOST_WORDS]:
        quoted, term = match.group(1) is not None, match.group(1) or match.group(2) or ""
        words = _WORD.findall(term)[:MOST_WORDS]
        if _UNSPACED.search(term) or any(unicodedata.category(letter) == "So" for letter in term):
            texts.append(_without_ends(term))
        elif words:
            phrases += [tuple(words)] if quoted else [(word,) for word in words]
    if not phrases and not texts and asked.strip():
        texts.append(asked.strip())
    return SearchTerms(tuple(phrases[:MOST_WORDS]), tuple(texts))


def _without_ends(term: str) -> str:
    """Without the punctuation around it, and without the mark by which an emoji is drawn in colours."""
    ends = (unicodedata.category(letter)[0] in "PZ" or letter == COLOURED for letter in term)
    kept = [place for place, is_end in enumerate(ends) if not is_end]
    return term[kept[0] : kept[-1] + 1] if kept else term


def _spelled(phrase: Sequence[str]) -> Sequence[str]:
    """A phrase as it was typed, and as tags are kept: "Straße" is "strasse" there."""
    typed = " ".join(phrase)
    return (typed,) if typed.casefold() == typed.lower() else (typed, typed.casefold())


def has_index(connection: Connection) -> bool:
    """Whether this database has the index: SQLite built without FTS5 has none, nor has another database."""
    return connection.dialect.name == "sqlite" and bool(inspect(connection).has_table(INDEX))


WORDS = table(INDEX, column("rowid", Integer), *(column(name, Text) for name in ("prompt", "answer", "labels")))

# The number of a run in the index: when it was begun in microseconds, or the next free one after that.
NUMBER = WORDS.c.rowid


def matching(asked: SearchTerms, columns: Iterable[Any]) -> Select[Any]:
    """Runs whose prompt, answer or labels have all of this, as `columns`, which may be those of `runs` and `NUMBER`.

    For databases that have the index.
    """
    numbers = table("run_numbers", column("number", Integer), column("run_id", String))
    found = (
        select(*columns)
        .select_from(WORDS)
        .join(numbers, numbers.c.number == NUMBER)
        .join(runs, runs.c.id == numbers.c.run_id)
    )
    if asked.phrases:
        phrases = (" OR ".join(f'"{one}"*' for one in _spelled(phrase)) for phrase in asked.phrases)
        match = " AND ".join(f"({phrase})" for phrase in phrases)
        found = found.where(text(f"{INDEX} MATCH :match").bindparams(match=match))
    for one in asked.texts:
        found = found.where(or_(*(held.icontains(one, autoescape=True) for held in WORDS.c if held is not NUMBER)))
    return found


def like(asked: SearchTerms) -> list[ColumnElement[bool]]:
    """Conditions on `runs` that find the same without an index, slowly."""
    spellings = [*map(_spelled, asked.phrases), *((one,) for one in asked.texts)]
    return [or_(*(condition for one in some for condition in _held(one))) for some in spellings]


def _held(part: str) -> Iterator[ColumnElement[bool]]:
    """Where a run may hold a text."""
    of_output = outputs.c.title, outputs.c.note, outputs.c.revised_prompt
    has_part = output_tags.c.tag.icontains(part, autoescape=True)
    tagged = select(literal(1)).where(output_tags.c.output_id == outputs.c.id, has_part)
    labelled = or_(*(one.icontains(part, autoescape=True) for one in of_output), exists(tagged))
    yield runs.c.prompt.icontains(part, autoescape=True)
    yield runs.c.text.icontains(part, autoescape=True)
    yield exists(select(literal(1)).where(outputs.c.run_id == runs.c.id, labelled))
