"""Votes on pairs of a sheet's images: each pair once a person, stored at once, closed when the person has ended."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import exists, func, literal, not_, select

from components.library.db.dialects import insert_new
from components.library.db.schema import outputs, runs, sheet_cells, voters, votes
from components.library.errors import explained
from components.library.queries.cell_cover import IS_OF_CELL, of_cover
from components.library.store import Library

CHOICES = frozenset({"left", "right", "tie", "bad"})
LONGEST_PERSON = 64
# Before the name of a model that votes. No person's name begins with it: names have no control characters.
MODEL = "\x1emodel "


@dataclass(frozen=True)
class Vote:
    """What somebody chose of two outputs: "left", "right", "tie", or "bad" for both."""

    left: str
    right: str
    choice: str


@dataclass(frozen=True)
class StoredVote(Vote):
    """A vote with the person who gave it."""

    person: str


@dataclass(frozen=True)
class ModelVoteRun:
    """A run that asks a model about two outputs in this order."""

    id: str
    model: str
    state: str
    order: tuple[str, str]


@dataclass(frozen=True)
class Contender:
    """The image of a sheet's cell that is voted on. `is_marked`: it has a star or a rating."""

    output_id: str
    sha256: str
    format: str
    is_marked: bool
    is_rejected: bool


def add_votes(library: Library, sheet_id: str, person: str, given: Iterable[Vote]) -> int:
    """Store votes and return how many are new. Raise LibraryUnavailable.

    A vote is left out if the person has voted on the pair or has ended, or if an output is not of this sheet.
    """
    added = 0
    person = person[:LONGEST_PERSON]
    with explained(library.folder), library.engine.begin() as connection:
        # Each statement checks and writes in one step, so that people and tabs at once cannot come between.
        for vote in given:
            if vote.choice not in CHOICES or vote.left == vote.right:
                continue
            values = {
                "sheet_id": sheet_id,
                "person": person,
                "pair": " ".join(sorted((vote.left, vote.right))),
                "left_output": vote.left,
                "right_output": vote.right,
                "choice": vote.choice,
                "created": time.time(),
            }
            of_sheet = (
                select(func.count())
                .select_from(outputs.join(sheet_cells, IS_OF_CELL))
                .where(sheet_cells.c.sheet_id == sheet_id, outputs.c.id.in_([vote.left, vote.right]))
                .scalar_subquery()
            )
            is_known = exists().where(*(votes.c[name] == values[name] for name in ("sheet_id", "person", "pair")))
            has_ended = exists().where(voters.c.sheet_id == sheet_id, voters.c.person == person)
            row = select(*map(literal, values.values())).where(of_sheet == 2, not_(is_known), not_(has_ended))
            added += connection.execute(insert_new(connection, votes).from_select(list(values), row)).rowcount
    return added


def votes_of(library: Library, sheet_id: str) -> list[StoredVote]:
    """Return a sheet's votes, oldest first. Raise LibraryUnavailable."""
    query = select(votes).where(votes.c.sheet_id == sheet_id).order_by(votes.c.created, votes.c.pair)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query)
        return [StoredVote(row.left_output, row.right_output, row.choice, row.person) for row in rows]


def model_vote_runs(library: Library, sheet_id: str) -> list[ModelVoteRun]:
    """Return the runs that ask models about pairs of a sheet, oldest first. Raise LibraryUnavailable."""
    query = (
        select(runs.c.id, runs.c.model, runs.c.state, runs.c.extra["vote"].as_json())
        .where(runs.c.operation == "analyze", runs.c.extra["check"].as_string() == sheet_id)
        .where(runs.c.extra["vote"].as_json().is_not(None))
        .order_by(runs.c.created, runs.c.id)
    )
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        ModelVoteRun(run_id, model, state, (str(order[0]), str(order[1])))
        for run_id, model, state, order in rows
        if isinstance(order, list) and len(order) == 2
    ]


def has_votes(library: Library, sheet_id: str) -> bool:
    """Return whether anybody has voted on a sheet. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return bool(connection.execute(select(exists().where(votes.c.sheet_id == sheet_id))).scalar())


def end_voting(library: Library, sheet_id: str, person: str) -> None:
    """Close a sheet to a person's further votes, for good. Raise LibraryUnavailable."""
    person = person[:LONGEST_PERSON]
    is_known = exists().where(voters.c.sheet_id == sheet_id, voters.c.person == person)
    row = select(literal(sheet_id), literal(person), literal(time.time())).where(not_(is_known))
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert_new(connection, voters).from_select(["sheet_id", "person", "ended"], row))


def has_ended(library: Library, sheet_id: str, people: Collection[str]) -> bool:
    """Return whether one of these, who are one person, has ended voting. Raise LibraryUnavailable."""
    found = exists().where(voters.c.sheet_id == sheet_id, voters.c.person.in_([one[:LONGEST_PERSON] for one in people]))
    with explained(library.folder), library.engine.connect() as connection:
        return bool(connection.execute(select(found)).scalar())


def contenders(library: Library, sheet_id: str, most: int) -> list[Contender]:
    """Return the images to vote on, which are those that the cells show; at most `most`.

    Of more than that, rejected ones are left out first, then an even sample of those without star or rating. Raise
    LibraryUnavailable.
    """
    columns = outputs.c.id, outputs.c.sha256, outputs.c.format
    query = (
        select(*columns, (outputs.c.starred | (outputs.c.rating > 0)).label("is_marked"), outputs.c.rejected)
        .select_from(sheet_cells.join(outputs, outputs.c.id == of_cover(outputs.c.id)))
        .join(runs, runs.c.id == outputs.c.run_id)
        .where(sheet_cells.c.sheet_id == sheet_id, runs.c.state == "done")
        .order_by(sheet_cells.c.position)
    )
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    found = [Contender(row.id, row.sha256, row.format, bool(row.is_marked), bool(row.rejected)) for row in rows]
    return _bounded(found, most)


def _bounded(found: list[Contender], most: int) -> list[Contender]:
    for is_wanted in (lambda one: not one.is_rejected, lambda one: one.is_marked):
        if len(found) <= most:
            return found
        wanted = [one for one in found if is_wanted(one)]
        rest = [one for one in found if not is_wanted(one)]
        room = most - len(wanted)
        found = wanted + [rest[at * len(rest) // room] for at in range(room)] if room > 0 else wanted
    return found[:most]
