"""Persons are served in rotation: who was served longest ago comes next."""

from __future__ import annotations

import pytest

from components.team.fair_queue import fair_order, fairness_key


@pytest.mark.parametrize(
    ("waiting", "served", "order"),
    [
        ("a1 a2 a3 b1", {}, "a1 b1 a2 a3"),
        ("a1 a2 a3 b1", {"a": 1}, "b1 a1 a2 a3"),
        ("a1 a2 b1 b2 c1", {"a": 3, "b": 2}, "c1 b1 a1 b2 a2"),
        ("a1 b1 c1", {"a": 1, "b": 2, "c": 3}, "a1 b1 c1"),
        ("", {"a": 1}, ""),
    ],
)
def test_order(waiting: str, served: dict[str, int], order: str) -> None:
    """Each owner's runs stay in their order, and owners alternate."""
    assert fair_order([(one[0], one) for one in waiting.split()], served) == order.split()


def test_a_sheet_of_200_does_not_hold_up_the_next_person() -> None:
    """One run of another is the second to start, wherever it stands."""
    order = fair_order([*(("a", f"a{number}") for number in range(200)), ("b", "b0")], {})
    assert order.index("b0") == 1
    assert len(order) == 201


def test_people_without_a_name_count_by_their_sheet() -> None:
    """A name counts first; without one the sheet does, and all other runs together count as one person's."""
    assert fairness_key("ann", {"sheet": {"id": "s1"}}) == "ann"
    assert fairness_key("", {"sheet": {"id": "s1", "position": 3}}) == "sheet:s1"
    assert fairness_key("", {"edited": "x"}) == fairness_key("") == ""
