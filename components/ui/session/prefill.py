"""What one page leaves for another to be filled in with: a value that the other takes when it is drawn.

Pages never call into each other. "Edit this" in the library, a dropped recipe or "Load these settings" beneath a
result each leave a `Prefill`; the page of its operation applies it before it reads its form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.parameters import InputImage
from components.parameters.sheets import SheetTemplate
from components.runs import RunView
from components.ui.session.state import page_state


@dataclass(frozen=True)
class PromptSource:
    """The version of a saved prompt that a form was filled from, and its text with the variables."""

    prompt_id: str
    number: int
    name: str
    text: str


@dataclass(frozen=True)
class Prefill:
    """Everything that a page is to be filled in with.

    `values` are parameters by name; `clears_form` makes the form forget all its other values except "user", which
    names the current person. `images` replace the page's input images, or join them with `adds_images`; None leaves
    them. `mask` and `markup` (a drawing as `edit.markup_panel.markup_drawing` returns it) lie over the first image.
    `overlays` names the overlays ("mask", "markup") that the request had and whose files are here, and `missing` the
    roles of its inputs that this library does not have: without them another edit would be sent.

    `source` is the run that the values come from, and `output_id` the one of its outputs that was chosen; what is run
    next is their child. `edited_output` is the output that `images` holds, to be edited or asked about.
    `template` is the sheet that the form is to make; a form that is cleared without one makes a single run.
    `prompt` is the saved prompt that the values are of. `is_sent`: the values hold the prompt as it was sent or
    answered, so that its braces are text, and not as somebody wrote it for a form. `show_problems` shows what is
    missing at once, as after a press of the run button. `remark` says what the values lack; it stays below the prompt
    until the form is changed or run.
    """

    operation: str
    values: Mapping[str, Any] = field(default_factory=dict)
    clears_form: bool = False
    connection_id: str | None = None
    images: tuple[InputImage, ...] | None = None
    adds_images: bool = False
    mask: InputImage | None = None
    markup: Mapping[str, Any] | None = None
    overlays: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    source: RunView | None = None
    output_id: str | None = None
    edited_output: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    template: SheetTemplate | None = None
    prompt: PromptSource | None = None
    is_sent: bool = False
    show_problems: bool = False
    remark: str = ""


@dataclass
class PrefillState:
    """What was left and not taken yet, oldest first."""

    waiting: list[Prefill] = field(default_factory=list)


def leave_prefill(prefill: Prefill) -> None:
    """Leave a value for the page of its operation; several are applied in their order."""
    page_state(PrefillState).waiting.append(prefill)


def apply_prefills(operation: str, apply: Callable[[Prefill], object]) -> None:
    """Apply what was left for an operation's page, oldest first.

    Streamlit may interrupt this; what was not applied to its end stays, and is applied again by the next run.
    """
    waiting = page_state(PrefillState).waiting
    for prefill in [one for one in waiting if one.operation == operation]:
        try:
            apply(prefill)
        except Exception:
            waiting.remove(prefill)
            raise
        waiting.remove(prefill)
