"""What can be done with what is selected in the gallery: star, tag, collect, download, delete and take that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.library import Library
from components.library.keeping import (
    BIN_DAYS,
    bin_size,
    empty_bin,
    put_in_bin,
    star,
    take_from_bin,
)
from components.library.paging import Filter
from components.ui.downloads import offer_all, offer_zip
from components.ui.gallery_again import draw_again
from components.ui.gallery_keep import draw_collecting, draw_refusal, draw_tagging
from components.ui.gallery_use import draw_using
from components.ui.unavailable import telling
from components.ui.workbench import workbench

# What stands before the id of a run that made no picture.
RUN = "run:"
_BINNED = "library.binned"
MOST_COMPARED = 4


def note_binned(output_ids: Sequence[str]) -> None:
    """Offer to take these out of the bin again."""
    st.session_state[_BINNED] = list(output_ids)


def has_binned() -> bool:
    """Whether there is something that Undo would take out of the bin again."""
    return bool(st.session_state.get(_BINNED))


def draw_actions(
    selected: Sequence[str], clear: Callable[[], None], select_all: Callable[[], None], asked: Filter
) -> None:
    """One row above the grid, always there and as high, so that selecting moves nothing.

    With nothing selected, all that fits what is asked can be downloaded: a collection, a month, a person's.
    """
    outputs = [one for one in selected if not one.startswith(RUN)]
    runs = [one.removeprefix(RUN) for one in selected if one.startswith(RUN)]
    library = workbench().library
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="library.actions"):
        if not selected:
            _draw_hint(select_all, asked)
            return
        st.markdown(f"**{len(selected)} selected**", width="content")
        none = not outputs
        st.button(
            "Star",
            icon=":material/star:",
            key="act.star",
            on_click=telling(star),
            args=(library, outputs),
            disabled=none,
        )
        st.button("Unstar", key="act.unstar", on_click=telling(star), args=(library, outputs, False), disabled=none)
        draw_tagging(outputs)
        draw_collecting(outputs)
        if st.button(
            "Compare",
            icon=":material/compare:",
            key="act.compare",
            disabled=not 2 <= len(outputs) <= MOST_COMPARED,
            help=f"Two to {MOST_COMPARED} pictures beside each other.",
        ):
            st.switch_page("../../pages/compare.py", query_params={"outputs": ",".join(outputs)})
        draw_using(outputs)
        draw_again(runs, clear)
        offer_zip(outputs, runs)
        st.button(
            "Delete",
            icon=":material/delete:",
            key="act.bin",
            on_click=_bin,
            args=(library, outputs, clear),
            help=f"Into the bin, where pictures stay for {BIN_DAYS} days.",
            disabled=none,
        )
        st.button("Select none", key="act.none", type="tertiary", on_click=clear)
    draw_refusal()


def draw_bin_actions(selected: Sequence[str], clear: Callable[[], None]) -> None:
    """The row above what was deleted."""
    library = workbench().library
    count = bin_size(library)
    if not count:
        st.info(f"The bin is empty. What is deleted stays here for {BIN_DAYS} days.", icon=":material/delete:")
        return
    what = "1 picture" if count == 1 else f"{count} pictures"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bin.actions"):
        told = f"**{len(selected)} of {what}** selected" if selected else f"**{what}**, for {BIN_DAYS} days each"
        st.markdown(told, width="stretch")
        st.button(
            "Take out",
            icon=":material/undo:",
            key="bin.out",
            on_click=_take_out,
            args=(list(selected), clear),
            disabled=not selected,
        )
        with st.popover("Empty the bin", icon=":material/delete_forever:", key="bin.empty"):
            st.markdown(f"{what} will be gone for good. This cannot be taken back. What they cost stays counted.")
            st.button("Delete for good", key="bin.empty.now", on_click=_empty)


@telling
def _empty() -> None:
    empty_bin(workbench().library)


@telling
def _take_out(outputs: Sequence[str], clear: Callable[[], None]) -> None:
    take_from_bin(workbench().library, outputs)
    clear()


def _draw_hint(select_all: Callable[[], None], asked: Filter) -> None:
    st.button("Select all shown", key="act.all", type="tertiary", on_click=select_all)
    if binned := st.session_state.get(_BINNED, []):
        what = "1 picture is" if len(binned) == 1 else f"{len(binned)} pictures are"
        st.markdown(f":material/delete: {what} in the bin.", width="content")
        st.button("Undo", icon=":material/undo:", key="act.undo", on_click=_undo)
    st.space("stretch")
    offer_all(asked)


@telling
def _bin(library: Library, outputs: Sequence[str], clear: Callable[[], None]) -> None:
    put_in_bin(library, outputs)
    note_binned(outputs)
    clear()


@telling
def _undo() -> None:
    take_from_bin(workbench().library, st.session_state.get(_BINNED, []))
    st.session_state.pop(_BINNED, None)
