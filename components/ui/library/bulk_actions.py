"""What can be done with what is selected in the gallery: star, tag, collect, download, delete and take that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.library.annotations import (
    BIN_DAYS,
    answers_in_bin,
    bin_size,
    empty_bin,
    put_in_bin,
    runs_in_bin,
    star,
    take_from_bin,
)
from components.library.queries.pages import Filter
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.export_links import draw_zip_all_link, draw_zip_link
from components.ui.library.bulk_rerun import draw_again
from components.ui.library.bulk_send import draw_using
from components.ui.library.bulk_tagging import draw_collecting, draw_refusal, draw_tagging
from components.ui.library.selection import RUN, apart, counted
from components.ui.process.workbench import workbench

_BINNED = "library.binned"
MOST_COMPARED = 4


def has_binned() -> bool:
    """Whether there is something that Undo would take out of the bin again."""
    return bool(st.session_state.get(_BINNED))


def draw_actions(
    selected: Sequence[str], clear: Callable[[], None], select_all: Callable[[], None], asked: Filter
) -> None:
    """One row above the grid, always there and as high, so that selecting moves nothing.

    With nothing selected, all that fits what is asked can be downloaded: a collection, a month, a person's.
    """
    chosen = apart(selected)
    outputs = chosen.outputs
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
            on_click=reports_unavailable(star),
            args=(library, outputs),
            disabled=none,
        )
        st.button(
            "Unstar",
            key="act.unstar",
            on_click=reports_unavailable(star),
            args=(library, outputs, False),
            disabled=none,
        )
        draw_tagging(outputs)
        draw_collecting(outputs)
        if st.button(
            "Compare",
            icon=":material/compare:",
            key="act.compare",
            disabled=not 2 <= len(chosen.pictures) <= MOST_COMPARED,
            help=f"Two to {MOST_COMPARED} pictures beside each other.",
        ):
            st.switch_page("../../pages/compare.py", query_params={"outputs": ",".join(chosen.pictures)})
        draw_using(chosen.pictures)
        draw_again(chosen.without_picture, clear)
        draw_zip_link(outputs, chosen.runs)
        st.button(
            "Delete",
            icon=":material/delete:",
            key="act.bin",
            on_click=_bin,
            args=(selected, clear),
            help=f"Into the bin, for {BIN_DAYS} days. What is under way stays.",
        )
        st.button("Select none", key="act.none", type="tertiary", on_click=clear)
    draw_refusal()


def draw_bin_actions(selected: Sequence[str], clear: Callable[[], None]) -> None:
    """The row above what was deleted."""
    library = workbench().library
    answers = answers_in_bin(library)
    what = counted(bin_size(library) - answers, answers, runs_in_bin(library))
    if not what:
        draw_empty_state(f"The bin is empty. What is deleted stays here for {BIN_DAYS} days.", icon=":material/delete:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bin.actions"):
        told = f"**{len(selected)} selected**" if selected else f"**{what}**, for {BIN_DAYS} days each"
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
            st.markdown(f"Gone for good: {what}. This cannot be taken back. What they cost stays counted.")
            st.button("Delete for good", key="bin.empty.now", on_click=_empty)


@reports_unavailable
def _empty() -> None:
    empty_bin(workbench().library)


@reports_unavailable
def _take_out(ids: Sequence[str], clear: Callable[[], None]) -> None:
    chosen = apart(ids)
    take_from_bin(workbench().library, chosen.outputs, run_ids=chosen.runs)
    clear()


def _draw_hint(select_all: Callable[[], None], asked: Filter) -> None:
    st.button("Select all shown", key="act.all", type="tertiary", on_click=select_all)
    if binned := st.session_state.get(_BINNED, []):
        are = "is" if len(binned) == 1 else "are"
        st.caption(f":material/delete: {apart(binned).words} {are} in the bin.", width="content")
        st.button("Undo", icon=":material/undo:", key="act.undo", on_click=_undo)
    st.space("stretch")
    draw_zip_all_link(asked)


@reports_unavailable
def _bin(ids: Sequence[str], clear: Callable[[], None]) -> None:
    bin_all(ids)
    clear()


def bin_all(ids: Sequence[str]) -> None:
    """Put outputs and runs without any into the bin, and offer to take them out again. What is under way stays."""
    stays = [one for one in ids if _is_under_way(one)]
    chosen = apart(gone := [one for one in ids if one not in stays])
    put_in_bin(workbench().library, chosen.outputs, run_ids=chosen.runs)
    if gone:
        st.session_state[_BINNED] = gone
    if stays:
        what = "1 run is under way and stays" if len(stays) == 1 else f"{len(stays)} runs are under way and stay"
        st.toast(f"{what} here. Cancel first, then delete.", icon=":material/block:")


def _is_under_way(tile: str) -> bool:
    view = workbench().runner.view(tile.removeprefix(RUN)) if tile.startswith(RUN) else None
    return view is not None and not view.has_ended


@reports_unavailable
def _undo() -> None:
    chosen = apart(st.session_state.get(_BINNED, []))
    take_from_bin(workbench().library, chosen.outputs, run_ids=chosen.runs)
    st.session_state.pop(_BINNED, None)
