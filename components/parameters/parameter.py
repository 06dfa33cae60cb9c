"""The definition of a parameter: one thing a person can set for an operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from components.parameters.kinds import Kind


class UnsetType:
    """The type of UNSET."""

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET = UnsetType()
"""Marks a value that was not given; None is a value."""


class Group(Enum):
    """The part of the form that shows a parameter."""

    MAIN = "main"
    OPTIONS = "options"
    AUTOMATION = "automation"


@dataclass(frozen=True)
class Parameter:
    """One parameter, as form, validation, wire, engine, tables and tests read it.

    `wire` is its path in the request's body, for example ("svg", "reasoning", "effort"). It is empty for a parameter
    that is not sent, and for one that is sent as part of the message: `inside` then names the part. A value equal to
    `default`, the API's own default, is not sent unless `always_send` is set. `initial` is what a form starts with
    where that is another value, see `operations.initial_values`; it shows in its field and is sent like a typed one.
    `capability` names what a server must be capable of to take another value than the default, see `capabilities`;
    `{}` in it stands for the value. `fixed` is why it has one value for all cells of a sheet; "" where it can vary.
    """

    name: str
    label: str
    kind: Kind
    default: Any
    help: str
    source: str
    wire: tuple[str, ...] = ()
    group: Group = Group.OPTIONS
    required: bool = False
    always_send: bool = False
    inside: str = ""
    initial: Any = UNSET
    capability: str = ""
    fixed: str = ""
