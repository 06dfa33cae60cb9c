"""The two closed panels at the end of a form: more options, and what automation needs."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.parameters import Group
from components.ui.forms.form import Form, draw_group, option_names

PANELS: Mapping[Group, str] = {Group.OPTIONS: "More options", Group.AUTOMATION: "For automation"}


def draw_options(form: Form, *, skip: frozenset[str] = frozenset()) -> None:
    """Draw the panels that have parameters for the chosen model besides `skip`; their titles list them."""
    for group, title in PANELS.items():
        if names := option_names(form, group, skip=skip):
            with st.expander(f"{title}  :gray[{names}]", key=f"{form.operation}.{group.value}"):
                draw_group(form, group, skip=skip)
