"""Presets: named sets of parameters, and the default preset of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.library.prompts.presets import (
    LONGEST_NAME,
    Preset,
    add_preset,
    default_preset,
    presets_of,
    set_default_preset,
)
from components.parameters import OPERATIONS, value_text
from components.parameters.prompts.clip import clip
from components.ui.base.deferred import deferred, peek
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.form import read_form
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import workbench
from components.ui.prompts.styles import (
    PresetState,
    draw_delete,
    draw_preset_refusal,
    draw_team_toggle,
    owner_of_new,
)
from components.ui.results.save_prompt import form_recipe
from components.ui.session import connections
from components.ui.session.owner import note_action, owner
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state

_NOT_TOUCHED = {"user", "prompt"}


def draw_presets(operation: str) -> None:
    """Draw the popover of presets."""
    key = f"{operation}.presets"
    with st.popover("Presets", icon=":material/tune:", type="tertiary", key=key, on_change="rerun") as panel:
        if not panel.open:
            return
        library, connection = workbench().library, connections.in_use()
        default = default_preset(library, connection.id, operation)
        found = presets_of(library, operation, owner())
        if not found:
            st.caption("A preset is a named set of parameters: size, quality, format and so on, without the prompt.")
        for one in found:
            choice, end = st.columns([7, 1], vertical_alignment="center", wrap=False)
            with choice:
                st.button(escape(one.name), key=f"{key}.use.{one.id}", on_click=deferred(_apply), args=(operation, one))
                st.caption(escape(_summary(operation, one)))
            with end:
                draw_delete(f"{key}.delete.{one.id}", one.id)
        teams = {one.id: one.name for one in found if not one.owner}
        if teams:
            ids = [None, *teams]
            current = default.id if default is not None and default.id in teams else None
            st.selectbox(
                "Default preset of this connection",
                ids,
                index=ids.index(current),
                format_func=lambda one: teams.get(one, "none") if one else "none",
                key=f"{key}.default.{connection.id}.{current}",
                on_change=_set_default,
                args=(operation, connection.id, f"{key}.default.{connection.id}.{current}"),
                help=f"Applied when somebody chooses {escape(connection.name)} and has set nothing in the form. A line "
                "says so.",
            )
        elif found:
            st.caption("A preset for the team can be the default of this connection. Save one with “For the team” on.")
        st.divider()
        st.text_input("Save the form’s parameters as", key=f"{key}.name", max_chars=LONGEST_NAME)
        draw_team_toggle(key)
        draw_preset_refusal(operation)
        st.button("Save preset", key=f"{key}.save", on_click=reports_unavailable(_add), args=(operation, key))


def _summary(operation: str, preset: Preset) -> str:
    labels = {one.name: one.label for one in OPERATIONS[operation].parameters}
    parts = [f"{labels.get(name, name)} {value_text(value)}" for name, value in preset.values.items()]
    text = ", ".join(parts) or "all defaults"
    return f"{clip(text, 90)} · {'mine' if preset.owner else 'the team’s'}"


def _apply(operation: str, preset: Preset) -> None:
    """Apply a preset, with defaults for all other parameters except the prompt. Undo brings back the form."""
    leave_prefill(Prefill(operation, _values(operation, preset.values)))


def _values(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    left_out = _NOT_TOUCHED | {"model", "image", "mask", "markup"}
    defaults = {one.name: one.default for one in OPERATIONS[operation].parameters if one.name not in left_out}
    return {**defaults, **given}


def _add(operation: str, key: str) -> None:
    state, recipe = page_state(PresetState, operation), form_recipe(read_form(operation))
    values = {**recipe["values"], "model": recipe["model"]}
    try:
        add_preset(workbench().library, operation, str(peek(f"{key}.name") or ""), values, owner=owner_of_new(key))
    except ValueError as refusal:
        state.refused = str(refusal)
        return
    state.refused, name_key = "", f"{key}.name"
    st.session_state[name_key] = ""


@reports_unavailable
def _set_default(operation: str, connection_id: str, key: str) -> None:
    preset_id = peek(key)
    set_default_preset(workbench().library, connection_id, operation, preset_id)
    note_action("preset.default", connection_id, {"operation": operation, "preset": preset_id or "none"})


def fill_default(operation: str) -> None:
    """Apply the default preset of a newly chosen connection to an untouched form; call it before reading the form."""
    state, form = page_state(PresetState, operation), page_state(FormState, operation)
    connection_id = connections.chosen().id
    if state.seen == connection_id:
        return
    is_touched = any(value for name, value in form.values.items() if name not in _NOT_TOUCHED)
    preset = None if is_touched else default_preset(workbench().library, connection_id, operation)
    state.seen = connection_id
    form.default, form.default_name = ({}, "") if preset is None else (dict(preset.values), preset.name)


def draw_default(operation: str) -> None:
    """Say which preset the connection applied to the form, with a button that removes it."""
    form = page_state(FormState, operation)
    if not form.default.keys() - form.values.keys():
        return  # there is none, or a person has changed all of its values
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text = f"{connections.in_use().name} uses the preset “{form.default_name}” by default."
        st.caption(escape(text), width="stretch")
        st.button(
            "Remove",
            key=f"{operation}.presets.out",
            type="tertiary",
            on_click=_take_out,
            args=(operation,),
        )


def _take_out(operation: str) -> None:
    page_state(FormState, operation).default = {}
