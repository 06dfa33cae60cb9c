"""Uses what was dropped on a page: a recipe fills its operation's form in, an imported ZIP is told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.parameters import OPERATIONS, InputImage, Invalid, read_recipe
from components.ui.base.assets import asset
from components.ui.base.markdown_text import escape
from components.ui.library.selection import counted
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_recipe, page_of
from components.ui.session.address import show_run

_DROP = st.components.v2.component(
    "image_workbench_drop",
    html='<div class="drop"></div>',
    css=asset("drop_anywhere.css"),
    js=asset("base/common.js", "drop_anywhere.js"),
)
_TOLD = "dropping.told"


def prepare_dropping() -> None:
    """Take files dropped anywhere on this page, and tell what came of the last one."""
    if told := st.session_state.pop(_TOLD, None):
        st.toast(escape(told[0]), icon=told[1], duration="long")  # names of files, and words of whoever made them
    event = _DROP(key="dropping", on_taken_change=lambda: None)
    if event.taken:
        use_taken(event.taken)


def use_taken(taken: Mapping[str, Any]) -> None:
    """Use what the server found in a file, then go to the page where it shows."""
    name = str(taken.get("name") or "the file")
    if isinstance(done := taken.get("imported"), Mapping):
        st.session_state[_TOLD] = (imported_text(name, done), ":material/inventory_2:")
        st.switch_page("../../pages/library.py")
    try:
        operation, missing = fill_from_recipe(taken.get("recipe"))
    except Invalid as refusal:
        st.session_state[_TOLD] = (f"{name}: {refusal.message}", ":material/error:")
        st.rerun()
    label = OPERATIONS[operation].label
    note = f"{label} is filled in with the recipe of {name}."
    if missing:
        count = "1 picture that went in is" if missing == 1 else f"{missing} pictures that went in are"
        note += f" {count} not in this library: add them again."
    st.session_state[_TOLD] = (note, ":material/receipt_long:")
    show_run(None)
    st.switch_page(page_of(operation))


def fill_from_recipe(data: Any) -> tuple[str, int]:
    """Fill the form of a recipe's operation; gives it, and how many of its inputs this library does not have.

    Raises Invalid when it is no recipe.
    """
    operation, raw = read_recipe(data)
    found: dict[str, list[InputImage]] = {}
    missing = 0
    listed = data.get("inputs")
    for one in listed if isinstance(listed, list) else ():
        image = workbench().library.input(str(one.get("sha256"))) if isinstance(one, Mapping) else None
        if image is None:
            missing += 1
        else:
            found.setdefault(str(one.get("role")), []).append(image)
    load_recipe(operation, raw, data, found)
    return operation, missing


def imported_text(name: str, done: Mapping[str, Any]) -> str:
    """What an import brought, in a sentence or three."""
    count, answers = int(done.get("outputs") or 0), int(done.get("answers") or 0)
    text = f"{name}: {counted(count - answers, answers) or '0 pictures'} imported."
    if known := int(done.get("known") or 0):
        text += f" {known} {'was' if known == 1 else 'were'} here already."
    if refusals := int(done.get("refusals") or 0):
        text += f" {refusals} could not be taken: {' '.join(map(str, done.get('refused') or ()))}"
    return text
