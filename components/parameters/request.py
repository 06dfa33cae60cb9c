"""From raw values to a request that is ready to send, or to every problem at once. The only validator there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from components.parameters.kinds import Choice, Invalid, ModelName
from components.parameters.models.catalogue import CATALOGUE, find_model
from components.parameters.models.families import DEFAULT
from components.parameters.operations import OPERATIONS, applicable
from components.parameters.parameter import Parameter
from components.parameters.rules import Draft, InputImage, Problem, check_rules

__all__ = ["InputImage", "Problem", "Request", "resolve"]


@dataclass(frozen=True)
class Request:
    """A checked set of values and input pictures.

    `values` holds every parameter that applies, parsed, with defaults filled in. What is sent is `wire`.
    """

    operation: str
    model: str
    values: Mapping[str, Any]
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    markup: InputImage | None = None
    parameters: tuple[Parameter, ...] = field(default=(), repr=False, compare=False)

    @property
    def n(self) -> int:
        """How many images are asked for; 0 for an analysis."""
        return 0 if self.operation == "analyze" else int(self.values.get("n", 1))

    @property
    def prompt_text(self) -> str:
        """What a person wrote: the prompt, or the question of an analysis."""
        return str(self.values.get("prompt") or self.values.get("text") or "")

    @property
    def streams(self) -> bool:
        """Whether the answer is asked for as server-sent events."""
        return bool(self.values.get("stream")) or bool(self.values.get("partial_images"))

    @property
    def output_field(self) -> str:
        """The field that holds the output in exports, and the first part of downloaded files' names."""
        return str(self.values.get("output_field") or "data")

    def wire(self) -> dict[str, Any]:
        """The body without files, nested as on the wire: what the API defaults itself is left out."""
        body: dict[str, Any] = {}
        for parameter in self.parameters:
            value = self._wire_value(parameter)
            if value is None or not parameter.wire:
                continue
            place = body
            for step in parameter.wire[:-1]:
                place = place.setdefault(step, {})
            place[parameter.wire[-1]] = value
        if self.streams:
            body["stream"] = True
        return body

    def _wire_value(self, parameter: Parameter) -> Any:
        value = self.values.get(parameter.name)
        if parameter.name in {"image", "mask", "markup"}:
            return None
        if parameter.name == "response_url":
            return self._response_format(bool(value))
        if value is None or (value == parameter.default and not parameter.always_send):
            return None
        # "default" is a choice that leaves a value to the server; a prompt may be that word, too.
        return None if value == DEFAULT and isinstance(parameter.kind, Choice) else value

    def _response_format(self, as_url: bool) -> str | None:
        wanted = "url" if as_url else "b64_json"
        family = find_model(self.model, self.operation).family
        return None if wanted == family.response_format else wanted


def resolve(
    operation: str,
    model: str,
    raw: Mapping[str, Any],
    *,
    images: tuple[InputImage, ...] = (),
    mask: InputImage | None = None,
    markup: InputImage | None = None,
) -> Request | tuple[Problem, ...]:
    """Check raw values and pictures for an operation and a model.

    Values of parameters that the model does not take are left aside. Gives a Request, or all problems at once,
    each with the name of its parameter. Never raises for bad values; KeyError for an unknown operation.
    """
    problems: list[Problem] = []
    try:
        model = ModelName().parse(model)
    except Invalid as refusal:
        problems.append(Problem("model", refusal.message))
        model = OPERATIONS[operation].default_model
    known = CATALOGUE.get(model)
    if known is not None and operation not in known.operations:
        able = " and ".join(sorted(known.operations))
        problems.append(Problem("model", f"{model} cannot {operation}; it is a model to {able}. Choose another."))
    parameters = applicable(operation, model, raw)
    values, refused = _parse_values(parameters, {**raw, "model": model})
    problems.extend(refused)
    kinds = {parameter.name: parameter.kind for parameter in parameters}
    draft = Draft(
        operation,
        model,
        values,
        kinds,
        images=images if "image" in kinds else (),
        mask=mask if "mask" in kinds else None,
        markup=markup if "markup" in kinds else None,
        required=frozenset(parameter.name for parameter in parameters if parameter.required),
    )
    problems.extend(check_rules(draft))
    if problems:
        return tuple(dict.fromkeys(problems))
    return Request(operation, model, MappingProxyType(values), draft.images, draft.mask, draft.markup, parameters)


def _parse_values(parameters: Iterable[Parameter], raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The values by the names of their parameters, and a problem for each that its kind refuses."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.kind.parse(raw.get(parameter.name, parameter.default))
        except Invalid as refusal:
            problems.append(Problem(parameter.name, refusal.message))
    return values, problems
