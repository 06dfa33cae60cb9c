"""Limits and budgets that the operator wrote into secrets.toml; what admins set on the Admin page replaces them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from components.team.budgets import MICROS, Budget, Period, Scope
from components.team.limits import QUALITIES, RoleLimit
from components.team.people import Role

_LIMIT_NAMES = ("pixels", "quality", "n")
_BUDGET_NAMES = ("scope", "target", "period", "warn", "refuse")
_MOST = 1_000_000 * MICROS
_ROLES = (Role.MEMBER, Role.ADMIN)


class BadDefaults(ValueError):
    """A table of limits or budgets in secrets.toml cannot be used; the message is a sentence that names it."""


@dataclass(frozen=True)
class Defaults:
    """The limits of roles, and budgets, which hold unless admins set others for the same role or the same spending."""

    roles: Mapping[Role, RoleLimit] = field(default_factory=lambda: MappingProxyType({}))
    budgets: tuple[Budget, ...] = ()


def read_defaults(secrets: Mapping[str, Any]) -> Defaults:
    """Return the tables ``[limits.member]``, ``[limits.admin]`` and ``[[budgets]]`` of secrets.toml.

    Of a role: ``pixels``, ``quality``, ``n``. Of a budget: ``scope`` (person, connection or team), ``target`` (one
    person, or a connection such as "team:NAME"; without it each one), ``period`` (day or month), and ``warn`` and
    ``refuse`` in dollars, at least one of them. Raise BadDefaults.
    """
    limits, budgets = secrets.get("limits", {}), secrets.get("budgets", [])
    if not isinstance(limits, Mapping):
        raise BadDefaults("secrets.toml: limits are tables such as [limits.member].")
    if not isinstance(budgets, Sequence) or isinstance(budgets, str):
        raise BadDefaults("secrets.toml: each budget is a table [[budgets]], with two brackets.")
    roles = {_role(name): _limit(f"[limits.{name}]", table) for name, table in limits.items()}
    found = [_budget(f"[[budgets]], number {number}", table) for number, table in enumerate(budgets, 1)]
    if len({one.subject for one in found}) < len(found):
        raise BadDefaults("secrets.toml: two [[budgets]] are for the same spending in the same period.")
    return Defaults(roles, tuple(found))


def _role(name: str) -> Role:
    if name not in _ROLES:
        raise BadDefaults(f"secrets.toml: [limits.{name}] is for no role; there are {' and '.join(_ROLES)}.")
    return Role(name)


def _table(where: str, table: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(table, Mapping) or set(table) - set(names):
        raise BadDefaults(f"secrets.toml: {where} may have {', '.join(names)}, and nothing else.")
    return table


def _limit(where: str, table: Any) -> RoleLimit:
    values = _table(where, table, _LIMIT_NAMES)
    for name in ("pixels", "n"):
        if name in values and (type(values[name]) is not int or values[name] < 1):
            raise BadDefaults(f"secrets.toml: {name} in {where} must be a whole number of at least 1.")
    if values.get("quality", QUALITIES[0]) not in QUALITIES:
        raise BadDefaults(f"secrets.toml: quality in {where} must be one of {', '.join(QUALITIES)}.")
    return RoleLimit(values.get("pixels"), values.get("quality", ""), values.get("n"))


def _budget(where: str, table: Any) -> Budget:
    values = _table(where, table, _BUDGET_NAMES)
    scope, period, target = (values.get(name, "") for name in ("scope", "period", "target"))
    if scope not in tuple(Scope):
        raise BadDefaults(f"secrets.toml: scope in {where} must be one of {', '.join(Scope)}.")
    if period not in tuple(Period):
        raise BadDefaults(f"secrets.toml: period in {where} must be one of {', '.join(Period)}.")
    if not isinstance(target, str) or (target and scope == Scope.TEAM):
        raise BadDefaults(f"secrets.toml: target in {where} names one person or connection; the team has none.")
    soft, hard = _micros(where, values, "warn"), _micros(where, values, "refuse")
    if soft is None and hard is None:
        raise BadDefaults(f"secrets.toml: {where} needs warn or refuse, in dollars.")
    if soft is not None and hard is not None and soft > hard:
        raise BadDefaults(f"secrets.toml: warn in {where} is above refuse, so it would never be seen.")
    return Budget(Scope(scope), target, Period(period), soft, hard)


def _micros(where: str, values: Mapping[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value * MICROS <= _MOST:
        raise BadDefaults(f"secrets.toml: {name} in {where} must be an amount in dollars, such as 2.50.")
    return round(value * MICROS)
