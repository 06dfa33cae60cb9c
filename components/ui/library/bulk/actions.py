"""Actions on the gallery's selection: star, tag, collect, compare, use, run again, download, delete, restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.library.annotations import star
from components.library.queries.pages import Filter
from components.library.team.audit import ids_detail
from components.library.trash import (
    count_trash,
    count_trashed_answers,
    count_trashed_runs,
    empty_trash,
    move_to_trash,
    restore_from_trash,
)
from components.ui.base.deferred import defer, deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.export_links import draw_zip_all_link, draw_zip_link
from components.ui.base.undo_button import draw_undo
from components.ui.library.bulk.rerun import draw_bulk_rerun
from components.ui.library.bulk.send import draw_bulk_send
from components.ui.library.bulk.tagging import draw_collecting, draw_refusal, draw_tagging
from components.ui.library.page_state import LibraryState
from components.ui.library.selection import RUN_PREFIX, count_text, split_selection
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, person
from components.ui.session.personal.visibility import is_choice, make_private, why_not
from components.ui.session.state import page_state

MOST_COMPARED = 4


def has_trashed() -> bool:
    """Return whether Undo has something to restore from the trash."""
    return bool(page_state(LibraryState).trashed)


def draw_actions(
    selected: Sequence[str], clear: Callable[[], None], select_all: Callable[[], None], query: Filter
) -> None:
    """Draw one row above the grid, always at the same height, so that selecting moves nothing.

    Without a selection, it offers everything that matches `query` as one download.
    """
    chosen = split_selection(selected)
    outputs = chosen.outputs
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="library.actions"):
        if not selected:
            _draw_unselected(select_all, query)
            return
        st.markdown(f"**{len(selected)} selected**", width="content")
        if person().may_run:
            _draw_marking(outputs)
        if st.button(
            "Compare",
            icon=":material/compare:",
            key="act.compare",
            disabled=not 2 <= len(chosen.images) <= MOST_COMPARED,
            help=f"Show two to {MOST_COMPARED} images side by side.",
        ):
            st.switch_page("../../pages/compare.py", query_params={"outputs": ",".join(chosen.images)})
        if person().may_run:
            draw_bulk_send(chosen.images)
            draw_bulk_rerun(chosen.runs_without_image, clear)
        draw_zip_link(outputs, chosen.runs)
        if person().may_run:
            refusal = why_not("output", outputs) or why_not("run", chosen.runs)
            _draw_visibility(outputs, chosen.runs, refusal)
            st.button(
                "Delete",
                icon=":material/delete:",
                key="act.trash",
                on_click=_trash,
                args=(selected, clear),
                disabled=bool(refusal),
                help=refusal
                or f"Move to the trash for {workbench().library.retention.trash_days} days. Runs under way stay.",
            )
        st.button("Select none", key="act.none", type="tertiary", on_click=deferred(clear))
    draw_refusal()


def _draw_visibility(outputs: Sequence[str], runs: Sequence[str], refusal: str) -> None:
    if not is_choice():
        return
    with st.popover("Who sees it", icon=":material/visibility:", key="act.visibility", disabled=bool(refusal)):
        for label, is_private in (("Only me", True), ("The team", False)):
            st.button(
                label,
                key=f"act.visibility.{is_private}",
                width="stretch",
                on_click=reports_unavailable(partial(make_private, is_private, run_ids=runs, output_ids=outputs)),
            )


def _draw_marking(outputs: Sequence[str]) -> None:
    library, none = workbench().library, not outputs
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


def draw_trash_actions(selected: Sequence[str], clear: Callable[[], None]) -> None:
    """Draw the row above the trash: restore the selection, or delete everything for good."""
    library = workbench().library
    answers = count_trashed_answers(library)
    what = count_text(count_trash(library) - answers, answers, count_trashed_runs(library))
    if not what:
        draw_empty_state(
            f"The trash is empty. Deleted items stay for {workbench().library.retention.trash_days} days.",
            icon=":material/delete:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="trash.actions"):
        summary = (
            f"**{len(selected)} selected**"
            if selected
            else f"**{what}**, kept for {workbench().library.retention.trash_days} days"
        )
        st.markdown(summary, width="stretch")
        if not person().may_run:
            return
        st.button(
            "Restore",
            icon=":material/undo:",
            key="trash.out",
            on_click=_restore,
            args=(list(selected), clear),
            disabled=not selected,
        )
        with st.popover("Empty the trash", icon=":material/delete_forever:", key="trash.empty"):
            st.markdown(f"Delete {what} for good? This cannot be undone. Their cost stays in Spending.")
            st.button("Delete for good", key="trash.empty.now", on_click=_empty)


@reports_unavailable
def _empty() -> None:
    note_action("output.purged", detail={"count": empty_trash(workbench().library)})


@reports_unavailable
def _restore(ids: Sequence[str], clear: Callable[[], None]) -> None:
    chosen = split_selection(ids)
    restore_from_trash(workbench().library, chosen.outputs, run_ids=chosen.runs)
    note_action("output.restored", detail=ids_detail([*chosen.outputs, *chosen.runs]))
    clear()


def _draw_unselected(select_all: Callable[[], None], query: Filter) -> None:
    st.button(
        "Select all shown", icon=":material/select_all:", key="act.all", type="tertiary", on_click=deferred(select_all)
    )
    if trashed := page_state(LibraryState).trashed:
        are = "is" if len(trashed) == 1 else "are"
        st.caption(f":material/delete: {split_selection(trashed).summary} {are} in the trash.", width="content")
        draw_undo("act.undo", _restore, list(trashed), _forget_trashed)
    st.space("stretch")
    draw_zip_all_link(query)


@reports_unavailable
def _trash(ids: Sequence[str], clear: Callable[[], None]) -> None:
    trash_all(ids)
    clear()


def trash_all(ids: Sequence[str]) -> None:
    """Move outputs and runs without outputs to the trash, and offer Undo. Runs under way stay."""
    live = [one for one in ids if _is_under_way(one)]
    trashed = [one for one in ids if one not in live]
    chosen = split_selection(trashed)
    move_to_trash(workbench().library, chosen.outputs, run_ids=chosen.runs)
    if trashed:
        note_action("output.deleted", detail=ids_detail([*chosen.outputs, *chosen.runs]))
        page_state(LibraryState).trashed = trashed
    if live:
        what = "1 run is under way" if len(live) == 1 else f"{len(live)} runs are under way"
        defer(st.toast, f"{what} and cannot be deleted. Cancel first, then delete.", icon=":material/block:")


def _is_under_way(tile: str) -> bool:
    view = workbench().runner.view(tile.removeprefix(RUN_PREFIX)) if tile.startswith(RUN_PREFIX) else None
    return view is not None and not view.has_ended


def _forget_trashed() -> None:
    page_state(LibraryState).trashed = []
