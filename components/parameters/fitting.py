"""What of a person's wishes the chosen model takes: the rest waits, and comes back with a model that takes it.

A form shows exactly the values that are fitted here, and a request is made of exactly these. So a change of the
model never leaves a value behind that is refused and cannot be reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from components.parameters.kinds import Choice, Integer, Invalid, Kind, Size, Switch
from components.parameters.models.catalogue import CATALOGUE, find_model
from components.parameters.operations import applicable, narrowed

_UNKNOWN = ""  # no catalogue has it: the id of a team's own model


@dataclass(frozen=True)
class Waiting:
    """A wish that is not used now: what was wished, why not, what is used instead, whether another model takes it."""

    wish: Any
    reason: str
    used: Any
    elsewhere: bool


@dataclass(frozen=True)
class Fitted:
    """Raw values by parameter name, as shown and used, and the wishes of these parameters that wait."""

    values: Mapping[str, Any]
    waiting: Mapping[str, Waiting]


def fit(operation: str, model: str, wishes: Mapping[str, Any], *, typed: Collection[str] = ()) -> Fitted:
    """Fit wishes (raw values by parameter name) to a model.

    A wish that the model takes is used. One that it refuses gives way to the model's default where its field could
    not hold it, or where another model takes it. What was `typed` into a field while this model was chosen, and a
    text, stays as it is, so that its refusal stands beside it. Raises KeyError for an unknown operation.
    """
    wishes = {**wishes, "model": model}
    values: dict[str, Any] = {}
    waiting: dict[str, Waiting] = {}
    for parameter in narrowed(operation, model):
        name, wish = parameter.name, wishes.get(parameter.name, parameter.default)
        values[name] = wish
        reason = _refusal(parameter.kind, wish)
        if reason is None or name not in wishes or _is_text(parameter.kind):
            continue
        elsewhere = any(_refusal(kind, wish) is None for kind in _kinds(operation, name))
        if _is_typed_in(parameter.kind) and (name in typed or not elsewhere):
            continue
        values[name] = parameter.default
        waiting[name] = Waiting(wish, reason, parameter.default, elsewhere)
    shown = {parameter.name for parameter in applicable(operation, model, values)}
    return Fitted(
        {name: value for name, value in values.items() if name in shown},
        {name: wish for name, wish in waiting.items() if name in shown},
    )


def _refusal(kind: Kind, wish: Any) -> str | None:
    try:
        kind.parse(wish)
    except Invalid as refusal:
        return refusal.message
    return None


def _is_text(kind: Kind) -> bool:
    """Whether nothing takes the place of what a person wrote: a prompt that is too long stays."""
    return not isinstance(kind, Integer | Size | Switch | Choice)


def _is_typed_in(kind: Kind) -> bool:
    """Whether the field can hold a value that its kind refuses."""
    return isinstance(kind, Integer) or (isinstance(kind, Size) and kind.free)


@cache
def _kinds(operation: str, name: str) -> tuple[Kind, ...]:
    """What this parameter can be for any model of the operation, one that is not in the catalogue included."""
    families = {model.family.name: model.family for model in CATALOGUE.values() if operation in model.operations}
    unknown = find_model(_UNKNOWN, operation).family
    return tuple(family.kinds[name] for family in (*families.values(), unknown) if name in family.kinds)
