"""Undo and redo for forms that are filled from a run, with input images and drawings.

Another load discards nothing that a person entered: undone steps join the past. A form that is unchanged since it was
loaded is not noted again, so one Undo goes back over any number of runs that were looked at.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.ui.session import connections
from components.ui.session.state import DRAFT, STATE_PREFIX, page_state

MAX_STEPS = 20
_PURPOSES = ("mask", "markup")
KEEP = "edit.keep"
_FORM = "FormState.{}"
_SHEET = "SheetState.{}"
# Fields of typed states, by the state's key, that belong to a form; {} stands for its operation.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    _FORM: ("values", "typed", "parent", "as_is", "prompt", "styles", "cuts_background", "default"),
    _SHEET: ("names", "values", "by_line", "is_plain", "rules", "seed", "added", "added_to", "trim"),
}
_PAGE_FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "edit": {
        "InputsState.edit": ("entries",),
        "EditState": ("mode", "first", "parent", "set_aside"),
        "MaskState": ("refused", "missing"),
    }
}
# Keys of widgets that are not parameters, with the values that stand for missing ones.
_WIDGETS: Mapping[str, Mapping[str, Any]] = {"edit": {KEEP: False, "edit.keep.feather": None}}


@dataclass(frozen=True)
class FormSnapshot:
    """A copy of everything in an operation's form.

    `fields` holds values of typed states by state and name, `widgets` those of widgets by key, `drawings` the current
    step of each drawing by purpose and SHA-256.
    """

    operation: str
    fields: Mapping[tuple[str, str], Any]
    widgets: Mapping[str, Any]
    drawings: Mapping[tuple[str, str], Any]
    connection_id: str

    @property
    def images(self) -> tuple[str, ...]:
        """Return the SHA-256 of the input images in order."""
        return tuple(
            entry.image.sha256 for entry in self.fields.get((f"InputsState.{self.operation}", "entries")) or ()
        )

    @property
    def content(self) -> tuple[Any, ...]:
        """Return what a person entered, to compare two snapshots."""
        values = {name: value for name, value in self._values.items() if name != "user"}
        varied = self.fields.get((_SHEET.format(self.operation), "values")) or {}
        return values, varied, self.images, self.connection_id, self.drawn, bool(self.widgets.get(KEEP))

    @property
    def drawn(self) -> tuple[Any, ...]:
        """Return what is drawn over the first image, in a form that resizing the canvas does not change."""
        first = self.images[:1]
        steps = [self.drawings.get((purpose, sha256)) for purpose in _PURPOSES for sha256 in first]
        return tuple((step.base, step.exact) if step and (step.base or step.objects) else None for step in steps)

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was entered."""
        return not self.images and not any(value for name, value in self._values.items() if name != "user")

    @property
    def _values(self) -> Mapping[str, Any]:
        return self.fields.get((_FORM.format(self.operation), "values")) or {}


@dataclass
class FormHistory:
    """The snapshots before and after the form as it is; a page's typed state, one for each operation.

    `loaded` is the form as the last load left it, `at_run` the form that belongs to a run, by the run's id.
    `cause` and `leaving` keep a step that Streamlit interrupted from being noted twice.
    """

    past: list[FormSnapshot] = field(default_factory=list, metadata=DRAFT)
    future: list[FormSnapshot] = field(default_factory=list, metadata=DRAFT)
    loaded: FormSnapshot | None = field(default=None, metadata=DRAFT)
    at_run: tuple[str, FormSnapshot] | None = field(default=None, metadata=DRAFT)
    cause: object = None
    leaving: FormSnapshot | None = None

    def held_inputs(self) -> Iterator[str]:
        """Yield the SHA-256 of all images, and of the bases of masks, that an Undo or Redo needs."""
        for one in (*self.past, *self.future):
            yield from one.images
            yield from (step.base for step in one.drawings.values() if step.base is not None)


def form_history(operation: str) -> FormHistory:
    """Return the history of an operation's form in this session."""
    return page_state(FormHistory, operation)


def capture_form(operation: str) -> FormSnapshot:
    """Return a copy of what is in an operation's form."""
    fields = {
        (key, name): copy.deepcopy(getattr(state, name))
        for key, names in _state_fields(operation).items()
        if (state := _state(key)) is not None
        for name in names
    }
    widgets = {key: st.session_state.get(key, missing) for key, missing in _WIDGETS.get(operation, {}).items()}
    drawings = {
        (purpose, sha256): drawing.now
        for purpose in _PURPOSES
        for sha256, drawing in _drawings(operation, purpose).items()
    }
    return FormSnapshot(operation, fields, widgets, drawings, connections.chosen().id)


def _state(name: str) -> Any:
    """Return a typed state of this session by its name; None where it has none, as after a reload."""
    return st.session_state.get(STATE_PREFIX + name)


def _drawings(operation: str, purpose: str) -> Mapping[str, Any]:
    canvas = _state(f"CanvasState.{purpose}") if operation == "edit" else None
    return {} if canvas is None else canvas.drawings


def remember_form(operation: str, cause: object) -> None:
    """Note what is in the form before `cause` fills it in another way."""
    history = form_history(operation)
    if history.cause is cause:
        return
    now = capture_form(operation)
    if not now.is_blank and (history.loaded is None or now.content != history.loaded.content):
        history.past = [*history.past, *reversed(history.future), now][-MAX_STEPS:]
        history.future = []
    history.cause = cause


def note_loaded(operation: str, run_id: str | None) -> None:
    """Note that the form is as a load left it, and the run that it belongs to."""
    history = form_history(operation)
    history.loaded, history.cause = capture_form(operation), None
    history.at_run = None if run_id is None else (run_id, history.loaded)


def note_sent(operation: str, run_id: str) -> None:
    """Note that the form is what this run was sent with."""
    form_history(operation).at_run = (run_id, capture_form(operation))


def step_form(operation: str, *, back: bool) -> None:
    """Undo the last load, or redo it."""
    history = form_history(operation)
    source, target = (history.past, history.future) if back else (history.future, history.past)
    if not source:
        return
    history.leaving = history.leaving or capture_form(operation)
    _restore(source[-1])
    target.append(history.leaving)
    source.pop()
    history.loaded = history.leaving = None


def _state_fields(operation: str) -> dict[str, tuple[str, ...]]:
    return {key.format(operation): names for key, names in _FIELDS.items()} | dict(_PAGE_FIELDS.get(operation, {}))


def _restore(snapshot: FormSnapshot) -> None:
    operation = snapshot.operation
    for (key, name), value in snapshot.fields.items():
        if (state := _state(key)) is not None:
            setattr(state, name, copy.deepcopy(value))
    if (form := _state(_FORM.format(operation))) is not None:
        form.touched = set()
    for key, value in snapshot.widgets.items():
        if value is not None:
            st.session_state[key] = value
    for purpose in _PURPOSES:
        for sha256, drawing in _drawings(operation, purpose).items():
            if sha256 in snapshot.images:
                step = snapshot.drawings.get((purpose, sha256)) or type(drawing.now)(scale=drawing.now.scale)
                if step != drawing.now:
                    drawing.add(step, load=True)
    connections.follow_run(snapshot.connection_id)
