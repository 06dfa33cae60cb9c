"""What a parameter is: one thing a person can set for an operation."""

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
"""Not given at all, apart from None, which is a value."""


class Group(Enum):
    """Where the form puts a parameter."""

    MAIN = "main"
    OPTIONS = "options"
    AUTOMATION = "automation"


@dataclass(frozen=True)
class Parameter:
    """Everything that form, checks, wire, engine, tables and tests know of one parameter.

    `wire` is the path of its name in the request's body, such as ("svg", "reasoning", "effort"); empty for what
    is ours alone, or goes out `inside` a message's parts of that name. At its `default`, which is the API's own, it is
    not sent, unless `always_send`.
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
