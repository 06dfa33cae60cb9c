"""The axes of a sheet: what varies, and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.parameters.kinds import Choice, Integer, Invalid, Kind, Size, Switch, Text, shorten
from components.parameters.operations import OPERATIONS, parameters_for
from components.parameters.parameter import Parameter
from components.parameters.rules import InputImage, Problem

# The most values of one axis.
MAX_VALUES = 200

PROMPT = "prompt"
PROMPT_LINES = "prompt.lines"
IMAGE = "image"  # its values are the SHA-256 of input images: each is edited by itself
CONNECTION = "connection"  # its values are ids; keys are never in a sheet

MOST_OFFERED = 16  # numbers that are offered one by one


@dataclass(frozen=True)
class AxisValue:
    """One value and the text that stands over its row or column."""

    value: Any
    text: str


@dataclass(frozen=True)
class Axis:
    """What varies: a parameter by its name, `prompt.1` for the prompt's first braces, `prompt.lines` for its lines."""

    name: str
    label: str
    values: tuple[AxisValue, ...]


@dataclass(frozen=True)
class ConnectionValue:
    """A connection as a value of an axis: its name, and those of the sheet's models that its server does not list."""

    name: str
    lacks: tuple[str, ...] = ()


def connection_axis(ids: Sequence[str], known: Mapping[str, ConnectionValue]) -> Axis | Problem:
    """Return the axis of connections; a problem without any."""
    values = tuple(AxisValue(one, shorten(known[one].name)) for one in dict.fromkeys(ids) if one in known)
    if not values:
        return Problem(CONNECTION, "Choose at least one connection, or remove it from Vary.")
    return Axis(CONNECTION, "Connection", values)


def varying(operation: str, models: Sequence[str]) -> tuple[Parameter, ...]:
    """Return the parameters that can vary: those that at least one of the models takes and that are not `fixed`."""
    taken = {one.name: one for model in reversed(models) for one in parameters_for(operation, model)}
    return tuple(taken[one.name] for one in OPERATIONS[operation].parameters if one.name in taken and not one.fixed)


def fixed(operation: str) -> tuple[Parameter, ...]:
    """Return the parameters that cannot vary in a sheet; `fixed` of each says why."""
    return tuple(one for one in OPERATIONS[operation].parameters if one.fixed)


def choices_of(operation: str, models: Sequence[str], name: str) -> tuple[Any, ...]:
    """Return the values of a parameter that the models offer, each once; () where they are only written."""
    offered: dict[Any, None] = {}
    for kind in _kinds(operation, models, name):
        if isinstance(kind, Choice):
            offered |= dict.fromkeys(kind.options)
        elif isinstance(kind, Size):
            offered |= dict.fromkeys(kind.choices)
        elif isinstance(kind, Switch):
            offered |= dict.fromkeys((True, False))
        elif isinstance(kind, Integer):
            numbers = range(kind.minimum, kind.maximum + 1, kind.step)
            offered |= dict.fromkeys(numbers if len(numbers) <= MOST_OFFERED else ())
    return tuple(offered)


def takes_typed(operation: str, models: Sequence[str], name: str) -> bool:
    """Return whether other values than the `choices_of` what varies can be typed, for at least one of the models."""
    kinds = _kinds(operation, models, name)
    return not kinds or any(isinstance(one, Integer | Text) or (isinstance(one, Size) and one.free) for one in kinds)


def refused_values(operation: str, models: Sequence[str], name: str, values: Sequence[Any]) -> tuple[str, ...]:
    """Return a sentence for each value of a parameter that none of the models takes; () for parts of a prompt."""
    kinds = _kinds(operation, models, name)
    refusals = ([_refusal(kind, value) for kind in kinds] for value in values)
    return tuple(dict.fromkeys(found[0] for found in refusals if found and all(found)))


def _kinds(operation: str, models: Sequence[str], name: str) -> list[Kind]:
    return [one.kind for model in models for one in parameters_for(operation, model) if one.name == name]


def _refusal(kind: Kind, value: Any) -> str:
    try:
        kind.parse(value)
    except Invalid as refusal:
        return refusal.message
    return ""


def parameter_axis(
    operation: str, name: str, values: Sequence[Any], images: Sequence[InputImage] = ()
) -> Axis | Problem:
    """Return the axis of a parameter; a problem at its field without values or with too many.

    `images` are those that the values of an axis of images name.
    """
    parameter = next(one for one in OPERATIONS[operation].parameters if one.name == name)
    unique = list(dict.fromkeys(_number(one) if isinstance(parameter.kind, Integer) else one for one in values))
    if not unique and name == IMAGE:
        return Problem(name, "Add the images to edit, or remove them from Vary.")
    if not unique:
        return Problem(name, f"Choose at least one value of {parameter.label.lower()}, or remove it from Vary.")
    if len(unique) > MAX_VALUES:
        return Problem(
            name, f"{parameter.label} has {len(unique):,} values; a sheet takes at most {MAX_VALUES} of each."
        )
    labels: Mapping[str, str] = _names(images) if name == IMAGE else getattr(parameter.kind, "labels", {})
    label = "Input image" if name == IMAGE else parameter.label
    return Axis(name, label, tuple(AxisValue(one, _text(one, labels)) for one in unique))


def _number(value: Any) -> Any:
    """Return a typed number as a chosen one would be; what is none stays, and is refused in its cell."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value


def _names(images: Sequence[InputImage]) -> dict[str, str]:
    """Return the images' file names by content; a number follows one that is there already."""
    names: dict[str, str] = {}
    for image in images:
        alike = sum(image.name == one.name for one in images if one.sha256 in names and one.sha256 != image.sha256)
        names.setdefault(image.sha256, f"{image.name} ({alike + 1})" if alike else image.name)
    return names


def _text(value: Any, labels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return shorten(str(labels.get(value, value))) or "(empty)"
