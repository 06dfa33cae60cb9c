"""Strengths from pairwise comparisons by the Bradley-Terry model, with intervals from its Fisher information.

The model: `first` beats `second` with the probability 1 / (1 + exp(s2 - s1)). A tie counts as half a win for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]

# Everything ranked is taken to have tied once with one average opponent: an undefeated one keeps a finite strength, and
# groups that never met can be ranked together.
PRIOR = 0.5
CONFIDENT = 1.96  # standard errors on each side of a 95% interval
MOST_MORE = 10  # times the votes so far; a larger need is not worth a number


@dataclass(frozen=True)
class Comparison:
    """One vote on two names. `result` is 1.0 if the first won, 0.0 if the second did, 0.5 for a tie.

    `both_bad` marks a tie of two that are both unfit.
    """

    first: str
    second: str
    result: float
    both_bad: bool = False


@dataclass(frozen=True)
class Standing:
    """A name's place. `score` is its share of wins to expect against an average one, 0 to 1, with its 95% interval.

    `both_bad` counts those of its `ties` in which both were unfit.
    """

    name: str
    score: float
    low: float
    high: float
    wins: int
    ties: int
    losses: int
    both_bad: int


@dataclass(frozen=True)
class Ranking:
    """Standings, best first, from a number of votes.

    `more` is about how many more votes would separate the first two: 0 if they are separated, None if these votes are
    too few to say, or there are not two.
    """

    standings: tuple[Standing, ...] = ()
    votes: int = 0
    more: int | None = None


def fit(wins: Matrix) -> tuple[Matrix, Matrix]:
    """Return strengths relative to the last item, and their covariance, both without that item.

    `wins[i, j]` is how often i beat j, with a tie as 0.5 each. Each item needs a chain of wins and one of losses to
    every other. Raise RuntimeError if the iteration does not converge.
    """
    import choix  # loads scipy: 1.5 s and 60 MB, which only those who rank pay

    strengths = choix.ilsr_pairwise_dense(wins)
    odds = np.exp(strengths - strengths.max())
    expected = odds[:, None] / (odds[:, None] + odds[None, :])
    weights = (wins + wins.T) * expected * (1 - expected)
    information = np.diag(weights.sum(axis=1)) - weights
    return (strengths - strengths[-1])[:-1], np.linalg.inv(information[:-1, :-1])


def rank(comparisons: Sequence[Comparison]) -> Ranking:
    """Rank the names that were compared; a comparison of a name with itself counts for nothing."""
    compared = [one for one in comparisons if one.first != one.second]
    names = sorted({name for one in compared for name in (one.first, one.second)})
    if not names:
        return Ranking()
    place = {name: number for number, name in enumerate(names)}
    wins = np.zeros((len(names) + 1, len(names) + 1))
    wins[-1, :-1] = wins[:-1, -1] = PRIOR
    results = {name: [0, 0, 0, 0] for name in names}  # wins, ties, losses, both bad
    for one in compared:
        first, second = place[one.first], place[one.second]
        wins[first, second] += one.result
        wins[second, first] += 1 - one.result
        for name, result in ((one.first, one.result), (one.second, 1 - one.result)):
            results[name][1 if result == 0.5 else 0 if result > 0.5 else 2] += 1
            results[name][3] += one.both_bad
    strengths, covariance = fit(wins)
    # Relative to the mean of all, whose own uncertainty is part of each error.
    above = strengths - strengths.mean()
    variance = np.diag(covariance) - 2 * covariance.mean(axis=1) + covariance.mean()
    margin = CONFIDENT * np.sqrt(np.maximum(variance, 0))
    order = sorted(range(len(names)), key=lambda at: (-above[at], names[at]))
    standings = tuple(
        Standing(
            names[at],
            _share(above[at]),
            _share(above[at] - margin[at]),
            _share(above[at] + margin[at]),
            *results[names[at]],
        )
        for at in order
    )
    return Ranking(standings, len(compared), _more(strengths, covariance, order, len(compared)))


def _share(strength: float) -> float:
    return float(1 / (1 + np.exp(-strength)))


def _more(strengths: Matrix, covariance: Matrix, order: Sequence[int], votes: int) -> int | None:
    """Return how many more votes would separate the first two, as errors shrink with the root of the votes."""
    if len(order) < 2:
        return None
    first, second = order[:2]
    ahead = strengths[first] - strengths[second]
    error = np.sqrt(covariance[first, first] + covariance[second, second] - 2 * covariance[first, second])
    if ahead >= CONFIDENT * error:
        return 0
    if votes < len(order) or CONFIDENT * error > ahead * np.sqrt(1 + MOST_MORE):
        return None
    return int(np.ceil(votes * ((CONFIDENT * error / ahead) ** 2 - 1)))
