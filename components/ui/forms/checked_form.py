"""What a form holds when it is read: its values, and the request or the problems that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from components.parameters import OPERATIONS, Inputs, Request, UnusedValue
from components.parameters.prompts.styles import Style, with_styles
from components.parameters.sheets import single_text
from components.ui.forms.variables import PROMPT


@dataclass(frozen=True)
class Form:
    """A form as drawn: its values and images, and the request or the problems that `resolve` made of them.

    `refused` has the capabilities that the server lacks, each with a sentence on how that is known. `lacking` has, by
    parameter, the one that an input or the operation ("") would need, and the sentence. `extra` is kept with the run.
    `reads_braces`: in the prompt of a single run, a brace after a backslash is sent as the brace itself.
    """

    operation: str
    model: str
    raw: Mapping[str, Any]
    request: Request | None
    problems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unused: Mapping[str, UnusedValue] = field(default_factory=dict)
    styles: tuple[Style, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)
    refused: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    reads_braces: bool = False

    @property
    def written(self) -> Mapping[str, Any]:
        """Return the values with the styles added to the prompt, whose braces are still to be read."""
        prompt = str(self.raw.get(PROMPT) or "")
        return {**self.raw, PROMPT: with_styles(prompt, self.styles)} if self.styles else self.raw

    @cached_property  # reading the braces of a long prompt takes a while
    def sent(self) -> Mapping[str, Any]:
        """Return the values as they are sent, with the styles added to the prompt."""
        values = self.written
        if not self.reads_braces or PROMPT not in values:
            return values
        return {**values, PROMPT: single_text(str(values[PROMPT] or ""))}

    def help(self, name: str) -> str:
        """Return the registry's help text for a parameter."""
        return next(one.help for one in OPERATIONS[self.operation].parameters if one.name == name)
