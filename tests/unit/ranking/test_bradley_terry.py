"""Strengths and intervals against a published case, against the library's own, and against common sense."""

from __future__ import annotations

import random

import choix
import numpy as np
import pytest

from components.ranking import Comparison, position_bias, rank
from components.ranking.bradley_terry import fit

# American League, 1987: wins of the row over the column, 13 games a pair. Agresti, Categorical Data Analysis (2nd ed.),
# table 10.10; the strengths and the error are those that he and R's BradleyTerry2 report, relative to Baltimore.
WINS = {
    "Milwaukee": (0, 7, 9, 7, 7, 9, 11),
    "Detroit": (6, 0, 7, 5, 11, 9, 9),
    "Toronto": (4, 6, 0, 7, 7, 8, 12),
    "New York": (6, 8, 6, 0, 6, 7, 10),
    "Boston": (6, 2, 6, 7, 0, 7, 12),
    "Cleveland": (4, 4, 5, 6, 6, 0, 6),
    "Baltimore": (2, 4, 1, 3, 1, 7, 0),
}
STRENGTHS = (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839)


def test_a_published_case() -> None:
    """The baseball league has the strengths and errors of the textbook."""
    strengths, covariance = fit(np.array(list(WINS.values()), dtype=float))
    assert strengths == pytest.approx(STRENGTHS, abs=5e-4)
    assert np.sqrt(covariance[0, 0]) == pytest.approx(0.343, abs=1e-3)


def test_strengths_are_those_of_the_library_by_another_method() -> None:
    """Maximum likelihood by Newton's method, and minorization-maximization, find the same."""
    wins = np.array(list(WINS.values()))
    games = [(i, j) for i in range(7) for j in range(7) for _ in range(wins[i, j])]
    for other in (choix.opt_pairwise(7, games), choix.mm_pairwise(7, games)):
        assert fit(wins.astype(float))[0] == pytest.approx((other - other[-1])[:-1], abs=1e-3)


def test_two_things_and_their_odds() -> None:
    """Three wins against one are a strength of log 3, with the error of a binomial share."""
    strengths, covariance = fit(np.array([[0.0, 30.0], [10.0, 0.0]]))
    assert strengths == pytest.approx([np.log(3)])
    assert covariance[0, 0] == pytest.approx(1 / (40 * 0.75 * 0.25))


def test_everything_is_counted_and_ties_are_even() -> None:
    """Wins, ties and losses are counted; "both bad" is a tie with a count of its own; one with itself is left out."""
    ranking = rank(
        [
            Comparison("a", "b", 1.0),
            Comparison("b", "a", 0.5),
            Comparison("a", "c", 0.5, both_bad=True),
            Comparison("a", "a", 1.0),
        ]
    )
    assert [(one.name, one.wins, one.ties, one.losses, one.both_bad) for one in ranking.standings] == [
        ("a", 1, 2, 0, 1),
        ("c", 0, 1, 0, 1),
        ("b", 0, 1, 1, 0),
    ]
    assert ranking.votes == 3
    assert rank([]).standings == ()


def test_an_undefeated_one_is_finite_and_its_interval_wide() -> None:
    """One vote puts the winner first, with an interval over the middle, and is too few to tell."""
    ranking = rank([Comparison("a", "b", 1.0)])
    first, last = ranking.standings
    assert first.name == "a"
    assert 0.5 < first.score < 1
    assert first.low < last.high
    assert ranking.more is None


def test_more_votes_are_asked_for_until_the_first_two_are_apart() -> None:
    """60 % of 50 votes ask for more, about as many as then separate them; 80 % need none; half and half no number."""

    def of(votes: int, share: float) -> list[Comparison]:
        wins = round(votes * share)
        return [Comparison("a", "b", 1.0)] * wins + [Comparison("a", "b", 0.0)] * (votes - wins)

    more = rank(of(50, 0.6)).more
    assert more is not None
    assert 20 < more < 80
    assert rank(of(50 + more + 4, 0.6)).more == 0
    assert rank(of(50, 0.8)).more == 0
    assert rank(of(50, 0.5)).more is None


def test_the_intervals_hold_what_they_promise() -> None:
    """Of 150 rankings of simulated votes, about 95 % of the intervals contain the true score."""
    chance = random.Random(7)
    names = {"a": 0.8, "b": 0.2, "c": -0.2, "d": -0.8}
    hits = []
    for _ in range(150):
        votes = []
        for _ in range(120):
            one, other = chance.sample(sorted(names), 2)
            won = chance.random() < 1 / (1 + np.exp(names[other] - names[one]))
            votes.append(Comparison(one, other, float(won)))
        hits += [one.low < 1 / (1 + np.exp(-names[one.name])) < one.high for one in rank(votes).standings]
    assert 0.92 < np.mean(hits) < 0.99


def test_hundreds_of_names_are_ranked_in_their_order() -> None:
    """400 names with 20 votes each converge, and follow their true strengths."""
    chance = random.Random(1)
    strength = {f"n{number:03}": chance.gauss(0, 1.5) for number in range(400)}
    names = sorted(strength)
    votes = []
    for _ in range(4000):
        one, other = chance.sample(names, 2)
        votes.append(Comparison(one, other, float(chance.random() < 1 / (1 + np.exp(strength[other] - strength[one])))))
    scores = {one.name: one.score for one in rank(votes).standings}
    assert np.corrcoef([scores[name] for name in names], [strength[name] for name in names])[0, 1] > 0.85


def test_position_bias() -> None:
    """The share of the left is of decided votes alone; 8 of 10 may be chance, 30 of 40 are not."""
    assert position_bias(["left", "right", "tie", "bad", "left", "left"]).share == 0.75
    assert position_bias(["tie"]).share is None
    assert not position_bias(["left"] * 8 + ["right"] * 2).is_beyond_chance
    assert position_bias(["right"] * 30 + ["left"] * 10).is_beyond_chance
