"""The Spending view: by day, person, model and operation, estimates against actual cost, and CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal

import streamlit as st

from components.library.queries.totals.spending import Share, Spending, spend, spent
from components.parameters import OPERATIONS
from components.team.budgets import NAMES, money_text, period_end, whose
from components.ui.access.base_path import app_address
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars, span_text
from components.ui.base.formatting.sentence import capitalized
from components.ui.process.workbench import workbench
from components.ui.session.team_rules import my_standings

TODAY, MONTH, DAYS_30, BETWEEN, ALL = "Today", "This month", "Last 30 days", "Between", "All"
PERIODS = (TODAY, MONTH, DAYS_30, ALL, BETWEEN)
BY: Mapping[str, str] = {
    "owner": "Person",
    "model": "Model",
    "operation": "Operation",
    "connection_name": "Connection",
}
MOST_BARS = 92
UNKNOWN = (
    "Runs of models without a known price, and runs that failed before the server reported their usage (they may have "
    "been billed). Runs on the built-in engine are not counted."
)
BUILT_IN_NOTE = "Runs on the built-in engine are free."


def draw_spending() -> None:
    """Draw today's and this month's totals, then the chosen period as figures, chart and tables."""
    today = date.today()
    with st.container(horizontal=True, gap="medium", key="spending.now"):
        st.metric("Spent today", dollars(spent(workbench().full_library, _midnight(today))))
        st.metric("Spent this month", dollars(spent(workbench().full_library, _midnight(today.replace(day=1)))))
    _draw_own_budgets()
    since, until, split = _read_period()
    found = spend(workbench().library, since, until, split=split)
    estimated = span_text(found.estimated_low, found.estimated_high)
    with st.container(horizontal=True, gap="medium", key="spending.figures"):
        st.metric("Spent", dollars(found.total))
        st.metric("Runs", f"{found.runs:,}")
        st.metric("Estimated", estimated, help="For runs with both an estimate and a cost.")
        st.metric("Actual cost of these runs", dollars(found.real_of_estimated))
        st.metric("Cost unknown", f"{found.unknown:,}", help=UNKNOWN)
    if not found.runs:
        draw_empty_state("No runs in this period.", icon=":material/payments:")
        return
    if found.total == 0:
        st.caption("Nothing was spent in this period. " + BUILT_IN_NOTE)
    else:
        _draw_days(found, split)
    for row in (("owner", "model"), ("operation", "connection_name")):
        for column, name in zip(st.columns(2, gap="medium"), row, strict=True):
            with column:
                _draw_shares(name, found.by.get(name, ()))
    query = f"?since={since:.0f}" + (f"&until={until:.0f}" if until is not None else "")
    st.link_button(
        "Download CSV", app_address(f"/spending.csv{query}"), icon=":material/download:", help="One row per run."
    )


def _draw_own_budgets() -> None:
    """Draw how much of the person's and the team's budgets is used, and when they start again."""
    for one in my_standings(None):
        limit = one.budget.hard if one.budget.hard is not None else one.budget.soft or 0
        until, name = period_end(one.key.period), whose(one)
        left = f", {money_text(one.left)} left" if one.left is not None else ""
        title = f"{capitalized(name)} {NAMES[one.budget.period]} budget"
        used = f"{money_text(one.used)} of {money_text(limit)} used{left}"
        text = f"{title}: {used}. A new one begins on {until:%B} {until.day} at 00:00 UTC."
        st.progress(min(1.0, one.used / limit) if limit else 1.0, text=escape(text))


def _midnight(day: date) -> float:
    return datetime.combine(day, clock.min).timestamp()


def _read_period() -> tuple[float, float | None, str]:
    """Return the period in Unix seconds (days in the server's time zone) and how the chart is split."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="spending.period"):
        since, until = _period()
        split = st.segmented_control(
            "Group by",
            tuple(BY),
            format_func=BY.__getitem__,
            default="operation",
            required=True,
            key="spending.split",
            persist_state="session",
        )
    return since, until, split


def _period() -> tuple[float, float | None]:
    today = date.today()
    chosen = st.segmented_control(
        "Period", PERIODS, default=MONTH, required=True, key="spending.time", persist_state="session"
    )
    if chosen == BETWEEN:
        days = st.date_input(
            "Days",
            value=(today - timedelta(days=7), today),
            max_value=today,
            key="spending.days",
            persist_state="session",
            width=240,
        )
        if isinstance(days, tuple) and days:
            return _midnight(days[0]), _midnight(days[-1] + timedelta(days=1))
    starts = {TODAY: today, MONTH: today.replace(day=1), DAYS_30: today - timedelta(days=29)}
    return (_midnight(starts[chosen]) if chosen in starts else 0.0), None


def _name(dimension: str, name: str) -> str:
    if dimension == "operation" and name in OPERATIONS:
        return OPERATIONS[name].label
    return name or "no name"


def _draw_days(found: Spending, split: str) -> None:
    """Draw one bar per day, or per month when there are too many days."""
    by_month = len({share.day for share in found.days}) > MOST_BARS
    unit = "Month" if by_month else "Day"
    is_one_year = len({share.day[: len("2026")] for share in found.days}) == 1
    shown_part = slice(len("2026-11")) if by_month else slice(len("2026-") if is_one_year else 0, None)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for share in found.days:
        sums[share.day[shown_part], share.name] += share.cost
    st.bar_chart(
        [{unit: time, "Dollars": float(cost), BY[split]: _name(split, name)} for (time, name), cost in sums.items()],
        x=unit,
        y="Dollars",
        color=BY[split],
        height=300,
    )


def _draw_shares(dimension: str, shares: Sequence[Share]) -> None:
    title = BY[dimension]
    st.caption(f"By {title.lower()}")
    st.dataframe(
        [
            {
                title: _name(dimension, one.name),
                "Dollars": float(one.cost),
                "Runs": one.runs,
                "Images": one.outputs,
            }
            for one in shares
        ],
        hide_index=True,
        width="stretch",
        column_config={
            "Dollars": st.column_config.ProgressColumn(
                format="$%.4f", max_value=max((float(one.cost) for one in shares), default=0) or 1.0
            )
        },
    )
