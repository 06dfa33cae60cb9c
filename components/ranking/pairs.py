"""Which pairs to vote on next: names with few votes, against those of about their own strength.

A vote on two of about equal strength tells most about their order. No list of all pairs is made: a call takes
n log n steps plus a few for each pair, until nearly all pairs have been seen.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import exp
from typing import TypeAlias

from components.ranking.bradley_terry import Comparison

Pair: TypeAlias = tuple[str, str]

NEAR = 6  # rivals that are looked at for each name
STEP = 0.5  # of a rating, for a result that was not expected at all


def pair_of(one: str, other: str) -> Pair:
    """Return two names as a pair that does not depend on their order."""
    return (one, other) if one < other else (other, one)


def is_swapped(pair: Pair, seed: str) -> bool:
    """Return whether a pair is shown with its second name on the left: half of all, always the same for a seed."""
    return random.Random(f"{seed} {pair}").random() < 0.5  # noqa: S311 (no secret)


def choose_pairs(
    names: Sequence[str], comparisons: Sequence[Comparison], seen: Collection[Pair], count: int, *, seed: str
) -> list[Pair]:
    """Return up to `count` pairs of `names` that are not in `seen`, the one that tells most first.

    `comparisons` are everybody's votes, oldest first. `seed` decides between equals.
    """
    chance = random.Random(seed)  # noqa: S311 (no secret)
    rating, votes = _ratings(names, comparisons), Counter[str]()
    pair_votes = Counter(pair_of(one.first, one.second) for one in comparisons)
    for pair, times in pair_votes.items():
        votes.update(dict.fromkeys(pair, times))
    order = sorted(names, key=lambda name: (rating[name], chance.random()))
    place = {name: at for at, name in enumerate(order)}
    heap = [(votes[name], chance.random(), name) for name in order]
    heapify(heap)
    taken, found = set(seen), list[Pair]()
    while heap and len(found) < count:
        known, tie, name = heappop(heap)
        if known != votes[name]:  # it was a rival meanwhile
            heappush(heap, (votes[name], tie, name))
            continue
        rivals = _rivals(order, place[name], taken)
        if not rivals:
            continue
        rival = min(rivals, key=lambda one: (pair_votes[pair_of(name, one)], votes[one], abs(place[one] - place[name])))
        found.append(pair_of(name, rival))
        taken.add(found[-1])
        votes.update((name, rival))
        heappush(heap, (votes[name], tie, name))
    return found


def _ratings(names: Sequence[str], comparisons: Sequence[Comparison]) -> Mapping[str, float]:
    """Return Elo ratings on the scale of Bradley-Terry strengths: near enough to find neighbors, in one pass."""
    rating = dict.fromkeys(names, 0.0)
    for one in comparisons:
        if one.first in rating and one.second in rating:
            expected = 1 / (1 + exp(rating[one.second] - rating[one.first]))
            step = STEP * (one.result - expected)
            rating[one.first] += step
            rating[one.second] -= step
    return rating


def _rivals(order: Sequence[str], at: int, taken: Collection[Pair]) -> list[str]:
    """Return the nearest names that a name was not paired with yet."""
    found: list[str] = []
    for distance in range(1, len(order)):
        near = [order[there] for there in (at - distance, at + distance) if 0 <= there < len(order)]
        found += [rival for rival in near if pair_of(order[at], rival) not in taken]
        if len(found) >= NEAR:
            break
    return found
