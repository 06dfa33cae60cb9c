"""The sheet in the stage: its cells, which fill by themselves, and what can be done with all of them.

The browser's part (sheet_view.js) asks for the cells while more is coming; Python runs again only when the sheet has
ended, or somebody did something.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from components.library.queries.sheet_cells import WAITING, cells_of
from components.library.queries.sheet_summary import (
    FAILED,
    UNDER_WAY,
    estimates_in,
    positions_in,
    summary_of,
)
from components.library.records import StoredSheet
from components.library.sheets.checks import asking_cost
from components.library.sheets.sheet_store import change_sheet, find_sheet
from components.settings import BUILT_IN_ID
from components.team.people import ONLY_OWNER
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import guarded, reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.process.workbench import workbench
from components.ui.results.recent_runs import select_run
from components.ui.results.stage.image_actions import follow_click, on_image_action
from components.ui.results.stage.marks import BY_LINK, handle_marks
from components.ui.results.stage.state import stage_state
from components.ui.session.address import go_to_sheet, is_linked, is_only_read, sheet_in_address
from components.ui.session.owner import is_mine, note_action, owner, person
from components.ui.session.personal.visibility import draw_sheet_visibility, why_not
from components.ui.sheets.add_values import draw_add_values
from components.ui.sheets.checks.mend import mend
from components.ui.sheets.checks.panel import draw_checks
from components.ui.sheets.connection_axis import draw_returned
from components.ui.sheets.downloads.panel import draw_downloads
from components.ui.sheets.finals import draw_finals
from components.ui.sheets.later.batch import draw_batches
from components.ui.sheets.later.starts import draw_start_now, draw_starts
from components.ui.sheets.limits.cap import draw_cap_problem, draw_new_cap, is_at_cap, new_cap, new_cap_key
from components.ui.sheets.limits.confirm import CellPrice, draw_send, price_of
from components.ui.sheets.limits.retry import draw_question, retry
from components.ui.sheets.reuse import draw_reuse
from components.ui.sheets.sending import send_cells
from components.ui.sheets.vote.page import draw_links
from components.ui.sheets.window import first_window, window_json

_SHEET = st.components.v2.component(
    "image_workbench_sheet",
    html='<div class="sheet"></div>',
    css=asset("sheets/sheet_view.css", "sheets/checks/verdicts.css", "base/browser/image_keys.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "base/browser/image_keys.js",
        "sheets/checks/verdicts.js",
        "sheets/cell_menu.js",
        "sheets/sheet_cells.js",
        "sheets/sheet_view.js",
    ),
)

STOPPED = {
    "cap": "Stopped at its cap. The cells that are left wait; a higher cap sends them.",
    "cancelled": "Stopped by hand. The cells that are left wait.",
    "unavailable": "Stopped, because the library or the disk could not take more. The cells that are left wait.",
}

_UNSENT: Mapping[str, Collection[str]] = {"waiting": {WAITING}, "failed": FAILED}


def draw_sheet(operation: str) -> bool:
    """Draw the sheet that the address names on an operation's page; return False, drawing nothing, for no sheet."""
    sheet_id = sheet_in_address()
    if sheet_id is None:
        return False
    sheet = find_sheet(workbench().library, sheet_id)
    if sheet is None:
        draw_empty_state("The sheet in this address is not in the library.", icon=":material/link_off:")
        return False
    go_to_sheet(sheet.id, str(sheet.template["operation"]))  # a link may name another operation's page
    is_active = workbench().sheets.is_active(sheet.id) or workbench().batches.is_active(sheet.id)
    _draw_head(sheet, is_active)
    _draw_actions(sheet, is_active)
    _draw_cells(sheet, is_active)
    draw_question(sheet)
    follow_click(here=operation)
    return True


def _draw_head(sheet: StoredSheet, is_active: bool) -> None:
    key, refusal = f"sheet.name.{sheet.id}", why_not("sheet", [sheet.id])
    st.text_input(
        "Name of the sheet",
        sheet.name,
        key=key,
        max_chars=200,
        label_visibility="collapsed",
        on_change=_take_name,
        args=(sheet.id, key),
        disabled=bool(refusal),
        help=refusal or None,
    )
    draw_sheet_visibility(sheet.id, sheet.owner, sheet.is_private)
    if not is_active and sheet.stopped in STOPPED:
        st.markdown(f":orange[:material/pause_circle:] {STOPPED[sheet.stopped]}")


def _take_name(sheet_id: str, key: str) -> None:
    defer(guarded(_rename), sheet_id, str(st.session_state[key]))


def _rename(sheet_id: str, name: str) -> None:
    change_sheet(workbench().library, sheet_id, name=name)


def _draw_cells(sheet: StoredSheet, is_active: bool) -> None:
    key = f"sheet.view.{sheet.id}"
    is_read = is_only_read(sheet.id) and not is_mine(sheet.id, sheet.owner)
    marked, handled = handle_marks(sheet.id, key, {sheet.id} if is_read else ())
    library = workbench().library
    is_changing = is_active or workbench().is_checking(sheet.id)

    def acted() -> None:
        event = peek(key).get("action")
        if isinstance(event, dict):
            defer(guarded(_act), sheet.id, str(event.get("name")), event)

    _SHEET(
        key=key,
        data={
            "sheet": window_json(library, sheet, first_window(len(sheet.axes)), is_active=is_changing),
            "address": app_address(f"/sheets/{sheet.id}.json"),
            "handled": handled,
            "compared": stage_state().compared,
            "is_link": is_linked(sheet.id),
            "readOnly": BY_LINK if is_read else "",
        },
        on_acts_change=marked,
        on_ended_change=lambda: None,
        on_action_change=acted,
    )


def _act(sheet_id: str, name: str, event: Mapping[str, Any]) -> None:
    """Open a cell's run and fill the form with it, run it again, or do with its image what its key does."""
    position = int(event.get("position", -1))
    if name == "open":
        for cell in cells_of(workbench().library, sheet_id, position):
            shown = cell.run_id if cell.cover is None or event.get("newest") else cell.cover.run_id
            if shown is not None:
                select_run(shown)
    elif name == "retry":
        retry(sheet_id, position)
    elif name == "mend":
        mend(sheet_id, str(event.get("output")))
    else:
        on_image_action(name, str(event.get("output")))


def _cancel(sheet_id: str, by: str) -> None:
    workbench().library.require_own("sheet", [sheet_id])
    note_action("sheet.cancelled", sheet_id)
    workbench().starts.cancel(sheet_id)
    workbench().sheets.cancel(sheet_id, by, workbench().runner.cancel)
    workbench().batches.cancel(sheet_id, by)


def _draw_actions(sheet: StoredSheet, is_active: bool) -> None:
    summary = summary_of(workbench().library, sheet.id)
    waiting, failed = summary.count({WAITING}), summary.count(FAILED)
    is_active = is_active or summary.count(UNDER_WAY) > 0  # sent by another server
    draw_batches(sheet, has_waiting=waiting > 0)
    is_planned = draw_starts(sheet)
    is_active = is_planned or is_active
    prices = {} if is_active else _prices(sheet, {"waiting": waiting, "failed": failed})
    raises_cap = bool(prices) and is_at_cap(sheet) and person().may_change(sheet.owner)
    if raises_cap:
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            draw_new_cap(sheet, {WAITING} if waiting else FAILED)
            _draw_unsents(sheet, prices)
        draw_cap_problem(sheet, {WAITING} if waiting else FAILED)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="sheet-actions"):
        if is_active:
            st.button(
                "Cancel",
                icon=":material/stop:",
                key="sheet.cancel",
                on_click=reports_unavailable(_cancel),
                args=(sheet.id, owner()),
                **_only_own(sheet),
            )
        if is_planned:
            draw_start_now(sheet)
        if not raises_cap:
            _draw_unsents(sheet, prices)
        draw_returned(sheet)
        draw_add_values(sheet)
        draw_finals(sheet, summary.starred)
        draw_reuse(sheet)
        draw_checks(sheet)
        draw_links(sheet, summary.images)
        draw_downloads(sheet, has_images=summary.images > 0)
    if prices:
        st.caption(escape(" · ".join(f"{price.runs} {name}: {price.text}" for name, price in prices.items())))
    if summary.cost and not summary.count(UNDER_WAY):
        asked = asking_cost(workbench().library, sheet.id)
        more = f" The answers of models to its checks cost {dollars(asked)} more." if asked else ""
        st.caption(escape(f"The newest runs of its cells cost {dollars(summary.cost)}.{more}"))
    elif summary.count(UNDER_WAY) and sheet.connection_id != BUILT_IN_ID:
        st.caption("What its cells cost is added up at the end.")  # a line then, too: the cells do not move


def _send_all(sheet_id: str, states: Collection[str]) -> None:
    """Send the cells in these states, after a cap stopped the sheet under the higher one in its field alone."""
    library = workbench().library
    sheet, cap = find_sheet(library, sheet_id), None
    if sheet is not None and is_at_cap(sheet) and (text := peek(new_cap_key(sheet))) is not None:
        cap = new_cap(sheet, str(text), states)
        if cap is None:
            return  # the field says why
    send_cells(sheet_id, positions_in(library, sheet_id, states), cap)


def _prices(sheet: StoredSheet, counts: Mapping[str, int]) -> dict[str, CellPrice]:
    """Return what the cells of each kind may cost, of those that there are."""
    library = workbench().library
    found = {name: estimates_in(library, sheet.id, _UNSENT[name]) for name, count in counts.items() if count}
    return {name: price_of(sheet, estimates) for name, estimates in found.items()}


def _draw_unsents(sheet: StoredSheet, prices: Mapping[str, CellPrice]) -> None:
    """Draw the buttons that send the cells which wait or failed, of the kinds that there are."""
    looks = {
        "waiting": ("Send the {} waiting", ":material/send:", "sheet.rest"),
        "failed": ("Run {} failed again", ":material/refresh:", "sheet.failed"),
    }
    for name, price in prices.items():
        label, icon, key = looks[name]
        states = _UNSENT[name]
        draw_send(
            sheet, price, label.format(price.runs), key, _send_all, sheet.id, states, icon=icon, **_only_own(sheet)
        )


def _only_own(sheet: StoredSheet) -> dict[str, Any]:
    """Return the options of a button that is enabled only for people who may change the sheet."""
    is_own = person().may_change(sheet.owner)
    return {"disabled": not is_own, "help": None if is_own else ONLY_OWNER}
