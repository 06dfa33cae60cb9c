"""The three operations: their parameters in form order, and which of them apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from components.parameters.declarations import EDIT, GENERATE
from components.parameters.declarations_analyze import ANALYZE
from components.parameters.kinds import Invalid
from components.parameters.models.catalogue import CATALOGUE, find_model
from components.parameters.models.families import WITH_TURNS
from components.parameters.parameter import UNSET, Parameter


@dataclass(frozen=True)
class Operation:
    """One operation: its name, its label, the label of its button, its parameters in form order."""

    name: str
    label: str
    button: str
    parameters: tuple[Parameter, ...]

    @property
    def default_model(self) -> str:
        """Return the id of the model that the form starts with."""
        return str(next(one.default for one in self.parameters if one.name == "model"))


OPERATIONS: Mapping[str, Operation] = {
    "generate": Operation("generate", "Generate", "Generate", GENERATE),
    "edit": Operation("edit", "Edit", "Edit", EDIT),
    "analyze": Operation("analyze", "Analyze", "Analyze", ANALYZE),
}

# The parameter on the left applies only while the one on the right has one of these values.
SHOWN_WHEN: Mapping[str, tuple[str, frozenset[Any]]] = {
    "output_compression": ("output_format", frozenset({"jpeg", "webp"})),
    "frame_count": ("output_format", frozenset({"gif"})),
    "frame_duration_ms": ("output_format", frozenset({"gif"})),
    "svg_model": ("output_format", frozenset({"svg"})),
    "svg_reasoning_effort": ("output_format", frozenset({"svg"})),
    "stream": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "partial_images": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "output_field": ("response_url", frozenset({False})),
    "main_model": ("context", frozenset({WITH_TURNS})),
    "image_urls": ("input_type", frozenset({"urls"})),
    "image": ("input_type", frozenset({"files"})),
}


@lru_cache(maxsize=256)  # a sheet asks twice for each cell; a model's name may be anything
def parameters_for(operation: str, model: str) -> tuple[Parameter, ...]:
    """Return the parameters that a model takes for an operation, with its own choices, limits and defaults."""
    family, found = find_model(model, operation).family, list[Parameter]()
    for parameter in OPERATIONS[operation].parameters:
        kind = family.kinds.get(parameter.name)
        if kind is None:
            continue
        default = family.defaults.get(parameter.name, parameter.default)
        wire = family.wires.get(parameter.name, parameter.wire)
        found.append(replace(parameter, kind=kind, default=default, wire=wire))
    return tuple(found)


def _is_applicable(parameter: Parameter, by_name: Mapping[str, Parameter], raw: Mapping[str, Any]) -> bool:
    condition = SHOWN_WHEN.get(parameter.name)
    if condition is None or condition[0] not in by_name:
        return True
    other = by_name[condition[0]]
    try:
        value = other.kind.parse(raw.get(other.name, other.default))
    except Invalid:
        value = other.default
    return value in condition[1]


def applicable(operation: str, model: str, raw: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the parameters to show for a model and these raw values, in form order, with the model's own limits."""
    parameters = parameters_for(operation, model)
    by_name = {parameter.name: parameter for parameter in parameters}
    return tuple(parameter for parameter in parameters if _is_applicable(parameter, by_name, raw))


def initial_values(operation: str, model: str) -> dict[str, Any]:
    """Return what a form starts with in place of the API's defaults, by parameter name.

    Nothing for a model that is not in the catalogue: its server may refuse what it does not know.
    """
    if model not in CATALOGUE:
        return {}
    return {one.name: one.initial for one in parameters_for(operation, model) if one.initial is not UNSET}


def as_sent(operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values with the API's defaults that a form would start with in another way.

    A recipe leaves defaults out; a form that is filled from it must not put its own initial values in their place.
    """
    left_out = {one.name: one.default for one in OPERATIONS[operation].parameters if one.initial is not UNSET}
    return {**left_out, **values}
