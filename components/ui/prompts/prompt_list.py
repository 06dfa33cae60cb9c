"""The list of saved prompts: search, tags, and a new one."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.library.prompts.prompt_store import LONGEST_NAME, LONGEST_TEXT, add_prompt
from components.library.queries.prompts import StoredPrompt, find_prompts, prompt_tag_counts
from components.parameters import OPERATIONS
from components.parameters.prompts.clip import clip
from components.ui.base.deferred import deferred, peek
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import when_text
from components.ui.process.workbench import workbench
from components.ui.session.owner import owner, person
from components.ui.session.state import page_state

SAVED = "saved"  # the prompt in the address
LISTED = 60
SNIPPET = 140  # characters of a prompt in the list
OPERATIONS_WITH_PROMPT = [name for name, one in OPERATIONS.items() if any(p.name == "prompt" for p in one.parameters)]


@dataclass
class PromptListState:
    """The search, and why the last change was refused."""

    words: str = ""
    tag: str | None = None
    refused: str = ""


def prompt_in_address() -> str:
    """Return the id of the prompt in the address; "" for the list."""
    return st.query_params.get(SAVED, "")


def show_prompt(prompt_id: str) -> None:
    """Put a prompt into the address; "" shows the list."""
    if prompt_id:
        st.query_params[SAVED] = prompt_id
    else:
        st.query_params.pop(SAVED, None)


def draw_refusal() -> None:
    """Draw why the last change was refused, once."""
    state = page_state(PromptListState)
    if state.refused:
        st.markdown(f":red[:material/error: {escape(state.refused)}]")
        state.refused = ""


def draw_prompt_list() -> None:
    """Draw the search, and a card for each prompt that it finds."""
    library, state = workbench().library, page_state(PromptListState)
    counts = prompt_tag_counts(library)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="prompts-search"):
        st.text_input(
            "Search",
            value=state.words,
            key="prompts.words",
            max_chars=200,
            placeholder="words of names, prompts and tags",
            icon=":material/search:",
            on_change=_take_search,
        )
        tags = list(counts)
        st.selectbox(
            "Tag",
            tags,
            index=tags.index(state.tag) if state.tag in tags else None,
            format_func=lambda tag: f"{tag} ({counts[tag]})",
            key="prompts.tag",
            placeholder="any",
            width=150,
            on_change=_take_search,
        )
        if person().may_run:
            with st.popover("New prompt", icon=":material/add:"):
                _draw_new()
    draw_refusal()
    found = find_prompts(library, state.words, state.tag or "", limit=LISTED + 1)
    if not found:
        searches = state.words or state.tag
        draw_empty_state(
            "No saved prompt matches. Remove a word or the tag."
            if searches
            else "No prompts yet. Press “Save to prompts” on Generate, on Edit or under a result.",
            icon=":material/bookmarks:",
        )
    with st.container(key="prompts-cards"):
        for one in found[:LISTED]:
            _draw_card(one)
    if len(found) > LISTED:
        st.caption(f"The {LISTED} changed last. Search for others.")


def _take_search() -> None:
    state = page_state(PromptListState)
    state.words, state.tag = str(peek("prompts.words") or ""), peek("prompts.tag")


def _draw_new() -> None:
    st.segmented_control(
        "For",
        OPERATIONS_WITH_PROMPT,
        default=OPERATIONS_WITH_PROMPT[0],
        format_func=lambda name: OPERATIONS[name].label,
        key="prompts.new.operation",
    )
    st.text_input("Name", key="prompts.new.name", max_chars=LONGEST_NAME, placeholder="its first words")
    st.text_area(
        "Prompt",
        key="prompts.new.text",
        max_chars=LONGEST_TEXT,
        height=140,
        placeholder="Photo of {{product}} on {{color}} paper",
        help="{{product}} becomes a field to fill in. {red|blue} is a sheet of both.",
    )
    st.button(
        "Save",
        type="primary",
        key="prompts.new.save",
        on_click=reports_unavailable(_add),
    )


def _add() -> None:
    operation = peek("prompts.new.operation") or OPERATIONS_WITH_PROMPT[0]
    name, text = (str(peek(f"prompts.new.{one}") or "") for one in ("name", "text"))
    recipe = {"operation": operation, "model": OPERATIONS[operation].default_model, "values": {"prompt": text}}
    try:
        prompt_id = add_prompt(workbench().library, recipe, name=name, owner=owner())
    except ValueError as refusal:
        page_state(PromptListState).refused = str(refusal)
        return
    show_prompt(prompt_id)


def _draw_card(one: StoredPrompt) -> None:
    with st.container(border=True, gap="small", key=f"prompt-card-{one.id}"):
        st.button(
            escape(one.name), key=f"open.{one.id}", type="tertiary", on_click=deferred(show_prompt), args=(one.id,)
        )
        st.caption(escape(clip(one.newest.text, SNIPPET)))
        marks = [f":blue-badge[{escape(label.label)}]" for label in one.labels[:4]]
        marks += [f":gray-badge[{escape(tag)}]" for tag in one.tags[:4]]
        by = f" by {one.newest.owner}" if one.newest.owner else ""
        facts = f"version {one.newest.number}, {when_text(one.newest.created)}{by}"
        st.markdown(f"{' '.join(marks)} :small[:gray[{escape(facts)}]]")
