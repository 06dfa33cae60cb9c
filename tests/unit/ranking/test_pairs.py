"""The pairs that a person votes on: each once, few votes first, neighbors preferred, in bounded work."""

from __future__ import annotations

from collections import Counter

from components.ranking import Comparison, Pair, choose_pairs, is_swapped, pair_of
from tests.support.work import within_lines

NAMES = [f"n{number:02}" for number in range(12)]


def test_a_person_gets_every_pair_once() -> None:
    """Asked again and again, all 66 pairs of twelve come, none twice, and then none."""
    seen: set[Pair] = set()
    while found := choose_pairs(NAMES, [], seen, 5, seed="anna"):
        assert seen.isdisjoint(found)
        assert len(set(found)) == len(found)
        seen.update(found)
    assert len(seen) == 66


def test_those_with_fewest_votes_come_first() -> None:
    """Six pairs of twelve names without votes name nearly all of them; a name that lags is in the next pair."""
    counts = Counter(name for pair in choose_pairs(NAMES, [], set(), 6, seed="anna") for name in pair)
    assert len(counts) >= 10
    votes = [Comparison(one, other, 0.5) for one, other in zip(NAMES[1::2], NAMES[2::2], strict=False)] * 2
    assert "n00" in choose_pairs(NAMES, votes, set(), 1, seed="anna")[0]


def test_neighbors_in_the_ranking_meet() -> None:
    """Where each name beats all later ones, new pairs are of names close to each other."""
    votes = [Comparison(one, other, 1.0) for at, one in enumerate(NAMES) for other in NAMES[at + 1 :]] * 3
    pairs = choose_pairs(NAMES, votes, set(), 6, seed="anna")
    assert max(NAMES.index(other) - NAMES.index(one) for one, other in pairs) <= 6
    far = [pair for pair in choose_pairs(NAMES, votes, set(), 30, seed="anna") if "n00" in pair and "n11" in pair]
    assert far == []


def test_two_people_do_not_get_the_same_order_and_each_keeps_theirs() -> None:
    """The seed decides between equals and between the sides: about half of all pairs are swapped."""
    assert choose_pairs(NAMES, [], set(), 6, seed="a") == choose_pairs(NAMES, [], set(), 6, seed="a")
    assert choose_pairs(NAMES, [], set(), 6, seed="a") != choose_pairs(NAMES, [], set(), 6, seed="b")
    swapped = sum(is_swapped(pair_of(str(number), "x"), "a") for number in range(1000))
    assert 440 < swapped < 560


def test_many_names_cost_no_square() -> None:
    """Five pairs of 10,000 names take a few steps for each name, as they are chosen at every vote."""
    names = [str(number) for number in range(10_000)]
    assert len(within_lines(20 * len(names), lambda: choose_pairs(names, [], set(), 5, seed="a"))) == 5
