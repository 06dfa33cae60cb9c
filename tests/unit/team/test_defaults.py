"""Limits and budgets of secrets.toml: read strictly, so that a typing error never becomes no limit."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from components.team.budgets import Budget, Period, Scope
from components.team.defaults import BadDefaults, Defaults, read_defaults
from components.team.limits import RoleLimit
from components.team.people import Role

GOOD = """
[limits.member]
pixels = 1_048_576
quality = "medium"
n = 2

[[budgets]]
scope = "person"
period = "day"
warn = 1.5
refuse = 2

[[budgets]]
scope = "connection"
target = "team:proxy"
period = "month"
refuse = 100.0
"""
BUDGET: dict[str, Any] = {"scope": "person", "period": "day", "refuse": 2}


def test_tables_become_limits_and_budgets() -> None:
    """Dollars become millionths; a file without them, and other tables, are nothing."""
    found = read_defaults(tomllib.loads(GOOD))
    assert found.roles == {Role.MEMBER: RoleLimit(1_048_576, "medium", 2)}
    assert found.budgets == (
        Budget(Scope.PERSON, "", Period.DAY, 1_500_000, 2_000_000),
        Budget(Scope.CONNECTION, "team:proxy", Period.MONTH, None, 100_000_000),
    )
    assert read_defaults({"connections": {"a": {}}}) == Defaults()


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"limits": 3}, r"\[limits.member\]"),
        ({"limits": {"viewer": {}}}, "for no role"),
        ({"limits": {"member": {"pixel": 3}}}, "nothing else"),
        ({"limits": {"member": {"n": 0}}}, "at least 1"),
        ({"limits": {"member": {"n": True}}}, "at least 1"),
        ({"limits": {"member": {"pixels": "many"}}}, "at least 1"),
        ({"limits": {"member": {"quality": "best"}}}, "one of low"),
        ({"budgets": {"scope": "person"}}, "two brackets"),
        ({"budgets": ["x"]}, "nothing else"),
        ({"budgets": [{**BUDGET, "hard": 3}]}, "nothing else"),
        ({"budgets": [{**BUDGET, "scope": "all"}]}, "scope"),
        ({"budgets": [{**BUDGET, "period": "week"}]}, "period"),
        ({"budgets": [{**BUDGET, "scope": "team", "target": "a"}]}, "target"),
        ({"budgets": [{**BUDGET, "target": 3}]}, "target"),
        ({"budgets": [{"scope": "team", "period": "day"}]}, "warn or refuse"),
        ({"budgets": [{**BUDGET, "refuse": -1}]}, "dollars"),
        ({"budgets": [{**BUDGET, "refuse": "2"}]}, "dollars"),
        ({"budgets": [{**BUDGET, "refuse": float("nan")}]}, "dollars"),
        ({"budgets": [{**BUDGET, "warn": 3}]}, "never be seen"),
        ({"budgets": [BUDGET, BUDGET]}, "same spending"),
    ],
)
def test_what_cannot_be_used_is_named(secrets: dict[str, Any], words: str) -> None:
    """In one sentence with the table's name."""
    with pytest.raises(BadDefaults, match=words):
        read_defaults(secrets)
