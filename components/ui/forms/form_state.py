"""The session's state of an operation's form."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from components.parameters import OPERATIONS, FieldName, Integer, Text, Urls
from components.parameters.prompts.styles import Style
from components.ui.session.drafts.typed_texts import TextHomes
from components.ui.session.prefill import PromptSource
from components.ui.session.state import DRAFT, state_key


@dataclass(frozen=True)
class ParentRun:
    """The previous run on a page: its first output, its own parent, and its recipe.

    `loaded` is True if the form was filled from it.
    """

    output_id: str
    parent: str | None
    asked: Mapping[str, Any]
    loaded: bool = False


@dataclass
class FormState:
    """The state of an operation's form.

    `values` are what a person entered, by parameter name: unchecked, kept whatever the model. `touched` are the
    parameters that were set at all, `typed` those that were set since this model was chosen. `drawn` holds, by
    parameter, the key of its widget and the value that it was last drawn with. `refused` are a server's complaints,
    each with the refused value. `attempted`: the button was pressed and the form had problems. `models` come first in
    the model menu: those of the connection's server where it has a list; `other_models` are the catalogue's others.
    `closed_models` are left out, because the team's limits close them to the person.
    `parent` is what the next run may derive from. `as_is` are the variables of the prompt that are to be sent as they
    are, `prompt` the saved prompt that the form was filled from, `styles` what is added to the prompt: copies, so that
    nobody else changes what is shown here. `cuts_background`: a flat background is asked for and cut out. `default` are
    the values that stand where nothing was entered, of the preset `default_name`.
    """

    values: dict[str, Any] = field(default_factory=dict, metadata=DRAFT)
    touched: set[str] = field(default_factory=set, metadata=DRAFT)
    typed: tuple[str | None, set[str]] = field(default_factory=lambda: (None, set()), metadata=DRAFT)
    drawn: dict[str, tuple[str, Any]] = field(default_factory=dict)
    refused: dict[str, tuple[str, Any]] = field(default_factory=dict)
    attempted: bool = False
    models: Sequence[str] = ()
    other_models: Sequence[str] = ()
    closed_models: Sequence[str] = ()
    parent: ParentRun | None = field(default=None, metadata=DRAFT)
    as_is: frozenset[str] = field(default=frozenset(), metadata=DRAFT)
    prompt: PromptSource | None = field(default=None, metadata=DRAFT)
    styles: tuple[Style, ...] = field(default=(), metadata=DRAFT)
    cuts_background: bool = field(default=False, metadata=DRAFT)
    default: Mapping[str, Any] = field(default_factory=dict)
    default_name: str = ""


def form_texts(operation: str) -> TextHomes:
    """Return the text fields of an operation's form; numbers are typed into one too."""
    typed_in = (FieldName, Integer, Text, Urls)
    names = [one.name for one in OPERATIONS[operation].parameters if type(one.kind) in typed_in]
    return {f"{operation}.{name}": partial(_put, operation, name) for name in names}


def _put(operation: str, name: str, states: MutableMapping[Any, Any], text: str) -> None:
    state: FormState = states.setdefault(state_key(FormState, operation), FormState())
    state.values[name] = text
    state.touched.add(name)
    state.typed[1].add(name)
