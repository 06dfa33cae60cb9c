"""The saved lists that `{name}` in a prompt stands for."""

from __future__ import annotations

import re

import streamlit as st

from components.library.sheets.sheet_store import save_word_list, word_list_values
from components.parameters.sheets import lists_named
from components.ui.base.deferred import peek
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action

LONGEST = 20_000


def draw_lists(operation: str) -> None:
    """Draw a popover in which a list is written, changed, or deleted by saving it empty."""
    lists = word_list_values(workbench().library)
    with st.popover(f"Saved lists: {len(lists)}", icon=":material/list:", type="tertiary"):
        if lists:
            st.caption(escape(" · ".join(f"{{{name}}} has {len(values)}" for name, values in lists.items())))
        name = st.text_input(
            "Name",
            key=f"{operation}.list.name",
            max_chars=64,
            placeholder="lenses",
            help="Write {lenses} in the prompt.",
        ).strip()
        is_name = re.fullmatch(r"[A-Za-z][\w-]{0,63}", name) is not None
        if name and not is_name:
            st.caption("A list's name begins with a letter and has letters, digits, _ and - only.")
        words = st.text_area(
            "Values, one a line",
            value="\n".join(lists.get(name, ())),
            key=f"{operation}.list.words.{name}",
            max_chars=LONGEST,
        )
        values = _lines(words)
        st.button(
            "Save" if values or name not in lists else "Delete the list",
            key=f"{operation}.list.save",
            disabled=not is_name or (not values and name not in lists),
            on_click=reports_unavailable(_save),
            args=(name, values),
        )


def draw_missing_list(operation: str, prompt: str) -> None:
    """Draw a popover that saves the first list that a prompt names and that is not there."""
    known = word_list_values(workbench().library)
    name = next((one for one in lists_named(prompt) if one not in known), None)
    if name is None:
        return
    with st.popover(f"Save a list “{escape(name)}”", icon=":material/list:", type="tertiary"):
        key = f"{operation}.list.missing.{name}"
        words = st.text_area("Values, one a line", key=key, max_chars=LONGEST)
        if not _lines(words):
            st.caption(escape(f"Write what {{{name}}} stands for. Each line is a value."))
        # Always enabled: a press while the text is still in the browser brings it along.
        st.button(
            "Save the list",
            key=f"{operation}.list.missing.save",
            on_click=reports_unavailable(_save_missing),
            args=(name, key),
        )


def _save_missing(name: str, key: str) -> None:
    if values := _lines(str(peek(key) or "")):
        _save(name, values)


def _lines(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]


def _save(name: str, values: list[str]) -> None:
    save_word_list(workbench().library, name, values)
    note_action("list.changed" if values else "list.deleted", name, {"values": len(values)} if values else None)
