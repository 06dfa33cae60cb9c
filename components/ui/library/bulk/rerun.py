"""Run several runs without an image again at once. After a crash, dozens may never have been sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import streamlit as st

from components.client.failures.recurring import recurs
from components.parameters import estimate
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import defer, deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import span_text
from components.ui.forms.sending.submission import Submission
from components.ui.forms.sending.submit import submit_all
from components.ui.process.workbench import workbench
from components.ui.results.rerun import submission_of


def draw_bulk_rerun(runs: Sequence[str], clear: Callable[[], None]) -> None:
    """Draw the button that runs these again, with the estimated price; nothing without runs."""
    if not runs:
        return
    with st.popover("Run again", icon=":material/replay:", key="act.again", on_change="rerun") as panel:
        if not panel.open:
            return
        views = [view for one in runs if (view := workbench().runner.view(one)) is not None and view.has_ended]
        refused = [view for view in views if recurs(view.error)]
        again = [view for view in _by_time(views) if view not in refused]
        submissions = [one for view in again if (one := submission_of(view)) is not None]
        if refused:
            st.caption(f"{len(refused)} would be refused again. Open them to change the request.")
        if skipped := len(runs) - len(submissions) - len(refused):
            st.caption(f"{skipped} cannot run again: still under way, or an input image is missing. Open them.")
        if submissions:
            st.markdown(escape(f"{_count(len(submissions))}, {_price(submissions)}."))
            st.button(
                "Run again now",
                key="act.again.now",
                type="primary",
                on_click=deferred(_rerun_all),
                args=(submissions, clear),
            )


def _by_time(views: Sequence[RunView]) -> list[RunView]:
    return sorted(views, key=lambda view: view.created)


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _price(submissions: Sequence[Submission]) -> str:
    """Return the estimated price of all submissions, as far as prices are known."""
    paid = [estimate(one.request) for one in submissions if one.connection.id != BUILT_IN_ID]
    known = [(one.low, one.high) for one in paid if one.low is not None and one.high is not None]
    if not paid:
        return "free on the built-in engine"
    if not known:
        return "the price is not known"
    more = f"; no price known for {len(paid) - len(known)}" if len(known) < len(paid) else ""
    return f"about {span_text(*(sum(ends, Decimal(0)) for ends in zip(*known, strict=True)))} together{more}"


def _rerun_all(submissions: Sequence[Submission], clear: Callable[[], None]) -> None:
    """Submit each as a new run, oldest first. Stop at the first one that the library cannot store."""
    failures: list[str] = []
    submit_all(submissions, report=failures.append)
    for failure in failures:
        defer(st.toast, escape(failure), icon=":material/error:", duration="infinite")
    if not failures:
        defer(clear)
