"""The same question to every picture: the answers in a table beside their pictures, as they come in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from components.client.recurring import recurs
from components.library.queries.batches import batch_runs
from components.runs import RunView
from components.ui.analyze import submit as sending
from components.ui.analyze.batch_export import export_csv, export_json
from components.ui.analyze.checklist import Verdict, edit_prompt, verdicts
from components.ui.analyze.structured import read_answer, rows_of
from components.ui.base.answer_markdown import markdown_blocks
from components.ui.base.assets import asset
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.markdown_text import escape
from components.ui.base.money import dollars
from components.ui.base.request_summary import request_line
from components.ui.process.workbench import workbench
from components.ui.results.rerun import input_images_of
from components.ui.session.address import show_run
from components.ui.session.owner import owner
from components.ui.session.prefill import Prefill, leave_prefill

ALONE = "analyze.alone"
_TO_EDIT = "analyze.to_edit"
_LEAVE = "analyze.leave"
TICK_SECONDS = 0.7

_TABLE = st.components.v2.component(
    "image_workbench_answers",
    html='<div class="each"></div>',
    css=asset("analyze/answer.css", "analyze/batch.css"),
    js=asset("base/addresses.js", "analyze/answer-markdown.js", "analyze/batch.js"),
)


@dataclasses.dataclass(frozen=True)
class Row:
    """One picture of a batch and what became of its question."""

    place: int
    view: RunView
    picture: str
    src: str
    url: str
    verdicts: tuple[Verdict, ...] | None
    complaints: tuple[str, ...]
    data: tuple[Mapping[str, Any], ...]

    @property
    def failed_checks(self) -> int:
        """How many points of a checklist did not pass."""
        return sum(one.passed is False for one in self.verdicts or ())

    @property
    def passed(self) -> bool | None:
        """Whether every point of a checklist passed; None where none failed and some were not judged."""
        if self.failed_checks:
            return False
        return None if any(one.passed is None for one in self.verdicts or ()) else True


def rows_of_batch(view: RunView) -> list[Row]:
    """The rows of the batch that a run belongs to, in the pictures' order; the newest run of a picture counts."""
    batch = (view.extra or {}).get("batch") or {}
    runner = workbench().runner
    found = batch_runs(workbench().library, str(batch.get("id")), float(batch.get("at") or view.created))
    rows: dict[int, Row] = {}
    for run_id in found:
        one = runner.view(run_id)
        if one is not None:
            place = int(((one.extra or {}).get("batch") or {}).get("place") or 0)
            rows[place] = _row(place, one)
    return [rows[place] for place in sorted(rows)]


def _row(place: int, view: RunView) -> Row:
    extra = view.extra or {}
    picture, src, url = _picture(view)
    complete = view.state == "done" and bool(view.text.strip())
    checks, schema = extra.get("checks"), extra.get("schema")
    found: tuple[Verdict, ...] | None = None
    complaints: tuple[str, ...] = ()
    data: tuple[Mapping[str, Any], ...] = ()
    if checks and complete:
        found = verdicts(view.text, checks)
        complaints = () if found is not None else ("The answer is not in the form of the list.",)
    elif schema and complete:
        value, complaints = read_answer(view.text, schema, answer=view.answer)
        data = tuple(rows_of(value, answer=view.answer)) if value is not None else ()
    return Row(place, view, picture, src, url, found, complaints, data)


def _picture(view: RunView) -> tuple[str, str, str]:
    """Its name, and where it is served; or where it stands elsewhere."""
    values = view.asked.get("values", {})
    if values.get("input_type") == "urls":
        url = str((values.get("image_urls") or [""])[0])
        return url, "", url
    images = input_images_of(view)
    return (images[0].name, f"/previews/{images[0].sha256}?w=320", "") if images else ("", "", "")


def draw_each(view: RunView) -> None:
    """The table, following its runs until all have ended, and what leads on."""
    rows = rows_of_batch(view)
    going_on = any(not row.view.has_ended for row in rows)

    @st.fragment(run_every=TICK_SECONDS if going_on else None)
    def table() -> None:
        now = rows_of_batch(view)
        _draw_table(view, now)
        # The whole page is drawn anew when the last answer is there, when one is asked for again, and to leave.
        if going_on is all(row.view.has_ended for row in now) or st.session_state.pop(_LEAVE, False):
            st.rerun()

    table()
    if going_on:
        st.button("Cancel all", key="analyze.cancel_all", on_click=_cancel_all, args=(rows,))
    else:
        _draw_leads(view, rows)
    if st.session_state.pop(_TO_EDIT, False):
        st.switch_page("../../pages/edit.py", query_params={})


@reports_unavailable
def _cancel_all(rows: list[Row]) -> None:
    by = owner()
    for row in rows:
        workbench().runner.cancel(row.view.id, by=by)


def summary(rows: list[Row]) -> str:
    """How far the batch is and what it cost, in one line."""
    ended = [row for row in rows if row.view.has_ended]
    failed = [row for row in ended if row.view.state != "done"]
    parts = [f"{len(ended) - len(failed)} of {len(rows)} answered"]
    if failed:
        parts.append(f"{len(failed)} without an answer")
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


def _draw_table(view: RunView, rows: list[Row]) -> None:
    key = "answers.analyze"

    def acted() -> None:
        event = st.session_state[key].get("action")
        if event:
            _act(str(event.get("name")), str(event.get("run")), rows)

    st.markdown(f"**{escape(_question(view))}**")
    st.caption(escape(f"{request_line(view)} · {summary(rows)}"))
    _TABLE(key=key, data={"rows": [_json(row) for row in rows]}, on_action_change=acted)


def _question(view: RunView) -> str:
    checks = (view.extra or {}).get("checks")
    if checks:
        return "Checklist: 1 point" if len(checks) == 1 else f"Checklist: {len(checks)} points"
    return view.prompt


def _json(row: Row) -> dict[str, Any]:
    view, error = row.view, row.view.error or {}
    seconds = view.ended - view.started if view.started and view.ended else None
    return {
        "run": view.id,
        "place": row.place,
        "picture": row.picture,
        "src": row.src,
        "url": row.url,
        "state": view.state,
        "ended": view.has_ended,
        "has_text": bool(view.text),
        "blocks": [] if row.verdicts is not None or row.data else markdown_blocks(view.text),
        "verdicts": [dataclasses.asdict(one) for one in row.verdicts or ()],
        "data": [{name: "" if item is None else str(item) for name, item in one.items()} for one in row.data],
        "notes": [*row.complaints, *_notes(view)],
        "error": ": ".join(str(error[part]).rstrip(".") for part in ("title", "what") if error.get(part)),
        "seconds": seconds,
        "waiting": view.waiting or (view.retry.reason if view.retry else ""),
        "again": view.has_ended and view.state != "done" and not recurs(view.error),
        "fix": bool(row.failed_checks) and bool(view.asked.get("inputs")),
    }


def _notes(view: RunView) -> list[str]:
    cut = (view.answer or {}).get("cut_off")
    if not view.has_ended or view.state != "done":
        return []
    if not view.text.strip():
        return ["The answer is empty: the tokens were used up before it." if cut else "The answer is empty."]
    return ["Cut off: give it more tokens."] if cut == "max_output_tokens" else []


def _act(name: str, run_id: str, rows: list[Row]) -> None:
    row = next((one for one in rows if one.view.id == run_id), None)
    if row is None:
        return
    if name == "again":
        sending.try_again(row.view)
    elif name == "open":
        st.session_state[ALONE] = run_id
        st.session_state[_LEAVE] = True
        show_run(run_id)
    elif name == "fix":
        prompt = edit_prompt(row.verdicts or ())
        leave_prefill(Prefill("edit", {"prompt": prompt}, images=input_images_of(row.view)))
        st.session_state[_TO_EDIT] = st.session_state[_LEAVE] = True


def _draw_leads(view: RunView, rows: list[Row]) -> None:
    stem = f"answers-{view.id[-6:]}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Download .csv",
            export_csv(rows),
            file_name=f"{stem}.csv",
            mime="text/csv",
            icon=":material/download:",
            key="analyze.csv",
            on_click="ignore",
        )
        st.download_button(
            "Download .json",
            export_json(rows),
            file_name=f"{stem}.json",
            mime="application/json",
            icon=":material/download:",
            key="analyze.each.json",
            on_click="ignore",
        )
        st.button(
            "Load these settings",
            icon=":material/edit_note:",
            key="change.analyze",
            on_click=sending.load_batch,
            args=([row.view for row in rows],),
            help="Fill the form with this question and all its pictures.",
        )
    if any(row.data for row in rows):
        st.dataframe(
            [{"picture": row.picture, **one} for row in rows for one in row.data], hide_index=True, width="stretch"
        )
