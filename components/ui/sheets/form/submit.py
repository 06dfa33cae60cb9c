"""The end of the form for a sheet: its price, its table of cells, its limits, and the button that sends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import streamlit as st

from components.client import Connection
from components.library import LibraryUnavailable
from components.library.prompts.prompt_checks import begin_with_checks
from components.library.prompts.prompt_store import note_prompt_sheet
from components.library.queries.sheet_cells import WAITING, cells_of
from components.library.sheets.sheet_store import new_sheet
from components.library.team.audit import record
from components.parameters import Request
from components.parameters.prompts.clip import clip
from components.parameters.sheets import RULES, Plan, SheetPrice, SheetTemplate, total_price
from components.team.people import Person
from components.ui.base.deferred import close_popover, defer, deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.page_layout import run_bar
from components.ui.forms.checked_form import Form
from components.ui.forms.panel import draw_panel
from components.ui.forms.sending.budget_left import draw_left
from components.ui.forms.sending.open_runs import too_many_open
from components.ui.forms.sending.parent_tracking import prompt_source, send_derived
from components.ui.forms.sending.submit import Send, submit_form
from components.ui.forms.sending.unsent import UNSENT, connection_changed
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import show_sheet
from components.ui.session.owner import begun_here, draw_owner, person
from components.ui.session.personal.visibility import beside_only_me, wants_private
from components.ui.session.team_rules import refusals
from components.ui.sheets.form.cell_table import count_left_out, draw_cell_table
from components.ui.sheets.form.limit_fields import draw_cap, draw_rules
from components.ui.sheets.form.lists import draw_lists
from components.ui.sheets.form.parts import SheetPart, paid_price, parts_of, price_line, requests_of
from components.ui.sheets.form.vary import SheetForm, sheet_of
from components.ui.sheets.later.batch import why_never_batch, why_no_batch
from components.ui.sheets.later.moment import NOW, Way, chosen_time, draw_later, fact_of_start
from components.ui.sheets.limits.cap import read_cap
from components.ui.sheets.limits.confirm import needs_yes
from components.ui.sheets.state import sheet_state


def draw_sheet_submit(
    form: Form, sheet: SheetForm, connection: Connection, read: Callable[[], Form], send: Send = send_derived
) -> None:
    """Draw the price of the sheet and its button. `read` reads the form once more when that is pressed.

    `send` sends a form that is one run by then.
    """
    assert sheet.plan is not None
    assert sheet.template is not None
    operation, state = form.operation, sheet_state(form.operation)
    parts = parts_of(sheet.plan, state.left_out, connection)
    price, paid = total_price([part.price for part in parts]), paid_price(parts)
    line = price_line(parts, price, connection)
    cap = read_cap(state.cap, paid)
    of_rules = [one.message for one in sheet.plan.problems if one.parameter == RULES]
    left_out = count_left_out(operation, sheet.plan)
    limits = st.container()
    # Drawn before what stands above it: the price is what a person waits for after a change.
    with run_bar():
        label = f"Run {price.runs}" if price.runs else "Nothing to run"
        if state.asks:
            _draw_question(operation, read, send, price, line)
        else:
            is_disabled = not parts or bool(sheet.plan.problems)
            with st.container(horizontal=True, gap="small"):
                st.button(
                    label,
                    type="primary",
                    width="stretch",
                    key=f"{operation}.sheet.submit",
                    shortcut="Mod+Enter",
                    disabled=is_disabled,
                    on_click=deferred(_press),
                    args=(operation, read, send, False, NOW),
                )
                _draw_later(sheet, connection, requests_of(parts), read, send, is_disabled=is_disabled)
        if state.failure:
            st.markdown(f":red[:material/error: {escape(state.failure)}]")
        with beside_only_me(f"{operation}.only-me"):
            st.caption(escape(f"{line} · {left_out} left out" if left_out else line))
            for part in parts:
                draw_left(part.connection.id, part.price.cost.high)
    with limits:
        mark = " :red[:material/error:]" if of_rules or isinstance(cap, str) else ""
        cells = f"{len(sheet.plan.cells)} cells{f', {left_out} left out' if left_out else ''}"
        title = f"Cells and limits{mark}  :gray[{cells}]"
        draw = partial(_draw_limits, operation, sheet.plan, of_rules, cap)
        draw_panel(title, f"{operation}.limits", draw)
        for note in sheet.plan.notes:
            st.caption(escape(note))
    draw_owner(f"{operation}.owner")


def _draw_limits(operation: str, plan: Plan, of_rules: Sequence[str], cap: Decimal | str | None) -> None:
    draw_cell_table(operation, plan)
    draw_rules(operation, of_rules)
    draw_cap(operation, cap)
    draw_lists(operation)


def _draw_later(
    sheet: SheetForm,
    connection: Connection,
    requests: Sequence[Request],
    read: Callable[[], Form],
    send: Send,
    *,
    is_disabled: bool,
) -> None:
    assert sheet.template is not None
    template = sheet.template
    key = f"{template.operation}.sheet"

    def draw(label: str, key: str, way: Way, is_off: bool) -> None:
        args = (template.operation, read, send, False, way)
        st.button(label, key=key, disabled=is_off or is_disabled, on_click=deferred(_press), args=args)

    # Drawn before it is opened: it goes up or down by the height that it has then.
    icon, is_off = ":material/schedule:", not requests
    with st.popover("Later", icon=icon, key=f"{key}.later", on_change="rerun", disabled=is_off):
        draw_later(key, len(requests), connection, why_never_batch(template, requests), draw)


def send_single(read: Callable[[], Form], connection: Connection, request: Request, send: Send = send_derived) -> None:
    """Send one run, unless the form makes a sheet by now: Ctrl+Enter comes before the page shows what that costs."""
    form = read()
    if sheet_of(form).plan is None:
        send(connection, request)
    else:
        sheet_state(form.operation).failure = f"This prompt makes a sheet. {UNSENT} Check its price and press again."


def _draw_question(operation: str, read: Callable[[], Form], send: Send, price: SheetPrice, line: str) -> None:
    way = sheet_state(operation).way
    st.markdown(f"**Really send {escape(line + way.text(way.moment))}?**")
    with st.container(horizontal=True):
        st.button(
            f"Yes, run {price.runs}",
            type="primary",
            key=f"{operation}.sheet.yes",
            on_click=deferred(_press),
            args=(operation, read, send, True, way),
        )
        st.button("Not now", key=f"{operation}.sheet.no", on_click=_take_no, args=(operation,))


def _take_no(operation: str) -> None:
    sheet_state(operation).asks = False


def _press(operation: str, read: Callable[[], Form], send: Send, is_confirmed: bool, way: Way) -> None:
    state, library, who, is_private = sheet_state(operation), workbench().library, person(), wants_private()
    mine = begun_here()
    moment = chosen_time(way)
    try:
        form, connection = read(), connections.pressed_for()
        state.failure = ""
        sheet = sheet_of(form)
        template, plan = sheet.template, sheet.plan
        if template is None or plan is None:  # the prompt has changed since the page was drawn
            submit_form(operation, read, send)
            return
        if connection is None or connections.lost() is not None:
            state.failure = connection_changed()
            return
        parts = parts_of(plan, state.left_out, connection)
        price, paid = total_price([part.price for part in parts]), paid_price(parts)
        cap = read_cap(state.cap, paid)
        if refusal := _refusal(template, plan, parts, cap, connection, way) or (
            moment if isinstance(moment, str) else ""
        ):
            state.failure = f"{refusal} {UNSENT}"
            state.asks = state.asks and not isinstance(moment, str)  # else the field of the time stays hidden
            return
        start = moment if isinstance(moment, float) else None
        if not is_confirmed and needs_yes(price.runs, paid.cost.high):
            state.asks, state.way = True, way.at(start)
            return
        user = str(form.raw.get("user") or "")
        here = {one.id: one for one in connections.available()}
        source = prompt_source(operation, str(form.raw.get("prompt") or ""))
        # From here on nothing looks at the session: an interrupted action would start again, and send twice.
        sheet_id = new_sheet(
            library,
            template,
            plan,
            name=_name(template),
            owner=who.id,
            connection_id=connection.id,
            connection_name=connection.name,
            cap=cap if isinstance(cap, Decimal) else None,
            trimmed=state.left_out,
            is_private=is_private,
        )
        mine.add(sheet_id)
        if source is not None:
            note_prompt_sheet(library, sheet_id, source.prompt_id, source.number)
            begin_with_checks(library, sheet_id, source.prompt_id)
        _begin(sheet_id, connection, here, who, user, way.as_batch, start)
        state.asks = False
        defer(close_popover, f"{operation}.sheet.later")
        defer(show_sheet, sheet_id)
    except LibraryUnavailable as problem:
        state.failure = f"{problem} {UNSENT}"


def _begin(
    sheet_id: str,
    connection: Connection,
    here: Mapping[str, Connection],
    who: Person,
    user: str,
    as_batch: bool,
    start: float | None,
) -> None:
    """Send all cells of a new sheet, now or at its start."""
    waiting = [cell.position for cell in cells_of(workbench().library, sheet_id) if cell.state == WAITING]
    facts = {"cells": len(waiting), "connection": connection.name, "batch": as_batch} | fact_of_start(start)
    record(workbench().full_library, who, "sheet.submitted", sheet_id, facts)
    workbench().starts.start(
        sheet_id,
        connection,
        waiting,
        connections=here,
        owner=who.id,
        user=user,
        as_batch=as_batch,
        not_before=start,
    )


def _refusal(
    template: SheetTemplate,
    plan: Plan,
    parts: Sequence[SheetPart],
    cap: Decimal | str | None,
    connection: Connection,
    way: Way,
) -> str:
    """Return why the cells cannot be sent this way, or ""."""
    if isinstance(cap, str):
        return cap
    if plan.problems or not parts:
        return plan.problems[0].message if plan.problems else "There is no cell to run."
    price = total_price([part.price for part in parts])
    no_batch = why_no_batch(template, requests_of(parts), cap, price, connection) if way.as_batch else ""
    return _beyond(parts) or no_batch or too_many_open(1)


def _beyond(parts: Sequence[SheetPart]) -> str:
    """Return what of the runs the team's limits refuse, each sentence once."""
    found = [
        one for part in parts for each in part.requests for one in refusals(part.connection.id, each.model, each.values)
    ]
    return " ".join(dict.fromkeys(one.message for one in found))


def _name(template: SheetTemplate) -> str:
    return clip(str(template.values.get("prompt") or "Sheet"), 60)
