"""The variables of the prompt in a form, `{{subject}}`: fields to fill them in, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.parameters.prompts.prompt_variables import fill_variables, variables_of
from components.ui.base.deferred import deferred, peek
from components.ui.base.formatting.markdown_text import escape_label
from components.ui.forms.form_state import FormState
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state

LONGEST = 4000
PROMPT = "prompt"


def unfilled(operation: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the prompt's variables that are neither filled in nor marked to be sent unchanged."""
    as_is = page_state(FormState, operation).as_is
    return tuple(name for name in variables_of(str(values.get(PROMPT) or "")) if name not in as_is)


def unfilled_message(names: tuple[str, ...]) -> str:
    """Return why a prompt with these variables is not sent."""
    listed = ", ".join(f"{{{{{name}}}}}" for name in names)
    return f"Not filled in: {listed}. Fill in the fields below, or send the braces unchanged."


def draw_variables(operation: str, values: Mapping[str, Any]) -> None:
    """Draw a field for each variable of the prompt; nothing for a prompt without variables."""
    names = unfilled(operation, values)
    if not names:
        return
    keys = {name: field_key(operation, name) for name in names}
    with st.container(border=True, gap="small", key=f"{operation}-variables"):
        for name in names:
            st.text_input(escape_label(name), key=keys[name], max_chars=LONGEST, placeholder="a text, or {one|another}")
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Fill in",
                icon=":material/edit_square:",
                key=f"{operation}.variables.fill",
                on_click=deferred(_fill),
                args=(operation, str(values[PROMPT]), keys),
            )
            st.button(
                "Send unchanged",
                key=f"{operation}.variables.as-is",
                type="tertiary",
                on_click=_keep,
                args=(operation, names),
                help="The model receives the braces and names as text.",
            )


def field_key(operation: str, name: str) -> str:
    """Return the key of a variable's field."""
    return f"{operation}.variable.{name}"


def _fill(operation: str, prompt: str, keys: Mapping[str, str]) -> None:
    texts = {name: str(peek(key) or "") for name, key in keys.items()}
    filled = fill_variables(prompt, texts)
    if filled != prompt:
        leave_prefill(Prefill(operation, {PROMPT: filled}))


def _keep(operation: str, names: tuple[str, ...]) -> None:
    state = page_state(FormState, operation)
    state.as_is |= frozenset(names)
