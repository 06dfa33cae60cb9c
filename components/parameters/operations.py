"""The three operations: their parameters in the order of the form, and which of them mean something now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.parameters.declarations import EDIT, GENERATE
from components.parameters.declarations_analyze import ANALYZE
from components.parameters.kinds import Invalid
from components.parameters.models.catalogue import find_model
from components.parameters.parameter import Parameter


@dataclass(frozen=True)
class Operation:
    """One thing people do: its name, its label, the button that runs it, its parameters in form order."""

    name: str
    label: str
    button: str
    parameters: tuple[Parameter, ...]

    @property
    def default_model(self) -> str:
        """The model that the form starts with."""
        return str(next(one.default for one in self.parameters if one.name == "model"))


OPERATIONS: Mapping[str, Operation] = {
    "generate": Operation("generate", "Generate", "Generate", GENERATE),
    "edit": Operation("edit", "Edit", "Edit", EDIT),
    "analyze": Operation("analyze", "Analyze", "Analyze", ANALYZE),
}

# A parameter on the left means something only while another has one of these values.
SHOWN_WHEN: Mapping[str, tuple[str, frozenset[Any]]] = {
    "output_compression": ("output_format", frozenset({"jpeg", "webp"})),
    "frame_count": ("output_format", frozenset({"gif"})),
    "frame_duration_ms": ("output_format", frozenset({"gif"})),
    "svg_model": ("output_format", frozenset({"svg"})),
    "svg_reasoning_effort": ("output_format", frozenset({"svg"})),
    "stream": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "partial_images": ("output_format", frozenset({"png", "jpeg", "webp"})),
    "output_field": ("response_url", frozenset({False})),
    "image_urls": ("input_type", frozenset({"urls"})),
    "image": ("input_type", frozenset({"files"})),
}


def parameters_for(operation: str, model: str) -> Iterator[Parameter]:
    """The parameters that a model takes for an operation, with its own choices, limits and defaults."""
    family = find_model(model, operation).family
    for parameter in OPERATIONS[operation].parameters:
        kind = family.kinds.get(parameter.name)
        if kind is None:
            continue
        default = family.defaults.get(parameter.name, parameter.default)
        wire = family.wires.get(parameter.name, parameter.wire)
        yield replace(parameter, kind=kind, default=default, wire=wire)


def _is_applicable(parameter: Parameter, there: Mapping[str, Parameter], raw: Mapping[str, Any]) -> bool:
    condition = SHOWN_WHEN.get(parameter.name)
    if condition is None or condition[0] not in there:
        return True
    other = there[condition[0]]
    try:
        value = other.kind.parse(raw.get(other.name, other.default))
    except Invalid:
        value = other.default
    return value in condition[1]


def applicable(operation: str, model: str, raw: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters to show for this model and these other raw values, in form order, narrowed to the model."""
    parameters = tuple(parameters_for(operation, model))
    there = {parameter.name: parameter for parameter in parameters}
    return tuple(parameter for parameter in parameters if _is_applicable(parameter, there, raw))
