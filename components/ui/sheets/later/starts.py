"""A sheet's planned starts on the screen: when they are, what keeps one waiting, and that they can begin at once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import streamlit as st

from components.library import Library
from components.library.queries.sheet_cells import WAITING
from components.library.records import SheetStart, StoredSheet
from components.library.sheets.sheet_starts import starts_of
from components.runs.sheets.cell_request import has_connection_axis
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import moment_text
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action, person
from components.ui.sheets.later.moment import local_time, time_zone

_MISSING = (
    "It waits for {}. It is not there now: its key was only in memory, or it was removed from the server's settings. "
    "Enter the key on the Connections page, or have it set up again, and the app goes on."
)
_SEVERAL_MISSING = (
    "It waits for {}. They are not there now: their keys were only in memory, or they were removed from the server's "
    "settings. Enter the keys on the Connections page, or have them set up again, and the app goes on."
)
_WITHOUT = " To send the other cells without waiting, cancel this and send what waits."
LATE_SECONDS = 5.0  # from which a start that is due is said to wait for something


def draw_starts(sheet: StoredSheet) -> bool:
    """Draw when cells of a sheet start; return whether any are planned."""
    starts = starts_of(workbench().library, sheet.id)
    late = [one for one in starts if one.not_before < time.time() - LATE_SECONDS]
    if late:
        workbench().starts.offer(late, connections.available())
    zone = time_zone()
    for start in starts:
        count = f"{len(start.positions)} run{'s' * (len(start.positions) != 1)}"
        what = f"A batch of {count} is sent" if start.as_batch else f"{count} start" + "s" * (len(start.positions) == 1)
        when = moment_text(local_time(start.not_before)) + (f" ({zone})" if zone else "")
        st.markdown(f":material/schedule: {escape(f'{what} {when}')}. You can close this page.")
        why = start.problem or (_why_late(sheet, start) if start in late else "")
        if why:
            st.markdown(f":orange[:material/error:] {escape(why)}")
    return bool(starts)


def _why_late(sheet: StoredSheet, start: SheetStart) -> str:
    """Return which connections a start waits for; "" for one that is about to be sent."""
    missing = workbench().starts.missing(start)
    if not missing:
        return ""
    names = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
    text = (_MISSING if len(missing) == 1 else _SEVERAL_MISSING).format(names)
    return text + (_WITHOUT if has_connection_axis(sheet) else "")


def draw_start_now(sheet: StoredSheet) -> None:
    """Draw the button that starts now what is planned."""
    st.button(
        "Start now",
        icon=":material/play_arrow:",
        key="sheet.start-now",
        on_click=reports_unavailable(_start_now),
        args=(sheet.id,),
        disabled=not person().may_change(sheet.owner),
    )


def _start_now(sheet_id: str) -> None:
    library, here = workbench().library, connections.available()
    library.require_own("sheet", [sheet_id])
    note_action("sheet.submitted", sheet_id, {"planned": True})
    workbench().starts.start_at_once(sheet_id)
    workbench().starts.offer(starts_of(library, sheet_id), here)


def note_starts(library: Library, sheet: StoredSheet, found: dict[str, Any], cells: Iterable[dict[str, Any]]) -> bool:
    """Say in a sheet's JSON, and in that of its cells that wait, when they start; return whether any are planned."""
    starts = starts_of(library, sheet.id)
    times = {position: one.not_before for one in reversed(starts) for position in one.positions}
    for cell in cells:
        if cell["state"] == WAITING and cell["position"] in times:
            cell["starts"] = times[cell["position"]]
    if starts:
        found["planned"] = starts[0].not_before
    return bool(starts)
