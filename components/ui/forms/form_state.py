"""What the session keeps of an operation's form, and of what was submitted from any form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.ui.session.state import DRAFT

if TYPE_CHECKING:
    from components.ui.forms.submit import Submission


@dataclass(frozen=True)
class ParentRun:
    """The run before on a page: the image that stands for it, where it came from, and what it was asked.

    `loaded` tells that the form was filled from it.
    """

    output_id: str
    parent: str | None
    asked: Mapping[str, Any]
    loaded: bool = False


@dataclass
class FormState:
    """What a person wants of an operation, and what its form knows.

    `wishes` are values by parameter name: unchecked, kept whatever the model. `touched` are the parameters that were
    set at all, `typed` those that a person set while this model was chosen. `drawn` holds by parameter the key of its
    widget and what it was drawn with last. `refused` are a server's complaints, each with the value that it was about.
    `attempted`: the button was pressed and something was missing. `models` are the ids that the menu offers. `parent`
    is what the next run may be a change of.
    """

    wishes: dict[str, Any] = field(default_factory=dict, metadata=DRAFT)
    touched: set[str] = field(default_factory=set, metadata=DRAFT)
    typed: tuple[str | None, set[str]] = field(default_factory=lambda: (None, set()), metadata=DRAFT)
    drawn: dict[str, tuple[str, Any]] = field(default_factory=dict)
    refused: dict[str, tuple[str, Any]] = field(default_factory=dict)
    attempted: bool = False
    models: Sequence[str] = ()
    parent: ParentRun | None = field(default=None, metadata=DRAFT)


@dataclass
class SubmitState:
    """Why the last run was not sent, and the submissions that wait for a person's confirmation."""

    failure: str = ""
    held: list[Submission] = field(default_factory=list)
