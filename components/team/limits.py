"""What a person may ask of the team's connections: which of them, which models, how large, how good, how many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, NamedTuple

from components.team.budgets import is_shared
from components.team.people import Role

# From the lowest to the highest; "auto" lets the model choose up to "high".
QUALITIES = ("low", "medium", "high", "xhigh", "max")
_RANKS: Mapping[str, int] = {
    **{name: rank for rank, name in enumerate(QUALITIES)},
    "standard": QUALITIES.index("medium"),
    "hd": QUALITIES.index("high"),
    "auto": QUALITIES.index("high"),
}
# The largest size that a model chooses for "auto".
AUTO_PIXELS = 1536 * 1024
ROLE, PERSON = "role:", "person:"
# The value of `context` with which an edit goes to `main_model` and its tool is `model`.
WITH_TURNS = "turns"


class Refusal(NamedTuple):
    """The parameter at whose field a sentence stands, and the sentence."""

    parameter: str
    message: str


@dataclass(frozen=True)
class RoleLimit:
    """The upper limits of one role; None and "" for none. `pixels` is width times height."""

    pixels: int | None = None
    quality: str = ""
    n: int | None = None


@dataclass(frozen=True)
class AccessRule:
    """Who may use a connection with which models: `who` has "role:member" or "person:NAME", `models` names or patterns.

    Without models it is all of them.
    """

    id: str
    connection_id: str
    who: tuple[str, ...]
    models: tuple[str, ...] = ()

    def names(self, person: str, role: Role) -> bool:
        """Return whether the rule is for this person."""
        return f"{ROLE}{role}" in self.who or (bool(person) and f"{PERSON}{person}" in self.who)


@dataclass(frozen=True)
class Limits:
    """All rules. A connection that no rule names is for everybody. Admins may use each connection with each model."""

    access: tuple[AccessRule, ...] = ()
    roles: Mapping[Role, RoleLimit] = field(default_factory=lambda: MappingProxyType({}))

    def may_use(self, person: str, role: Role, connection_id: str) -> bool:
        """Return whether a person may use a connection at all."""
        return self._models(person, role, connection_id) != ()

    def may_use_model(self, person: str, role: Role, connection_id: str, model: str) -> bool:
        """Return whether a person may use a model of a connection."""
        models = self._models(person, role, connection_id)
        return models is None or _is_among(model, models)

    def _models(self, person: str, role: Role, connection_id: str) -> tuple[str, ...] | None:
        """Return the patterns of the models that a person may use; None for all, () for no use at all."""
        rules = [rule for rule in self.access if rule.connection_id == connection_id]
        if not rules or role is Role.ADMIN or not is_shared(connection_id):
            return None
        mine = [rule for rule in rules if rule.names(person, role)]
        return None if any(not rule.models for rule in mine) else tuple(name for rule in mine for name in rule.models)

    def refusals(
        self, person: str, role: Role, connection_id: str, model: str, values: Mapping[str, Any]
    ) -> Iterator[Refusal]:
        """Yield what of a request goes beyond the rules, each at its parameter. `values` are those of a `Request`."""
        if not is_shared(connection_id):
            return
        models = self._models(person, role, connection_id)
        if models == ():
            yield Refusal("model", "You may not use this connection. Choose another one, or ask an admin.")
        elif models is not None:
            for name, used in _models_of(model, values):
                if not _is_among(used, models):
                    yield Refusal(name, f"With this connection you may use {', '.join(models)}. Ask an admin for more.")
        limit = self.roles.get(role, RoleLimit())
        yield from _size(limit, values)
        yield from _quality(limit, values)
        wanted = str(values.get("n", ""))
        if limit.n is not None and wanted.isdecimal() and int(wanted) > limit.n:
            yield Refusal("n", f"You may ask for at most {limit.n} at once. Ask an admin for more.")


def _is_among(model: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(model, pattern) for pattern in patterns)


def _models_of(model: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the models that a request uses, each after its parameter; an edit with turns has one that is its host."""
    yield "model", model
    if values.get("context") == WITH_TURNS:
        yield "main_model", str(values.get("main_model", ""))


def _size(limit: RoleLimit, values: Mapping[str, Any]) -> Iterator[Refusal]:
    if limit.pixels is None or "size" not in values:
        return
    size = str(values["size"])
    edges = [int(edge) for edge in size.split("x") if edge.isdecimal()]
    pixels = edges[0] * edges[1] if len(edges) == 2 else AUTO_PIXELS
    if pixels > limit.pixels:
        most = f"{limit.pixels:,} pixels"
        why = f"{size} has {pixels:,}" if len(edges) == 2 else f"{size} may be up to {AUTO_PIXELS:,}"
        yield Refusal("size", f"You may ask for images of at most {most}; {why}. Choose a smaller size.")


def _quality(limit: RoleLimit, values: Mapping[str, Any]) -> Iterator[Refusal]:
    if not limit.quality or "quality" not in values:
        return
    quality = str(values["quality"])
    if _RANKS.get(quality, len(QUALITIES)) > _RANKS.get(limit.quality, len(QUALITIES)):
        why = "auto lets the model choose up to high" if quality == "auto" else f"{quality} is above that"
        yield Refusal("quality", f"You may ask for quality up to {limit.quality}; {why}. Choose a lower one.")
