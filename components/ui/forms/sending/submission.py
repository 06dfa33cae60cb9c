"""A request that is about to be sent, and the session's state of sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.client import Connection
from components.parameters import Request


@dataclass(frozen=True)
class Submission:
    """A request and what its run needs to start; `history` holds the earlier turns of a conversation.

    `instead_of` names the connection that `connection` replaces: then a person is asked before it is sent.
    """

    connection: Connection
    request: Request
    parent_output: str | None = None
    history: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] | None = None
    instead_of: str = ""


@dataclass
class SubmitState:
    """Why the last run was not sent, and the submissions that wait for confirmation."""

    failure: str = ""
    held: list[Submission] = field(default_factory=list)
