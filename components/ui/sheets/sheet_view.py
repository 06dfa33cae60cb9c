"""The sheet in the stage: its cells, which fill by themselves, and what can be done with all of them.

The browser's part (sheet_view.js) asks for the cells while more is coming; Python runs again only when the sheet has
ended, or somebody did something.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from components.library.annotations import star
from components.library.queries.sheet_cells import WAITING, cells_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets import change_sheet, find_sheet
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import guarded, reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.process.exports import export_address
from components.ui.process.workbench import workbench
from components.ui.session.address import sheet_in_address, show_run
from components.ui.session.owner import owner
from components.ui.sheets.add_values import draw_add_values
from components.ui.sheets.finals import draw_finals
from components.ui.sheets.reuse import draw_reuse
from components.ui.sheets.sending import send_cells
from components.ui.sheets.sheet_json import UNDER_WAY, sheet_json
from components.ui.sheets.vote.page import draw_links

_SHEET = st.components.v2.component(
    "image_workbench_sheet",
    html='<div class="sheet"></div>',
    css=asset("sheets/sheet_view.css"),
    js=asset("base/common.js", "sheets/sheet_view.js"),
)

STOPPED = {
    "cap": "Stopped at its cap. The cells that are left wait.",
    "cancelled": "Stopped by hand. The cells that are left wait.",
    "unavailable": "Stopped, because the library or the disk could not take more. The cells that are left wait.",
}


def draw_sheet() -> bool:
    """Draw the sheet that the address names; return False, drawing nothing, where it names none."""
    sheet_id = sheet_in_address()
    if sheet_id is None:
        return False
    sheet = find_sheet(workbench().library, sheet_id)
    if sheet is None:
        draw_empty_state("The sheet in this address is not in the library.", icon=":material/link_off:")
        return False
    cells = cells_of(workbench().library, sheet.id)
    is_active = workbench().sheets.is_active(sheet.id)
    _draw_head(sheet, cells, is_active)
    _draw_cells(sheet, cells, is_active)
    _draw_actions(sheet, cells, is_active)
    return True


def _draw_head(sheet: StoredSheet, cells: Sequence[SheetCell], is_active: bool) -> None:
    key = f"sheet.name.{sheet.id}"
    st.text_input(
        "Name of the sheet",
        sheet.name,
        key=key,
        max_chars=200,
        label_visibility="collapsed",
        on_change=_take_name,
        args=(sheet.id, key),
    )
    if not is_active and sheet.stopped in STOPPED:
        st.markdown(f":orange[:material/pause_circle:] {STOPPED[sheet.stopped]}")


def _take_name(sheet_id: str, key: str) -> None:
    defer(guarded(_rename), sheet_id, str(st.session_state[key]))


def _rename(sheet_id: str, name: str) -> None:
    change_sheet(workbench().library, sheet_id, name=name)


def _draw_cells(sheet: StoredSheet, cells: Sequence[SheetCell], is_active: bool) -> None:
    key = f"sheet.view.{sheet.id}"

    def acted() -> None:
        event = peek(key).get("action")
        if isinstance(event, dict):
            defer(guarded(_act), sheet.id, str(event.get("name")), int(event.get("position", -1)))

    _SHEET(
        key=key,
        data={"sheet": sheet_json(sheet, cells, is_active=is_active), "address": f"/sheets/{sheet.id}.json"},
        on_ended_change=lambda: None,
        on_action_change=acted,
    )


def _act(sheet_id: str, name: str, position: int) -> None:
    """Do what was clicked at one cell: open its run, star its image, or run it again."""
    found = cells_of(workbench().library, sheet_id, position)
    if not found:
        return
    (cell,) = found
    if name == "open" and cell.run_id is not None:
        show_run(cell.run_id)
    elif name == "star" and cell.cover is not None:
        star(workbench().library, [cell.cover.id], not cell.cover.starred)
    elif name == "retry":
        send_cells(sheet_id, [position])


def _cancel(sheet_id: str, by: str) -> None:
    workbench().sheets.cancel(sheet_id, by)


def _draw_actions(sheet: StoredSheet, cells: Sequence[SheetCell], is_active: bool) -> None:
    waiting = [cell.position for cell in cells if cell.state == WAITING]
    failed = [cell.position for cell in cells if cell.state in {"failed", "cancelled", "interrupted"}]
    images = tuple(cell.cover.id for cell in cells if cell.cover is not None)
    spent = sum((cell.cost for cell in cells if cell.cost is not None), Decimal(0))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if is_active:
            _button("Cancel", ":material/stop:", "cancel", _cancel, sheet.id, owner())
        elif waiting:
            _button(f"Send the {len(waiting)} waiting", ":material/send:", "rest", send_cells, sheet.id, waiting)
        if failed and not is_active:
            _button(f"Run {len(failed)} failed again", ":material/refresh:", "failed", send_cells, sheet.id, failed)
        draw_add_values(sheet, cells)
        draw_finals(sheet, cells)
        draw_reuse(sheet)
        draw_links(sheet, len(images))
        _draw_downloads(sheet, images)
    if spent and not any(cell.state in UNDER_WAY for cell in cells):
        st.caption(escape(f"These runs cost {dollars(spent)}."))


def _button(label: str, icon: str, name: str, action: Any, *args: Any) -> None:
    st.button(label, icon=icon, key=f"sheet.{name}", on_click=reports_unavailable(action), args=args)


def _draw_downloads(sheet: StoredSheet, images: tuple[str, ...]) -> None:
    with st.popover("Download", icon=":material/download:"):
        st.link_button("One labelled image", f"/sheets/{sheet.id}.png", width="stretch")
        if images:
            st.link_button("Images with recipes (ZIP)", export_address((images, ())), width="stretch")
        st.link_button("Table (CSV)", f"/sheets/{sheet.id}.csv", width="stretch")
