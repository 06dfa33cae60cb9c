"""What the ranking of a sheet says in words, and votes that the library did not take at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.library import LibraryUnavailable
from components.library.sheets.votes import Vote
from components.ranking import PositionBias, Ranking, Standing
from components.ui.sheets.vote import ballot
from components.ui.sheets.vote.ranking_html import bias_text, verdict


def ranking(more: int | None, names: str = "ab") -> Ranking:
    """A ranking of names whose first two need so many more votes."""
    return Ranking(tuple(Standing(name, 0.5, 0.2, 0.8, 1, 0, 1, 0) for name in names), 9, more)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (0, "“A” is ahead of “B” beyond chance."),
        (7, "Chance can explain the lead of “A”. About 7 more votes would separate it from “B”."),
        (131, "Chance can explain the lead of “A”. About 140 more votes would separate it from “B”."),
        (295, "Chance can explain the lead of “A”. About 300 more votes would separate it from “B”."),
        (None, "Too few votes to tell “A” and “B” apart, or they are equally good."),
    ],
)
def test_the_verdict_says_no_more_than_the_votes(more: int | None, said: str) -> None:
    """A lead is one only beyond chance; a number of votes has no digits that nobody knows."""
    assert verdict(ranking(more), {"a": "A", "b": "B"}) == said


def test_nobody_and_one_have_no_verdict() -> None:
    """Without votes, or with one name alone, nothing is ahead."""
    assert verdict(Ranking(), {}) == "Nobody has voted yet."
    assert verdict(ranking(None, "a"), {"a": "A"}) == "Too few votes to tell."


def test_bias_is_named_with_its_side() -> None:
    """Beyond chance the side is named; without decided votes nothing is said."""
    assert bias_text(PositionBias(0, 0)) == ""
    assert bias_text(PositionBias(1, 0)) == "Position bias: 100% of 1 decided vote chose the left image."
    assert bias_text(PositionBias(5, 35)).endswith("beyond chance: people lean to the right.")


def test_a_vote_that_was_not_stored_is_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the library takes none, the browser keeps its votes; then each is stored once."""
    stored: list[Vote] = []
    works = False

    def add(_: object, __: str, ___: str, votes: list[Vote]) -> int:
        if not works:
            raise LibraryUnavailable("The disk is full.", "Make room.")
        stored.extend(votes)
        return len(votes)

    monkeypatch.setattr(ballot, "add_votes", add)
    monkeypatch.setattr(ballot, "workbench", lambda: type("Bench", (), {"library": Path()}))
    state = ballot.BallotState()
    sent: list[dict[str, Any]] = [
        {"sequence": 1, "name": "left", "output": "a", "value": "b"},
        {"sequence": 2, "name": "bad", "output": "c", "value": "d"},
    ]
    with pytest.raises(LibraryUnavailable):
        ballot._take("s", "anna", state, sent)
    assert state.handled == 0
    works = True
    for _ in range(2):
        ballot._take("s", "anna", state, sent)
    assert stored == [Vote("a", "b", "left"), Vote("c", "d", "bad")]
    assert state.handled == 2
