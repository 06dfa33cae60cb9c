"""Run the starred cells of a cheap sheet at a higher quality, with the difference in price first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from components.library import LibraryUnavailable
from components.library.queries.sheet_cells import SKIPPED, cells_of, spent_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.sheet_inputs import stored_template
from components.parameters import estimate
from components.parameters.sheets import choices_of, make_plan, sheet_price
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars, estimate_text
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.sheets.add_values import with_values
from components.ui.sheets.later.batch import why_no_batch
from components.ui.sheets.later.moment import Way, chosen_time, draw_later
from components.ui.sheets.limits.confirm import draw_send, price_of
from components.ui.sheets.sending import add_cells

QUALITY = "quality"
PANEL = "sheet.finals"


def draw_finals(sheet: StoredSheet, count: int) -> None:
    """Draw the popover for the starred cells, of which there are `count`; nothing while none is starred."""
    if not count:
        return
    with st.popover(f"Finals of {count} starred", icon=":material/star:", key=PANEL, on_change="rerun") as panel:
        if panel.open:
            _draw_offer(sheet)


def _draw_offer(sheet: StoredSheet) -> None:
    cells = cells_of(workbench().library, sheet.id)
    starred = [cell for cell in cells if cell.cover is not None and cell.cover.starred]
    try:
        template = stored_template(workbench().library, sheet)
    except LibraryUnavailable as missing:
        st.caption(escape(str(missing)))
        return
    models = [str((cell.recipe or {}).get("model")) for cell in starred]
    offered = [one for one in choices_of(template.operation, models, QUALITY) if one != "auto"]
    if not offered:
        st.caption("The models of these cells have one quality only.")
        return
    at = offered.index("high") if "high" in offered else len(offered) - 1
    quality = st.selectbox("Quality", offered, index=at, key=f"sheet.finals.{sheet.id}")
    known = _place(sheet, quality)
    larger = template if known is not None else with_values(sheet, template, QUALITY, [quality])
    plan = make_plan(larger)
    axis = next((place for place, one in enumerate(plan.axes) if one.name == QUALITY), None)
    if axis is None or plan.problems:
        st.caption("These cells cannot be run at this quality.")
        return
    target = next(place for place, one in enumerate(plan.axes[axis].values) if one.value == quality)
    more = len(plan.axes) - len(sheet.axes)
    full = {cell.position: (*cell.places, *[0] * more) for cell in starred}
    finals = {position: (*places[:axis], target, *places[axis + 1 :]) for position, places in full.items()}
    wanted = frozenset(finals.values())
    done = {(*cell.places, *[0] * more) for cell in cells if cell.state != SKIPPED}
    new = [one.request for one in plan.cells if one.request and one.places in wanted and one.places not in done]
    if not new:
        st.caption("The sheet has these cells at this quality already; run one again at its cell.")
        return
    price = sheet_price(new)
    drafts = [cell for cell in starred if finals[cell.position] not in done]
    cost = price_of(sheet, [estimate(one).high for one in new], larger)
    line = cost.estimate_line(estimate_text(price.cost, price.images))
    st.caption(escape(f"{line}." if cost.is_free else _difference(drafts, price.cost.high, line)))
    label, key = f"Run {price.runs} at {quality}", f"sheet.finals.{sheet.id}.run"
    draw_send(sheet, cost, label, key, add_cells, sheet.id, larger, plan, wanted, panel=PANEL, type="primary")
    if (connection := next((one for one in connections.available() if one.id == sheet.connection_id), None)) is None:
        return
    left = None if sheet.cap is None else sheet.cap - spent_of(workbench().library, sheet.id)
    no_batch = why_no_batch(larger, new, left, price, connection)

    def draw(label: str, key: str, way: Way, is_off: bool) -> None:
        args = (sheet.id, larger, plan, wanted, way)
        how = way.text(chosen_time(way))
        draw_send(sheet, cost, label, key, add_cells, *args, panel=PANEL, how=how, disabled=is_off)

    st.markdown("**Later**")
    draw_later(key, price.runs, connection, no_batch, draw)


def _place(sheet: StoredSheet, quality: str) -> int | None:
    values: Sequence[Mapping[str, Any]] = next((axis["values"] for axis in sheet.axes if axis["name"] == QUALITY), ())
    return next((place for place, one in enumerate(values) if one["value"] == quality), None)


def _difference(drafts: Sequence[SheetCell], high: Decimal | None, text: str) -> str:
    """Return the price of the finals, what their drafts cost, and how much more that is at most."""
    costs = [cell.estimate if cell.cost is None else cell.cost for cell in drafts]
    if high is None or None in costs:
        return f"{text}."
    before = sum((one for one in costs if one is not None), Decimal(0))
    most = "at most " if any(cell.cost is None for cell in drafts) else ""
    more = f", so up to {dollars(high - before)} more" if high > before else ""
    return f"{text}; the drafts cost {most}{dollars(before)}{more}."
