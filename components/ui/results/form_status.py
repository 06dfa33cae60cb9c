"""One line beneath the prompt: where the form differs from the run on show, and the way back to what was in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from components.parameters import Invalid, Parameter, applicable
from components.runs import RunView
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.request_summary import SHOWN_SEPARATELY
from components.ui.base.undo_button import draw_undo
from components.ui.forms.checked_form import Form
from components.ui.forms.fill import redo_fill, undo_fill
from components.ui.inputs.image_inputs import input_images
from components.ui.session.fill_remark import remark_of
from components.ui.session.form_history import capture_form, form_history

# Not compared as values: who asked, and what is compared as inputs. The prompt is compared first.
_NOT_COMPARED = (SHOWN_SEPARATELY - {"prompt"}) | {"user"}


def draw_form_status(form: Form, view: RunView | None, of_sheet: Sequence[str] | None = None) -> None:
    """Say where the form differs from the run on show, and offer Undo and Redo; nothing where there is nothing.

    `of_sheet` are the labels of what differs from the sheet on show, None where none is.
    """
    draw_remark(form.operation)
    history = form_history(form.operation)
    names: list[str] = []
    # An empty form is not compared: whoever opens a link has written nothing yet.
    if form.raw.get("prompt") or input_images(form.operation):
        if of_sheet is not None:
            names = list(of_sheet)
        elif view is not None and not view.is_purged:
            names = list(form_differences(form, view))
    if not names and not history.past and not history.future:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"{form.operation}-form-status"):
        if names:
            text = ", ".join(name if name[:2].isupper() else name[:1].lower() + name[1:] for name in names)
            shown = "run" if of_sheet is None else "sheet"
            st.caption(f":material/difference: Form differs from the {shown} shown: {escape(text)}", width="stretch")
        for is_there, name, act in ((history.past, "undo", undo_fill), (history.future, "redo", redo_fill)):
            if is_there:
                draw_undo(
                    f"{form.operation}.{name}_fill",
                    deferred(act),
                    form.operation,
                    label=f"{name.capitalize()} filling in",
                    help="What was in the form before a run filled it: values, images and drawings.",
                    icon=name,
                    type="tertiary",
                )


def draw_remark(operation: str) -> None:
    """Say what the last filling in of a form could not read."""
    if remark := remark_of(operation):
        st.caption(f":material/receipt_long: {escape(remark)}")


def form_differences(form: Form, view: RunView) -> Iterator[str]:
    """Yield the labels of what the form would send in another way than the run was sent."""
    given: Mapping[str, Any] = view.recipe.get("values", {})
    if form.model != view.model:
        yield "Model"
    yield from value_differences(form, view.model, given)
    if form.operation == "edit":
        yield from _input_differences(form, view)


def value_differences(
    form: Form, model: str, given: Mapping[str, Any], skip: Collection[str] = frozenset()
) -> Iterator[str]:
    """Yield the labels of the parameters that a form would send with other values than those given for a model."""
    parameters = {one.name: one for one in applicable(form.operation, model, dict(given))}
    parameters |= {one.name: one for one in applicable(form.operation, form.model, form.raw)}
    for name, one in parameters.items():
        if name not in _NOT_COMPARED and name not in skip and _parsed(one, form.sent) != _parsed(one, given):
            yield one.label


def _input_differences(form: Form, view: RunView) -> Iterator[str]:
    inputs = view.recipe.get("inputs") or ()
    asked = [one.get("sha256") for one in inputs if one.get("role") == "image"]
    if asked != [image.sha256 for image in input_images(form.operation)]:
        yield "Input images"
    at_run = form_history(form.operation).at_run
    if at_run is not None and at_run[0] == view.id:
        if at_run[1].drawn != capture_form(form.operation).drawn:
            yield "Mask or markup"
    elif form.request is not None:
        roles = {one.get("role") for one in inputs}
        if ("mask" in roles, "markup" in roles) != (form.request.mask is not None, form.request.markup is not None):
            yield "Mask or markup"


def _parsed(parameter: Parameter, values: Mapping[str, Any]) -> Any:
    value = values.get(parameter.name, parameter.default)
    try:
        return parameter.kind.parse(value)
    except Invalid:
        return value
