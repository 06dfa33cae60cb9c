"""The Audit tab: what people did, newest first, by person, action and time, and its CSV."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st

from components.library.team.audit import ACTIONS, MOST_ENTRIES, AuditEntry, AuditFilter, audit_page, people_in_audit
from components.ui.access.base_path import app_address
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.time_format import full_text
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

PER_PAGE = 25
DAY = 86_400.0
ANYBODY, ANYTHING = "Anybody", "Anything"
PERIODS: Mapping[str, float | None] = {"1 day": DAY, "7 days": 7 * DAY, "30 days": 30 * DAY, "Ever": None}
NAMELESS = "no name, or the app itself"


@dataclass
class AuditState:
    """The cursors of the pages that were turned, the newest last; empty on the first page."""

    cursors: list[str] = field(default_factory=list)


def draw_audit() -> None:
    """Draw the filters, a page of entries, and the links to other pages and to the CSV."""
    library, state = workbench().full_library, page_state(AuditState)
    with st.container(horizontal=True, gap="medium", key="admin.audit.choices"):
        people = {name or NAMELESS: name for name in people_in_audit(library)}
        who = st.selectbox("Who", [ANYBODY, *people], key="admin.audit.who", on_change=_first_page, width=240)
        labels = {label: action for action, label in ACTIONS.items()}
        what = st.selectbox("What", [ANYTHING, *labels], key="admin.audit.what", on_change=_first_page, width=240)
        period = st.segmented_control(
            "Last",
            list(PERIODS),
            default="30 days",
            required=True,
            key="admin.audit.period",
            on_change=_first_page,
            persist_state="session",
            wrap=True,
        )
    seconds = PERIODS[str(period or "30 days")]
    # To the day, so that the address of the CSV stays the same from one run of the page to the next.
    since = None if seconds is None else (time.time() - seconds) // DAY * DAY
    wanted = AuditFilter(people.get(str(who)), labels.get(str(what)), since)
    page = audit_page(library, wanted, after=state.cursors[-1] if state.cursors else None, limit=PER_PAGE)
    if not page.entries:
        draw_empty_state("Nothing was recorded in this time.", icon=":material/history:")
        return
    st.dataframe(
        [_row(entry) for entry in page.entries],
        hide_index=True,
        width="stretch",
        height="content",  # the page scrolls, not a window in it
        column_config={"Of what": st.column_config.TextColumn(width=180)},  # as wide as the id of a run
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="admin.audit.below"):
        given = {"person": wanted.person, "action": wanted.action, "since": wanted.since}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        st.link_button("Download CSV", app_address(f"/audit.csv?{query}"), icon=":material/download:")
        if state.cursors:
            st.button("Newer", key="admin.audit.newer", on_click=deferred(state.cursors.pop))
        if page.after is not None:
            st.button("Older", key="admin.audit.older", on_click=deferred(state.cursors.append), args=(page.after,))
        st.caption(f"The newest {MOST_ENTRIES:,} entries are kept.")


def _first_page() -> None:
    page_state(AuditState).cursors.clear()


def _row(entry: AuditEntry) -> dict[str, str]:
    shown = {name: value for name, value in entry.detail.items() if value not in (None, "", [])}
    if shown.get("ids") == [entry.target]:  # said already
        shown = {name: value for name, value in shown.items() if name not in ("ids", "count")}
    detail = ", ".join(f"{name} {_text(value)}" for name, value in sorted(shown.items(), key=_ids_last))
    return {
        "When": full_text(entry.created),
        "Who": entry.person or NAMELESS,
        "What": ACTIONS.get(entry.action, entry.action),
        "Of what": entry.target,
        "More": detail,
    }


def _ids_last(item: tuple[str, object]) -> bool:
    return item[0] == "ids"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
