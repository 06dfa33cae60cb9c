"""Save a prompt with its parameters, from a result or from a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.library.prompts.prompt_store import add_prompt, add_version, note_prompt_run, same_version
from components.library.queries.prompts import find_prompt
from components.parameters import OPERATIONS, Invalid
from components.parameters.sheets import as_written
from components.runs import RunView
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, owner

ICON = ":material/bookmark_add:"


def draw_save_prompt(view: RunView) -> None:
    """Draw the button that saves a run's prompt and parameters; nothing for an analysis."""
    if view.operation == "analyze" or not view.prompt.strip():
        return
    st.button(
        "Save to prompts",
        icon=ICON,
        key=f"save-prompt.{view.operation}",
        on_click=reports_unavailable(save_prompt),
        args=(written_recipe(view.recipe), view.id),
        help="Keep this prompt with its parameters on the Prompts page.",
    )


def written_recipe(recipe: Mapping[str, Any], *, keeps_variables: bool = False) -> dict[str, Any]:
    """Return a recipe whose prompt, used in a form, is read as the text that it is here; see `as_written`."""
    values = recipe.get("values", {})
    prompt = as_written(str(values.get("prompt") or ""), keeps_variables=keeps_variables)
    return {**recipe, "values": {**values, "prompt": prompt}}


def save_prompt(recipe: Mapping[str, Any], run_id: str = "", prompt_id: str = "") -> None:
    """Save a recipe as a new prompt, or as the next version of `prompt_id`. What is there already is not saved again.

    `run_id` is a run that it comes from, which becomes a result of the version.
    """
    library, whose = workbench().library, owner()
    try:
        known, number = same_version(library, recipe), None
        if known is not None:
            prompt_id, number = known
        elif prompt_id:
            number = add_version(library, prompt_id, recipe, owner=whose)
            if number is not None:
                note_action("prompt.changed", prompt_id, {"what": "version", "version": number})
        if number is None:
            prompt_id, number = add_prompt(library, recipe, owner=whose), 1
    except ValueError as refusal:
        defer(st.toast, escape(str(refusal)), icon=":material/error:")
        return
    if run_id:
        note_prompt_run(library, run_id, prompt_id, number)
    prompt = find_prompt(library, prompt_id)
    name = prompt.name if prompt is not None else ""
    said = f"Already in prompts: “{name}”" if known else f"Saved to prompts: “{name}”"
    defer(st.toast, escape(f"{said}, version {number}."), icon=ICON)


def form_recipe(form: Form) -> dict[str, Any]:
    """Return what a form holds, without default values and input images; its prompt may have variables."""
    values: dict[str, Any] = {}
    for parameter in OPERATIONS[form.operation].parameters:
        if parameter.name not in form.raw:
            continue
        try:
            value = parameter.kind.parse(form.raw[parameter.name])
        except Invalid:
            continue
        if value != parameter.default:
            values[parameter.name] = list(value) if isinstance(value, tuple) else value
    return {"operation": form.operation, "model": form.model, "values": values, "inputs": []}
