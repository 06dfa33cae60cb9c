"""A version of a prompt: its text to be changed, its variables to be filled in, and the ways to use it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.library.prompts.prompt_store import LONGEST_NOTE, LONGEST_TEXT, add_version
from components.library.queries.prompts import PromptVersion, StoredPrompt
from components.parameters import CATALOGUE, OPERATIONS, as_sent, value_text
from components.parameters.prompts.prompt_variables import fill_variables, variables_of
from components.ui.base.deferred import defer, peek
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape, escape_label, escape_lines
from components.ui.forms.variables import LONGEST
from components.ui.process.workbench import workbench
from components.ui.prompts.prompt_list import OPERATIONS_WITH_PROMPT, PromptListState
from components.ui.session.address import go_to_page, show_run
from components.ui.session.owner import note_action, owner, person
from components.ui.session.prefill import Prefill, PromptSource, leave_prefill
from components.ui.session.state import page_state


def draw_version(prompt: StoredPrompt, shown: PromptVersion) -> None:
    """Draw a version. A change of its text is saved as a new version."""
    viewer = not person().may_run
    text = st.text_area("Prompt", shown.text, key=_text_key(shown), max_chars=LONGEST_TEXT, height=180, disabled=viewer)
    st.caption(escape(_parameters_line(shown)))
    if shown.note:
        st.caption(f":material/notes: {escape(shown.note)}")
    if text != shown.text:
        _draw_save(shown)
    for name in variables_of(text):
        st.text_input(escape_label(name), key=_variable_key(shown, name), max_chars=LONGEST)
    filled = _filled(shown, text)
    if filled != text:
        with st.container(border=True):
            st.markdown(escape_lines(filled))
    if viewer:
        return
    with st.container(horizontal=True, gap="small"):
        for operation in OPERATIONS_WITH_PROMPT:
            st.button(
                f"Use on {OPERATIONS[operation].label}",
                icon=":material/edit_note:",
                type="primary" if operation == shown.operation else "secondary",
                key=f"prompt.use.{operation}",
                on_click=reports_unavailable(_use),
                args=(operation, prompt, shown),
                help="Fill that page's form with the prompt and its parameters. Input images stay.",
            )


def _text_key(shown: PromptVersion) -> str:
    return f"prompt.text.{shown.prompt_id}.{shown.number}"


def _note_key(shown: PromptVersion) -> str:
    return f"prompt.note.{shown.prompt_id}.{shown.number}"


def _variable_key(shown: PromptVersion, name: str) -> str:
    return f"prompt.{shown.prompt_id}.variable.{name}"


def _filled(shown: PromptVersion, text: str) -> str:
    return fill_variables(text, {name: str(peek(_variable_key(shown, name)) or "") for name in variables_of(text)})


def _parameters_line(shown: PromptVersion) -> str:
    labels = {one.name: one.label for one in OPERATIONS[shown.operation].parameters}
    values = {name: value for name, value in shown.recipe.get("values", {}).items() if name != "prompt"}
    parts = [f"{labels.get(name, name)} {value_text(value)}" for name, value in values.items()]
    return " · ".join([OPERATIONS[shown.operation].label, str(shown.recipe.get("model")), *parts])


def _draw_save(shown: PromptVersion) -> None:
    st.text_input("What changed (optional)", key=_note_key(shown), max_chars=LONGEST_NOTE)
    st.button(
        "Save as a new version",
        icon=":material/save:",
        key=f"prompt.save.{shown.prompt_id}",
        on_click=reports_unavailable(_save),
        args=(shown,),
        help=f"Version {shown.number} stays as it is.",
    )


def _save(shown: PromptVersion) -> None:
    text, note = str(peek(_text_key(shown)) or ""), str(peek(_note_key(shown)) or "")
    recipe = {**shown.recipe, "values": {**shown.recipe.get("values", {}), "prompt": text}}
    try:
        number = add_version(workbench().library, shown.prompt_id, recipe, owner=owner(), note=note)
    except ValueError as refusal:
        page_state(PromptListState).refused = str(refusal)
        return
    if number is None:
        page_state(PromptListState).refused = "Somebody has just deleted this prompt, so nothing was saved."
        return
    note_action("prompt.changed", shown.prompt_id, {"what": "version", "version": number})
    st.session_state[_text_key(shown)] = shown.text  # the typed text is the new version's; this one shows its own again
    defer(st.toast, f"Saved as version {number}.", icon=":material/save:")


def _use(operation: str, prompt: StoredPrompt, shown: PromptVersion) -> None:
    """Leave the filled-in prompt and the version's parameters for a page, and go there."""
    filled = _filled(shown, str(peek(_text_key(shown)) or ""))
    recipe, known = shown.recipe, {one.name for one in OPERATIONS[operation].parameters}
    values: dict[str, Any] = {name: one for name, one in recipe.get("values", {}).items() if name in known}
    model = str(recipe.get("model") or "")
    if model and (model not in CATALOGUE or operation in CATALOGUE[model].operations):
        values["model"] = model
    source = PromptSource(prompt.id, shown.number, prompt.name, shown.text)
    leave_prefill(Prefill(operation, as_sent(operation, {**values, "prompt": filled}), clears_form=True, prompt=source))
    defer(show_run, None)
    defer(go_to_page, operation)
