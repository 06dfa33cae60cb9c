"""A question group: the same question about each image, the answers in a table as they arrive."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import streamlit as st

from components.client.failures.recurring import recurs
from components.runs import RunView
from components.ui.analyze import submit as sending
from components.ui.analyze.checklist import fix_prompt
from components.ui.analyze.page_state import LOAD, AnalyzeState
from components.ui.analyze.separate.export import export_csv, export_json
from components.ui.analyze.separate.rows import AnswerRow, rows_of_group
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred, peek, perform_deferred
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.export_links import draw_download
from components.ui.base.formatting.answer_markdown import markdown_blocks
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.request_summary import request_line
from components.ui.process.workbench import workbench
from components.ui.results.actions import LOAD_HELP, load_label
from components.ui.results.rerun import input_images_of
from components.ui.session.address import link_too, show_run
from components.ui.session.owner import owner
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state

TICK_SECONDS = 0.7

_TABLE = st.components.v2.component(
    "image_workbench_answers",
    html='<div class="each"></div>',
    css=asset("analyze/answer.css", "analyze/separate/table.css"),
    js=asset("base/browser/addresses.js", "analyze/answer_markdown.js", "analyze/separate/table.js"),
)


def draw_answer_table(view: RunView) -> None:
    """Draw the table, refreshed until all runs have ended, and the next steps."""
    rows = rows_of_group(view)
    link_too(view.id, *(row.view.id for row in rows))
    is_running = any(not row.view.has_ended for row in rows)

    @st.fragment(run_every=TICK_SECONDS if is_running else None)
    def table() -> None:
        perform_deferred()
        now, state = rows_of_group(view), page_state(AnalyzeState)
        _draw_table(view, now)
        # Rerun the page when the last run ended, when a run was retried, and to show another page.
        if is_running is all(row.view.has_ended for row in now) or state.reruns_page:
            state.reruns_page = False
            st.rerun()

    table()
    if is_running:
        st.button("Cancel all", key="analyze.cancel_all", on_click=_cancel_all, args=(rows,))
    else:
        _draw_next_steps(view, rows)
    state = page_state(AnalyzeState)
    if state.opens_edit:
        state.opens_edit = False
        st.switch_page("../../pages/edit.py", query_params={})


@reports_unavailable
def _cancel_all(rows: list[AnswerRow]) -> None:
    by = owner()
    for row in rows:
        workbench().runner.cancel(row.view.id, by=by)


def summary(rows: list[AnswerRow]) -> str:
    """Return the group's progress and cost in one line."""
    ended = [row for row in rows if row.view.has_ended]
    failed = [row for row in ended if row.view.state != "done"]
    parts = [f"{len(ended) - len(failed)} of {len(rows)} answered"]
    if failed:
        parts.append(f"{len(failed)} failed")
    checked = [row for row in rows if row.verdicts is not None]
    if checked:
        parts.append(f"{sum(row.passed is True for row in checked)} of {len(checked)} pass every point")
        if unjudged := sum(one.passed is None for row in checked for one in row.verdicts or ()):
            parts.append(f"{unjudged} {'point' if unjudged == 1 else 'points'} not judged")
    tokens = sum(int((row.view.usage or {}).get("output_tokens") or 0) for row in ended)
    if tokens:
        parts.append(f"{tokens:,} tokens out")
    costs = [row.view.cost for row in ended if row.view.cost is not None]
    if costs:
        parts.append(dollars(sum(costs, Decimal(0))))
    return " · ".join(parts)


def _draw_table(view: RunView, rows: list[AnswerRow]) -> None:
    key = "answers.analyze"

    def acted() -> None:
        if event := peek(key).get("action"):
            defer(_act, str(event.get("name")), str(event.get("run")), rows)

    st.markdown(f"**{escape(_question(view))}**")
    st.caption(escape(f"{request_line(view, with_inputs=False)} · {summary(rows)}"))
    _TABLE(key=key, data={"rows": [_json(row) for row in rows]}, on_action_change=acted)


def _question(view: RunView) -> str:
    checks = (view.extra or {}).get("checks")
    if checks:
        return "Checklist: 1 point" if len(checks) == 1 else f"Checklist: {len(checks)} points"
    return view.prompt


def _json(row: AnswerRow) -> dict[str, Any]:
    view, error = row.view, row.view.error or {}
    seconds = view.ended - view.started if view.started and view.ended else None
    return {
        "run": view.id,
        "place": row.place,
        "image": row.image,
        "src": row.src,
        "url": row.url,
        "state": view.state,
        "ended": view.has_ended,
        "has_text": bool(view.text),
        "blocks": [] if row.verdicts is not None or row.data else markdown_blocks(view.text),
        "verdicts": [dataclasses.asdict(one) for one in row.verdicts or ()],
        "data": [{name: "" if item is None else str(item) for name, item in one.items()} for one in row.data],
        "notes": [*row.schema_errors, *_notes(view)],
        "error": ": ".join(str(error[part]).rstrip(".") for part in ("title", "what") if error.get(part)),
        "seconds": seconds,
        "waiting": view.waiting or (view.retry.reason if view.retry else ""),
        "again": view.has_ended and view.state != "done" and not recurs(view.error),
        "fix": bool(row.failed_checks) and bool(view.recipe.get("inputs")),
    }


def _notes(view: RunView) -> list[str]:
    cut = (view.answer or {}).get("cut_off")
    if not view.has_ended or view.state != "done":
        return []
    if not view.text.strip():
        return ["No answer: the token limit was reached first." if cut else "The server sent an empty answer."]
    return ["Cut off: allow more tokens."] if cut == "max_output_tokens" else []


def _act(name: str, run_id: str, rows: list[AnswerRow]) -> None:
    row = next((one for one in rows if one.view.id == run_id), None)
    if row is None:
        return
    if name == "again":
        sending.retry_row(row.view)
    elif name == "open":
        state = page_state(AnalyzeState)
        state.single_answer, state.reruns_page = run_id, True
        show_run(run_id)
    elif name == "fix":
        prompt = fix_prompt(row.verdicts or ())
        state = page_state(AnalyzeState)
        state.opens_edit = state.reruns_page = True
        leave_prefill(Prefill("edit", {"prompt": prompt}, images=input_images_of(row.view), is_sent=True))


def _draw_next_steps(view: RunView, rows: list[AnswerRow]) -> None:
    stem = f"answers-{view.id[-6:]}"
    with st.container(horizontal=True, gap="small"):
        draw_download(export_csv(rows), f"{stem}.csv", "text/csv", "analyze.csv")
        draw_download(export_json(rows), f"{stem}.json", "application/json", "analyze.each.json")
        st.button(
            load_label(view),
            icon=":material/edit_note:",
            key=LOAD,
            on_click=deferred(sending.load_group),
            args=([row.view for row in rows],),
            help=LOAD_HELP,
        )
    if any(row.data for row in rows):
        st.dataframe(
            [{"image": row.image, **one} for row in rows for one in row.data], hide_index=True, width="stretch"
        )
