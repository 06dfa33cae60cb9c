"""The two closed panels at the end of a form: further options, and what only automation needs."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.parameters import Group
from components.ui.forms.form import Form, draw_group, option_names

PANELS: Mapping[Group, str] = {Group.OPTIONS: "More options", Group.AUTOMATION: "For automation"}


def draw_options(form: Form, *, skip: frozenset[str] = frozenset()) -> None:
    """Draw the panels that have something in them for the chosen model, but for `skip`; their names tell what."""
    for group, title in PANELS.items():
        if names := option_names(form, group, skip=skip):
            with st.expander(f"{title}  :gray[{names}]", key=f"{form.operation}.{group.value}"):
                draw_group(form, group, skip=skip)
