"""Full-text search: by FTS5 on SQLite, by a tsvector on PostgreSQL, with the same answers.

Only this module and the migrations that create the indexes (0002 and 0022) know how. What differs: PostgreSQL's index
has the first 200,000 letters of a run and, for phrases, its first 16,383 words and the first 256 places of each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Text,
    cast,
    column,
    exists,
    func,
    inspect,
    literal,
    null,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from components.library.db.chunks import is_short, listed
from components.library.db.dialects import is_postgresql
from components.library.db.schema import output_tags, outputs, runs

INDEX = "run_words"
MOST_WORDS = 20

# A quoted phrase, or a term between spaces.
_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))  # typographic quotes, as phones insert them
EMOJI_SELECTOR = "\ufe0f"
# A word of the index: letters, digits, and combining marks.
_WORD = re.compile(r"[^\W_]+")
# Scripts without spaces between words: the index treats a sentence as one word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class SearchTerms:
    """A parsed search: phrases that the index finds, and texts that must occur literally.

    A phrase has one word, or several where the person typed quotes; its last word is a prefix. `texts` are symbols,
    emoji, and terms in scripts without spaces, for which the index has no words.
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.texts)


def parse_search(query: str) -> SearchTerms:
    """Parse what a person typed. Quotes make a phrase; other operators of FTS5 have no meaning."""
    phrases: list[tuple[str, ...]] = []
    texts: list[str] = []
    for match in list(_TERM.finditer(query.translate(_QUOTES)))[:MOST_WORDS]:
        quoted, term = match.group(1) is not None, match.group(1) or match.group(2) or ""
        words = _WORD.findall(term)[:MOST_WORDS]
        if _UNSPACED.search(term) or any(unicodedata.category(letter) == "So" for letter in term):
            texts.append(_without_ends(term))
        elif words:
            phrases += [tuple(words)] if quoted else [(word,) for word in words]
    if not phrases and not texts and query.strip():
        texts.append(query.strip())
    return SearchTerms(tuple(phrases[:MOST_WORDS]), tuple(texts))


def _without_ends(term: str) -> str:
    """Strip punctuation, spaces and the variation selector of emoji from both ends."""
    ends = (unicodedata.category(letter)[0] in "PZ" or letter == EMOJI_SELECTOR for letter in term)
    kept = [index for index, is_end in enumerate(ends) if not is_end]
    return term[kept[0] : kept[-1] + 1] if kept else term


def _spelled(phrase: Sequence[str]) -> Sequence[str]:
    """Return a phrase as typed, and case-folded if that differs: the tag "Straße" is stored as "strasse"."""
    typed = " ".join(phrase)
    return (typed,) if typed.casefold() == typed.lower() else (typed, typed.casefold())


def has_index(connection: Connection) -> bool:
    """Return whether this database has the index. SQLite has none if it was built without FTS5."""
    return is_postgresql(connection) or bool(inspect(connection).has_table(INDEX))


WORDS = table(INDEX, column("rowid", Integer), *(column(name, Text) for name in ("prompt", "answer", "labels")))

# On SQLite, a run's row id in the index: its `created` in microseconds, or the next free number.
NUMBER = WORDS.c.rowid

_VECTORS = table(INDEX, column("run_id", String), column("labels", Text), column("words"))


@dataclass(frozen=True)
class Found:
    """A query for the ids of the runs that were sought, and the columns that they sort by, the newest highest."""

    query: Select[Any]
    newest: tuple[ColumnElement[Any], ...] = (runs.c.created, runs.c.id)


def find(connection: Connection, terms: SearchTerms) -> Found:
    """Return a query for the runs whose prompt, answer or labels contain all terms; all runs without terms."""
    if not terms:
        return Found(select(runs.c.id))
    if not has_index(connection):
        return Found(select(runs.c.id).where(*like(terms)))
    return _by_vector(connection, terms) if is_postgresql(connection) else _by_fts5(terms)


def _by_vector(connection: Connection, terms: SearchTerms) -> Found:
    found = select(runs.c.id)
    of_run = _VECTORS.c.run_id == runs.c.id
    if terms.phrases:
        has_words = _VECTORS.c.words.bool_op("@@")(_vector_query(connection, terms.phrases))
        with_words = select(_VECTORS.c.run_id).where(has_words)
        if is_short(connection, with_words):
            found = found.where(runs.c.id.in_(listed(with_words)))
        else:
            found = found.where(select(has_words).where(of_run).scalar_subquery())
    for one in terms.texts:
        in_labels = select(_VECTORS.c.labels.icontains(one, autoescape=True)).where(of_run).scalar_subquery()
        in_run = (column.icontains(one, autoescape=True) for column in (runs.c.prompt, runs.c.text))
        found = found.where(or_(*in_run, in_labels))
    return Found(found)


def _vector_query(connection: Connection, phrases: Sequence[Sequence[str]]) -> ColumnElement[Any]:
    """Return the phrases as a constant, so that they are read once and not for each run."""
    spellings = [_spelled(phrase) for phrase in phrases]
    read = [cast(func.search_query(one), Text) for some in spellings for one in some]
    queries = iter(connection.execute(select(*read)).one())
    found = [[query for query in islice(queries, len(some)) if query] for some in spellings]
    written = " & ".join(f"({' | '.join(f'({query})' for query in some)})" for some in found)
    # Without any word in it, a phrase finds nothing.
    return cast(literal(written) if all(found) else null(), TSQUERY)


def _by_fts5(terms: SearchTerms) -> Found:
    numbers = table("run_numbers", column("number", Integer), column("run_id", String))
    found = (
        select(runs.c.id)
        .select_from(WORDS)
        .join(numbers, numbers.c.number == NUMBER)
        .join(runs, runs.c.id == numbers.c.run_id)
    )
    if terms.phrases:
        phrases = (" OR ".join(f'"{one}"*' for one in _spelled(phrase)) for phrase in terms.phrases)
        match = " AND ".join(f"({phrase})" for phrase in phrases)
        found = found.where(text(f"{INDEX} MATCH :match").bindparams(match=match))
    for one in terms.texts:
        held = (WORDS.c.prompt, WORDS.c.answer, WORDS.c.labels)
        found = found.where(or_(*(column.icontains(one, autoescape=True) for column in held)))
    return Found(found, (NUMBER,))


def like(terms: SearchTerms) -> list[ColumnElement[bool]]:
    """Return conditions on `runs` that find the same without the index, slowly."""
    spellings = [*map(_spelled, terms.phrases), *((one,) for one in terms.texts)]
    return [or_(*(condition for one in some for condition in _held(one))) for some in spellings]


def _held(part: str) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each column that may contain a text."""
    of_output = outputs.c.title, outputs.c.note, outputs.c.revised_prompt, outputs.c.text_in_image
    has_part = output_tags.c.tag.icontains(part, autoescape=True)
    tagged = select(literal(1)).where(output_tags.c.output_id == outputs.c.id, has_part)
    labeled = or_(*(one.icontains(part, autoescape=True) for one in of_output), exists(tagged))
    yield runs.c.prompt.icontains(part, autoescape=True)
    yield runs.c.text.icontains(part, autoescape=True)
    yield exists(select(literal(1)).where(outputs.c.run_id == runs.c.id, labeled))
