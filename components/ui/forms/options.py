"""The two closed panels at the end of a form: more options, and what automation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from components.parameters import Group, Parameter, applicable
from components.ui.forms.form import Form, draw_group, has_messages

PANELS: Mapping[Group, str] = {Group.OPTIONS: "More options", Group.AUTOMATION: "For automation"}


def draw_options(form: Form, *, skip: frozenset[str] = frozenset()) -> None:
    """Draw the panels that have parameters for the chosen model besides `skip`; their titles list them."""
    for group, title in PANELS.items():
        draw_panel(form, group, title, partial(draw_group, form, group, skip=skip), skip=skip)


def draw_panel(
    form: Form, group: Group, title: str, draw: Callable[[], None], *, skip: frozenset[str] = frozenset()
) -> None:
    """Draw the closed panel of a group, unless it has no parameters; `draw` draws its content once it is open.

    The content of closed panels would be a third of what a page has to draw. A mark in the title says that a field in
    the panel has messages.
    """
    options = [
        one for one in applicable(form.operation, form.model, form.raw) if one.group is group and one.name not in skip
    ]
    if not options:
        return
    names = ", ".join(_in_a_line(one) for one in options)
    mark = " :red[:material/error:]" if any(has_messages(form, one.name) for one in options) else ""
    key = f"{form.operation}.{group.value}"
    with st.expander(f"{title}{mark}  :gray[{names}]", key=key, on_change="rerun") as panel:
        if panel.open:
            draw()


def _in_a_line(parameter: Parameter) -> str:
    """Return the label as part of a line; an abbreviation, such as SVG, stays as it is."""
    label = parameter.label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
