"""The Usage tab: what was spent, by person, connection, model and day, with what is not known shown as such."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import streamlit as st

from components.library.queries.totals.usage import DIMENSIONS, UsageRow, begin_of, usage
from components.ui.access.base_path import app_address
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.money import dollars
from components.ui.process.workbench import workbench

MONTH = "This month"
DAYS: Mapping[str, int] = {"Today": 1, "7 days": 7, "30 days": 30, "365 days": 365}
PERIODS = ("Today", MONTH, "7 days", "30 days", "365 days")
USUAL = "30 days"
BY: Mapping[str, str] = dict(zip(DIMENSIONS, ("Person", "Connection", "Model", "Day"), strict=True))
UNKNOWN = "Runs that cost money, or may have, and whose cost is not known: without a published price, or interrupted."
COUNTED = "What budgets count for runs whose cost is not known, by the rule on the Budgets tab."


def draw_usage() -> None:
    """Draw the sums of a period and its table by one dimension."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="admin.usage.choices"):
        period = st.segmented_control(
            "Period",
            PERIODS,
            default=USUAL,
            required=True,
            key="admin.usage.period",
            persist_state="session",
            wrap=True,
            help="Full days in UTC, as for budgets; the last one is today.",
        )
        by = st.segmented_control(
            "Group by",
            list(BY),
            format_func=BY.__getitem__,
            default=DIMENSIONS[0],
            required=True,
            key="admin.usage.by",
            persist_state="session",
            wrap=True,
        )
    since = _since(str(period or USUAL), time.time())
    rows = usage(workbench().full_library, since, str(by or DIMENSIONS[0]))
    if not rows:
        draw_empty_state("No runs in this time.", icon=":material/payments:")
        return
    # As wide as they are: on a wide screen they stay together.
    with st.container(horizontal=True, gap="medium", key="admin.usage.figures"):
        st.metric("Spent", dollars(sum((row.cost for row in rows), Decimal(0))), width="content")
        st.metric("Runs", f"{sum(row.runs for row in rows):,}", width="content")
        st.metric("Images", f"{sum(row.images for row in rows):,}", width="content")
        st.metric("Cost unknown", f"{sum(row.unknown for row in rows):,}", help=UNKNOWN, width="content")
    _draw_table(BY[str(by or DIMENSIONS[0])], rows)
    st.link_button(
        "Download CSV",
        app_address(f"/spending.csv?since={since:.0f}"),
        icon=":material/download:",
        help="One row per run. Where the cost is empty, it is not known.",
    )


def _since(period: str, now: float) -> float:
    """Return when a period began, in Unix seconds; a day and the month are those of budgets."""
    return begin_of(datetime.fromtimestamp(now, UTC).day if period == MONTH else DAYS[period], now)


def _draw_table(title: str, rows: list[UsageRow]) -> None:
    most = max((float(row.cost) for row in rows), default=0.0)
    st.dataframe(
        [
            {
                title: row.name or "no name",
                "Dollars": float(row.cost),
                "Runs": row.runs,
                "Images": row.images,
                "Cost unknown": row.unknown,
                "Counted for these": float(row.counted),
            }
            for row in rows
        ],
        hide_index=True,
        width="stretch",
        column_config={
            # Not as wide as the longest address, so that a phone shows the dollars beside it.
            title: st.column_config.TextColumn(width=180),
            "Counted for these": st.column_config.NumberColumn(format="$%.4f", help=COUNTED),
            "Dollars": st.column_config.ProgressColumn(format="$%.4f", max_value=most or 1.0),
        },
    )
