"""Find images in the library for a comparison: the newest first, or those that match a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from components.library import StoredOutput, StoredRun
from components.library.queries.pages import Filter, page
from components.ui.base.deferred import deferred
from components.ui.base.formatting.time_format import when_text
from components.ui.base.run_json import VERSION_NAMES
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

PAGE_SIZE = 12  # runs that are offered first, and added by each press of "Show more"
MAX_NAME = 90  # of a prompt, in an image's name
WORDS = "compare.words"


@dataclass
class PickerState:
    """How many runs the picker offers."""

    limit: int = PAGE_SIZE


def image_name(output: StoredOutput, run: StoredRun) -> str:
    """Return an image's title, or its prompt."""
    text = " ".join((output.title or run.prompt).split()) or run.model
    return text if len(text) <= MAX_NAME else f"{text[:MAX_NAME].rstrip()}…"


def draw_picker(shown: Sequence[str], add: Callable[[str], None]) -> None:
    """Draw every image of the library except those `shown`; `add` receives the id of a clicked one."""
    st.subheader("Add an image")
    words = st.text_input(
        "Search",
        key=WORDS,
        placeholder="words of prompts, titles, notes, tags",
        icon=":material/search:",
        on_change=deferred(_reset_limit),
        persist_state="session",
        width=420,
    )
    limit = page_state(PickerState).limit  # of runs, beyond those whose images may all be shown already
    found = page(workbench().library, Filter(words=words or "", images_only=True), limit=limit + len(shown))
    offered = [(one, each.run) for each in found.runs for one in each.outputs if one.id not in shown]
    if not offered:
        st.caption("No image matches this search." if words else "The library has no other images.")
    draw_row("compare.offered", [_thumbnail(output, run) for output, run in offered], add, many=True)
    if found.after is not None:
        st.button(
            "Show more", icon=":material/expand_more:", key="compare.more", on_click=deferred(_more), args=(limit,)
        )


def _thumbnail(output: StoredOutput, run: StoredRun) -> Thumbnail:
    name = image_name(output, run)
    version = [VERSION_NAMES[output.role]] if output.role in VERSION_NAMES else []
    facts = [name, run.model, f"{output.width}x{output.height}", *version, when_text(run.created)]
    return Thumbnail(output.id, " · ".join(facts), thumb_of(output), label=name)


def _reset_limit() -> None:
    page_state(PickerState).limit = PAGE_SIZE


def _more(limit: int) -> None:
    page_state(PickerState).limit = limit + PAGE_SIZE
