"""The strip of runs above the result: a click shows a run and fills the form with it, or shows a sheet.

All runs of a sheet are one item of the strip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.library import RunSummary
from components.library.db.schema import ENDED
from components.library.queries.recent import Owned
from components.library.sheets.sheet_store import sheet_of_run
from components.ui.base.deferred import deferred
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_run
from components.ui.session.address import go_to_page, run_in_address, sheet_in_address, show_run
from components.ui.session.owner import begun_here, owner
from components.ui.session.sheet_prefill import select_sheet
from components.ui.session.state import page_state

SHOWN = 24  # at first, and how many more each time that older ones are wanted
MOST_SHOWN = 240  # the library has all others
SEARCHED = 60  # runs for each 24; of more failures than that in a row, the strip shows no run before them
OLDER, LIBRARY = "older", "library"  # in place of a run's id: what the first item of a strip leads to
MINE, EVERYONE = "Mine", "Everyone's"
SHEET = "sheet:"  # before a sheet's id, among ids of runs


@dataclass
class StripState:
    """How the strip of an operation is shown: whose runs, whether failed ones are in it, and at most how many."""

    mine: bool = False
    failed: bool = False
    most: int = SHOWN

    @property
    def searched(self) -> int:
        """Return how many runs are looked through."""
        return SEARCHED * self.most // SHOWN


def draw_recent(operation: str) -> DeltaGenerator | None:
    """Draw the newest stored runs of an operation, the newest on the right; nothing if there are none.

    Failed runs are collapsed into a button. Alt+Left and Alt+Right step through what is in the strip; where there are
    older runs, its first item brings them. Return its container, for what stands beside it.
    """
    state = page_state(StripState, operation)
    runs, others = _find_runs(operation, state)
    failed = [run for run in runs if has_failed(run)]
    current = _current_item(runs)
    shown = [run for run in runs if state.failed or run not in failed or _item(run) == current]
    older = [_older(state)] if len(shown) > state.most or len(runs) == state.searched else []
    if not runs and not others:
        return None
    strip = st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"strip-{operation}")
    with strip:
        draw_row(
            f"recent.{operation}",
            [*older, *(_thumbnail(run, current) for run in reversed(shown[: state.most]))],
            partial(_select, state=state),
            steps=True,
        )
        _draw_filters(operation, state, len(failed), others)
    return strip


def has_failed(run: RunSummary) -> bool:
    """Return whether a run ended without an image; a sheet has not failed because its newest cell has."""
    return run.state in ENDED and run.state != "done" and run.cover is None and not run.sheet_id


def _item(run: RunSummary) -> str:
    return f"{SHEET}{run.sheet_id}" if run.sheet_id else run.id


def _current_item(runs: Sequence[RunSummary]) -> str | None:
    """Return the item of the strip that the page shows: a sheet, also while one of its runs is shown, or a run."""
    run_id = run_in_address()
    sheet_id = sheet_in_address()
    if run_id and not sheet_id and any(run.sheet_id for run in runs):
        sheet_id = sheet_of_run(workbench().library, run_id)
    return f"{SHEET}{sheet_id}" if sheet_id else run_id


def _older(state: StripState) -> Thumbnail:
    if state.most < MOST_SHOWN:
        return Thumbnail(OLDER, f"Show {SHOWN} older runs", "", "Older")
    return Thumbnail(LIBRARY, "Older runs are in the Library", "", "Older in the Library")


def _select(item: str, state: StripState | None = None) -> None:
    if item == OLDER and state is not None:
        state.most += SHOWN
    elif item == LIBRARY:
        go_to_page("library")
    elif item.startswith(SHEET):
        select_sheet(item.removeprefix(SHEET))
    else:
        select_run(item)


def select_run(run_id: str) -> None:
    """Show a run and fill its page's form with what it was sent; what was in the form is one Undo away."""
    view = workbench().runner.view(run_id)
    if view is None or view.is_purged:
        show_run(run_id)
        return
    load_run(view)
    show_run(run_id)


def _find_runs(operation: str, state: StripState) -> tuple[Sequence[RunSummary], bool]:
    """Return the runs to choose from, and whether there are runs of others too."""
    library = workbench().library
    everyone = library.recent(operation=operation, limit=state.searched, fold_sheets=True)
    begun, name = frozenset(begun_here()), owner()
    others = state.mine or any(run.id not in begun for run in everyone)
    if not state.mine:
        return everyone, others
    owned = Owned(name, begun)
    return library.recent(operation=operation, limit=state.searched, owned=owned, fold_sheets=True), others


def _thumbnail(run: RunSummary, current: str | None) -> Thumbnail:
    title = f"{run.prompt[:120] or run.model} ({run.model}, {run.state})"
    if run.sheet_id:
        title = f"Sheet: {run.prompt[:120] or run.model}"
    item = _item(run)
    return Thumbnail(item, title, thumb_of(run.cover), run.state, item == current, stacked=bool(run.sheet_id))


def _draw_filters(operation: str, state: StripState, failed: int, others: bool) -> None:
    if failed:
        st.button(
            f"Hide {failed} failed" if state.failed else f"{failed} failed",
            key=f"strip.failed.{operation}",
            type="tertiary",
            on_click=deferred(_toggle_failed),
            args=(state,),
            width="content",
        )
    if not others:
        return
    key = f"strip.whose.{operation}"
    st.segmented_control(
        "Whose runs",
        [MINE, EVERYONE],
        default=MINE if state.mine else EVERYONE,
        required=True,
        key=key,
        on_change=deferred(_choose_whose),
        args=(state, key),
        label_visibility="collapsed",
        width="content",
    )


def _toggle_failed(state: StripState) -> None:
    state.failed = not state.failed


def _choose_whose(state: StripState, key: str) -> None:
    state.mine = st.session_state[key] == MINE
