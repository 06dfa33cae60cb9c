"""The two closed panels at the end of a form: more options, and what automation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from components.parameters import Group, Parameter, applicable
from components.ui.forms.checked_form import Form
from components.ui.forms.form import draw_group
from components.ui.forms.panel import draw_panel
from components.ui.forms.problems import has_messages

PANELS: Mapping[Group, str] = {Group.OPTIONS: "More options", Group.AUTOMATION: "For automation"}


def draw_options(form: Form, *, skip: frozenset[str] = frozenset()) -> None:
    """Draw the panels that have parameters for the chosen model besides `skip`."""
    for group in PANELS:
        draw_option_panel(form, group, partial(draw_group, form, group, skip=skip), skip=skip)


def draw_option_panel(
    form: Form, group: Group, draw: Callable[[], None], *, skip: frozenset[str] = frozenset()
) -> None:
    """Draw the panel of a group, unless it has no parameters besides `skip`; `draw` draws its content.

    The title lists the parameters, and a mark in it says that one of them has messages.
    """
    options = [
        one for one in applicable(form.operation, form.model, form.raw) if one.group is group and one.name not in skip
    ]
    if not options:
        return
    names = ", ".join(_in_a_line(one) for one in options)
    mark = " :red[:material/error:]" if any(has_messages(form, one.name) for one in options) else ""
    draw_panel(f"{PANELS[group]}{mark}  :gray[{names}]", f"{form.operation}.{group.value}", draw)


def _in_a_line(parameter: Parameter) -> str:
    """Return the label as part of a line; an abbreviation, such as SVG, stays as it is."""
    label = parameter.label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
