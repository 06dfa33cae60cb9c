"""Fit a form's values to the chosen model.

A value that the model does not take stays with the person and is used again once they choose a model that takes it.
A form shows the fitted values, and a request is made of the same ones: a change of the model never leaves a value
behind that is refused and cannot be reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from components.parameters.capabilities import needed_by
from components.parameters.kinds import Choice, Integer, Invalid, Kind, Size, Switch
from components.parameters.models.catalogue import CATALOGUE, find_model
from components.parameters.operations import applicable, parameters_for

_UNKNOWN = ""  # the id of a model that is not in the catalogue


@dataclass(frozen=True)
class UnusedValue:
    """Why the form uses the default in place of a value that the chosen model does not take.

    `fits_other_model` says whether another model of the operation takes it. `capability` names what the server lacks
    for it; empty if it is the model that does not take it.
    """

    reason: str
    fits_other_model: bool
    capability: str = ""


@dataclass(frozen=True)
class FittedValues:
    """Raw values by parameter name, as shown and used, and the values that are not used now."""

    values: Mapping[str, Any]
    unused: Mapping[str, UnusedValue]


def fit(
    operation: str,
    model: str,
    raw: Mapping[str, Any],
    *,
    typed: Collection[str] = (),
    refused: Mapping[str, str] = MappingProxyType({}),
) -> FittedValues:
    """Fit raw values, by parameter name, to a model.

    A value that the model takes is used. One that it refuses is replaced by the model's default if its widget could
    not hold it, or if another model takes it. Texts stay as they are, and so do the values of the `typed` parameters,
    which a person set while this model was chosen: their problems are shown at their fields. A value that needs a
    capability in `refused`, where each has a sentence on why, is replaced too.

    Raise KeyError for an unknown operation.
    """
    raw = {**raw, "model": model}
    values: dict[str, Any] = {}
    unused: dict[str, UnusedValue] = {}
    for parameter in parameters_for(operation, model):
        name, value = parameter.name, raw.get(parameter.name, parameter.default)
        values[name] = value
        reason = _problem(parameter.kind, value)
        if refused and (lacking := needed_by(parameter, value)) in refused:
            values[name] = parameter.default
            unused[name] = UnusedValue(refused[lacking], False, lacking)
            continue
        if reason is None or name not in raw or _is_text(parameter.kind):
            continue
        fits_other_model = any(_problem(kind, value) is None for kind in _kinds_of_any_model(operation, name))
        if _holds_any_input(parameter.kind) and (name in typed or not fits_other_model):
            continue
        values[name] = parameter.default
        unused[name] = UnusedValue(reason, fits_other_model)
    shown = {parameter.name for parameter in applicable(operation, model, values)}
    return FittedValues(
        {name: value for name, value in values.items() if name in shown},
        {name: value for name, value in unused.items() if name in shown},
    )


def _problem(kind: Kind, value: Any) -> str | None:
    try:
        kind.parse(value)
    except Invalid as invalid:
        return invalid.message
    return None


def _is_text(kind: Kind) -> bool:
    """Return whether a value is never replaced: a prompt that is too long stays as it was written."""
    return not isinstance(kind, Integer | Size | Switch | Choice)


def _holds_any_input(kind: Kind) -> bool:
    """Return whether the widget can hold a value that its kind refuses."""
    return isinstance(kind, Integer) or (isinstance(kind, Size) and kind.free)


@cache
def _kinds_of_any_model(operation: str, name: str) -> tuple[Kind, ...]:
    """Return a parameter's kind in every family of the operation, unknown models included."""
    families = {model.family.name: model.family for model in CATALOGUE.values() if operation in model.operations}
    unknown = find_model(_UNKNOWN, operation).family
    return tuple(family.kinds[name] for family in (*families.values(), unknown) if name in family.kinds)
