"""Turn raw values into a request that is ready to send, or into all problems at once. This is the only validator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from components.parameters.kinds import Choice, Invalid, ModelName
from components.parameters.models.catalogue import CATALOGUE, find_model
from components.parameters.models.families import DEFAULT, WITH_TURNS
from components.parameters.operations import OPERATIONS, applicable
from components.parameters.parameter import Parameter
from components.parameters.rules import Draft, InputImage, Inputs, Problem, check_rules

__all__ = ["InputImage", "Problem", "Request", "resolve"]


@dataclass(frozen=True)
class Request:
    """A checked set of values and input images.

    `values` holds the parsed value or the default of every parameter that applies. `wire()` is what is sent.
    """

    operation: str
    model: str
    values: Mapping[str, Any]
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    markup: InputImage | None = None
    parameters: tuple[Parameter, ...] = field(default=(), repr=False, compare=False)

    @property
    def inputs(self) -> Inputs:
        """Return the input images with their mask and markup."""
        return Inputs(self.images, self.mask, self.markup)

    @property
    def n(self) -> int:
        """Return the number of requested images; 0 for an analysis."""
        return 0 if self.operation == "analyze" else int(self.values.get("n", 1))

    @property
    def prompt_text(self) -> str:
        """Return the prompt, or the question of an analysis."""
        return str(self.values.get("prompt") or self.values.get("text") or "")

    @property
    def streams(self) -> bool:
        """Return whether the request asks for server-sent events."""
        return bool(self.values.get("stream")) or bool(self.values.get("partial_images"))

    @property
    def has_context(self) -> bool:
        """Return whether an edit goes to /responses, with the turns before it."""
        return self.values.get("context") == WITH_TURNS

    @property
    def output_field(self) -> str:
        """Return the field that holds the output in exports, which is also the prefix of downloaded files' names."""
        return str(self.values.get("output_field") or "data")

    def named(self, name: str) -> Request:
        """Return the request with a server's own name of the model, such as that of Azure's deployment.

        Only the value that is sent changes: parameters and limits stay those of the model.
        """
        return replace(self, values=MappingProxyType({**self.values, "model": name}))

    def wire(self) -> dict[str, Any]:
        """Return the body without files, nested as on the wire; values that the API defaults to are left out."""
        body: dict[str, Any] = {}
        for parameter in self.parameters:
            value = self._wire_value(parameter)
            if value is None or not parameter.wire:
                continue
            target = body
            for step in parameter.wire[:-1]:
                target = target.setdefault(step, {})
            target[parameter.wire[-1]] = value
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
        # The choice "default" leaves a value to the server. A prompt may be that word as well.
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
    """Check raw values and images for an operation and a model.

    Ignores values of parameters that the model does not take. Returns a Request, or all problems at once, each with
    the name of its parameter. Never raises for bad values; raises KeyError for an unknown operation.
    """
    problems: list[Problem] = []
    try:
        model = ModelName().parse(model)
    except Invalid as invalid:
        problems.append(Problem("model", invalid.message))
        model = OPERATIONS[operation].default_model
    known = CATALOGUE.get(model)
    if known is not None and operation not in known.operations:
        supported = " and ".join(sorted(known.operations))
        problems.append(Problem("model", f"{model} cannot {operation}; it can only {supported}. Choose another model."))
    parameters = applicable(operation, model, raw)
    values, invalid_values = _parse_values(parameters, {**raw, "model": model})
    problems.extend(invalid_values)
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
    """Return parsed values by parameter name, and a problem for each value that its kind refuses."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.kind.parse(raw.get(parameter.name, parameter.default))
        except Invalid as invalid:
            problems.append(Problem(parameter.name, invalid.message))
    return values, problems
