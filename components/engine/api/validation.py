"""Check the body of a generate or edit request against the registry, with errors in OpenAI's own words.

What a model takes, with which choices and limits, is declared once, in `components.parameters`; here it is only
translated: names on the wire to parameters, broken limits to error codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.engine.api import errors
from components.parameters import (
    CATALOGUE,
    OPERATIONS,
    Choice,
    InputImage,
    Integer,
    Invalid,
    Model,
    Parameter,
    Size,
    Switch,
    Text,
    find_model,
    resolve,
)
from components.parameters.models.families import DALL_E_2, DALL_E_3, DEFAULT
from components.parameters.operations import SHOWN_WHEN, parameters_for

IDENTIFIERS = ("safety_identifier", "user")  # the newer name goes before the older one
IDENTIFIER_LENGTH = 512
NESTED = "svg"  # the one parameter that is an object


@dataclass(frozen=True)
class CheckedRequest:
    """Hold a checked request: `values` by the registry's names, every one that applies, defaults filled in."""

    operation: str
    model: Model
    values: Mapping[str, Any]
    stream: bool
    as_url: bool
    identifier: str | None = None
    images: tuple[InputImage, ...] = field(default=())

    @property
    def prompt(self) -> str:
        """Return the prompt as it was sent."""
        return str(self.values["prompt"])

    @property
    def n(self) -> int:
        """Return the number of images."""
        return int(self.values["n"])

    @property
    def output_format(self) -> str:
        """Return "png", "jpeg", "webp", "gif" or "svg"; "png" for models without the parameter."""
        return str(self.values.get("output_format", "png"))

    @property
    def is_dall_e(self) -> bool:
        """Return whether the answer has links, and no usage."""
        return self.model.family in (DALL_E_2, DALL_E_3)


def flatten(body: Mapping[str, Any], above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return the body by paths: {"svg": {"model": "m"}} and {"svg[model]": "m"} both become ("svg", "model")."""
    flat: dict[tuple[str, ...], Any] = {}
    for name, value in body.items():
        path = (*above, *str(name).replace("]", "").split("["))
        if isinstance(value, Mapping) and path[0] == NESTED:
            flat.update(flatten(value, path))
        else:
            flat[path] = value
    return flat


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(path)


# The types that JSON may bring for a kind; a form brings text for all of them.
JSON_TYPES: Mapping[type, tuple[type, str]] = {
    Integer: (int, "an integer"),
    Switch: (bool, "a boolean"),
    Choice: (str, "a string"),
    Size: (str, "a string"),
    Text: (str, "a string"),
}


def _check_integer(name: str, kind: Integer, value: Any) -> int:
    try:
        number = int(value)
    except ValueError:
        raise errors.wrong_type(name, "an integer", value) from None
    if not kind.minimum <= number <= kind.maximum:
        raise errors.out_of_range(name, number, kind.minimum, kind.maximum)
    if number % kind.step:
        raise errors.not_multiple(name, number, kind.step)
    return number


def _check_choice(name: str, kind: Choice, value: Any) -> str:
    options = tuple(option for option in kind.options if option != DEFAULT)
    if value not in options:
        raise errors.wrong_value(name, value, options)
    return str(value)


def _check_size(name: str, kind: Size, value: Any) -> str:
    try:
        return kind.parse(value)
    except Invalid as invalid:
        raise errors.wrong_size(value, invalid.message) from None


def _check_text(name: str, kind: Text, value: Any) -> str:
    if kind.max_length is not None and len(value) > kind.max_length:
        raise errors.too_long(name, len(value), kind.max_length)
    return str(value)


def _check_switch(name: str, kind: Switch, value: Any) -> bool:
    try:
        return kind.parse(value)
    except Invalid:
        raise errors.wrong_type(name, "a boolean", value) from None


CHECKS: Mapping[type, Callable[[str, Any, Any], Any]] = {
    Integer: _check_integer,
    Choice: _check_choice,
    Size: _check_size,
    Text: _check_text,
    Switch: _check_switch,
}


def _check(name: str, kind: Any, value: Any, *, form: bool) -> Any:
    family = next(known for known in CHECKS if isinstance(kind, known))
    wanted, words = JSON_TYPES[family]
    if not form and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        raise errors.wrong_type(name, words, value)
    return CHECKS[family](name, kind, value)


def check_model(operation: str, body: Mapping[str, Any]) -> Model:
    """Return the model of a request; the registry's own default when none is named.

    Raise RequestError: 404 for one that is not in the catalogue, 400 for one that does something else.
    """
    name = body.get("model") or OPERATIONS[operation].default_model
    if not isinstance(name, str):
        raise errors.wrong_type("model", "a string", name)
    if name not in CATALOGUE:
        raise errors.no_such_model(name[:100])
    if operation not in CATALOGUE[name].operations:
        raise errors.wrong_model(name, f"{operation} images")
    return find_model(name, operation)


def _wires(operation: str) -> frozenset[tuple[str, ...]]:
    return frozenset(parameter.wire for parameter in OPERATIONS[operation].parameters if parameter.wire)


def check(
    operation: str, body: Mapping[str, Any], images: tuple[InputImage, ...] = (), *, form: bool = False
) -> CheckedRequest:
    """Return the checked request of a body without its files; null counts as not given.

    `form` says that values came as text. Raise RequestError for the first thing that is wrong, in the order: model,
    unknown names, values, what must hold between them.
    """
    given = {path: value for path, value in flatten(body).items() if value is not None and path != ("model",)}
    model = check_model(operation, body)
    takes = {parameter.wire: parameter for parameter in parameters_for(operation, model.id) if parameter.wire}
    identifier = _identifier(given, form=form)
    for path in given:
        if path not in takes:
            known = path in _wires(operation)
            raise errors.unsupported(_shown(path), model.id) if known else errors.unknown(_shown(path))
    if not str(given.get(("prompt",), "")).strip():
        raise errors.missing("prompt")
    raw: dict[str, Any] = {}
    as_url = model.family.response_format == "url"
    for path, value in given.items():
        parameter = takes[path]
        if parameter.name == "response_url":
            as_url = _check(_shown(path), Choice(("url", "b64_json")), value, form=form) == "url"
        else:
            raw[parameter.name] = _check(_shown(path), parameter.kind, value, form=form)
    stream = bool(raw.get("stream"))
    _together(raw, takes)
    values = _resolved(operation, model, raw, images)
    return CheckedRequest(operation, model, values, stream, as_url, identifier, images)


def _identifier(given: dict[tuple[str, ...], Any], *, form: bool) -> str | None:
    """Remove the identifier of a person from the body and return it; every model takes both of its names."""
    found = [(name, given.pop((name,), None)) for name in IDENTIFIERS]
    texts = [_check(name, Text(IDENTIFIER_LENGTH), value, form=form) for name, value in found if value]
    return texts[0] if texts else None


def _together(raw: Mapping[str, Any], takes: Mapping[tuple[str, ...], Parameter]) -> None:
    """Raise RequestError where the sent parameters contradict each other."""
    there = {parameter.name: parameter for parameter in takes.values()}
    if raw.get("partial_images") and not raw.get("stream"):
        raise errors.not_allowed("partial_images", "The parameter 'partial_images' needs 'stream' to be true.")
    if any(name.startswith("svg_") for name in raw) and not raw.get("svg_model"):
        raise errors.missing("svg.model")
    for name, value in raw.items():
        other, allowed = SHOWN_WHEN.get(name, ("", frozenset()))
        if other not in there:
            continue
        is_now = raw.get(other, there[other].default)
        if is_now not in allowed and value != there[name].default:
            wanted = ", ".join(sorted(map(str, allowed)))
            message = f"'{_shown(there[name].wire)}' is not supported with {other} '{is_now}', only with {wanted}."
            raise errors.not_allowed(_shown(there[name].wire), message)


def _resolved(
    operation: str, model: Model, raw: Mapping[str, Any], images: tuple[InputImage, ...]
) -> Mapping[str, Any]:
    """Return the values with defaults, checked by the registry's own rules between parameters."""
    resolved = resolve(operation, model.id, raw, images=images)
    if isinstance(resolved, tuple):
        problem = resolved[0]
        wires = {parameter.name: parameter.wire for parameter in parameters_for(operation, model.id)}
        raise errors.not_allowed(_shown(wires.get(problem.parameter) or (problem.parameter,)), problem.message)
    return resolved.values
