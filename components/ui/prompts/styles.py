"""Styles: chosen in a popover, and shown with the complete prompt that will be sent."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.library.prompts.presets import LONGEST_NAME, LONGEST_STYLE, add_style, delete_preset, styles_of
from components.parameters.prompts.clip import clip
from components.parameters.prompts.flat_background import STYLE_ID
from components.parameters.prompts.styles import Style
from components.ui.base.deferred import peek
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape, escape_label, escape_lines
from components.ui.forms.checked_form import Form
from components.ui.forms.flat_background import switch_flat_background
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, owner
from components.ui.session.state import page_state


@dataclass
class PresetState:
    """Why the last style or preset was not saved, and the connection that the form was drawn with last."""

    refused: str = ""
    seen: str = ""


def draw_styles(operation: str) -> None:
    """Draw the popover of styles."""
    on = page_state(FormState, operation).styles
    key = f"{operation}.styles"
    # The label stays the same, so that the popover stays open while several are chosen.
    with st.popover("Styles", icon=":material/style:", type="tertiary", key=key, on_change="rerun") as panel:
        if not panel.open:
            return
        st.caption("A style is text added to the prompt. The complete prompt is shown below before it is sent.")
        chosen = {style.id for style in on}
        for style, whose in styles_of(workbench().library, owner()):
            choice, end = st.columns([7, 1], vertical_alignment="center", wrap=False)
            choice.checkbox(
                escape_label(style.name),
                value=style.id in chosen,
                key=f"{key}.{style.id}.{style.id in chosen}",
                on_change=_switch,
                args=(operation, style),
            )
            choice.caption(escape(_summary(style, whose)))
            with end:
                draw_delete(f"{key}.delete.{style.id}", style.id)
        st.divider()
        st.text_input("New style", key=f"{key}.name", max_chars=LONGEST_NAME, placeholder="Watercolor")
        st.text_area(
            "Text",
            key=f"{key}.text",
            max_chars=LONGEST_STYLE,
            height=80,
            placeholder="loose watercolor on rough paper, visible brush strokes",
        )
        with st.container(horizontal=True, gap="medium"):
            st.toggle("Before the prompt", key=f"{key}.before")
            draw_team_toggle(key)
        draw_preset_refusal(operation)
        st.button("Save style", key=f"{key}.save", on_click=reports_unavailable(_add), args=(operation, key))


def _summary(style: Style, whose: str) -> str:
    return f"{clip(style.text, 60)} · {'before' if style.is_before else 'after'} · {'mine' if whose else 'the team’s'}"


def draw_delete(key: str, preset_id: str) -> None:
    """Draw the small button that deletes a style or preset."""
    st.button(
        "",
        icon=":material/delete:",
        key=key,
        type="tertiary",
        help="Delete. Existing runs do not change.",
        on_click=reports_unavailable(_delete),
        args=(preset_id,),
    )


def _delete(preset_id: str) -> None:
    """Delete a style or preset; the audit trail names those of the team."""
    deleted = delete_preset(workbench().library, preset_id)
    if deleted is not None and not deleted[2]:
        kind, name, _ = deleted
        note_action("preset.deleted", preset_id, {"kind": kind, "name": name})


def draw_team_toggle(key: str) -> None:
    """Draw the switch between personal and team; without a name everything belongs to the team."""
    if owner():
        st.toggle("For the team", key=f"{key}.team", help=f"Otherwise only {escape(owner())} sees it.")


def owner_of_new(key: str) -> str:
    """Return the owner of a new style or preset; "" for the team."""
    return "" if peek(f"{key}.team") else owner()


def draw_preset_refusal(operation: str) -> None:
    """Draw why the last style or preset was not saved."""
    if refused := page_state(PresetState, operation).refused:
        st.markdown(f":red[:material/error: {escape(refused)}]")


def _switch(operation: str, style: Style) -> None:
    if style.id == STYLE_ID:
        switch_flat_background(operation, False)
        return
    state = page_state(FormState, operation)
    others = tuple(one for one in state.styles if one.id != style.id)
    state.styles = others if len(others) < len(state.styles) else (*others, style)


def _add(operation: str, key: str) -> None:
    state, form = page_state(PresetState, operation), page_state(FormState, operation)
    name, text, before = (peek(f"{key}.{one}") for one in ("name", "text", "before"))
    try:
        style_id = add_style(
            workbench().library, str(name or ""), str(text or ""), is_before=bool(before), owner=owner_of_new(key)
        )
    except ValueError as refusal:
        state.refused = str(refusal)
        return
    state.refused = ""
    added = next(one for one, _ in styles_of(workbench().library, owner()) if one.id == style_id)
    form.styles = (*form.styles, added)
    for field in (f"{key}.name", f"{key}.text"):
        st.session_state[field] = ""


def draw_sent(form: Form, sent: str) -> None:
    """Draw the complete prompt that is sent if styles are added to it, with a button that removes each style."""
    if not form.styles:
        return
    with st.container(border=True, gap="small", key=f"sent-{form.operation}"):
        with st.container(horizontal=True, gap="small"):
            for style in form.styles:
                st.button(
                    escape(style.name),
                    icon=":material/close:",
                    key=f"{form.operation}.style.off.{style.id}",
                    type="tertiary",
                    on_click=_switch,
                    args=(form.operation, style),
                    help="Remove this style.",
                )
        if sent.strip():
            st.markdown(f":small[:gray[Sent:]]  \n{escape_lines(sent)}")
        else:
            st.caption("The style is added once there is a prompt.")
