"""The People tab: who has used the app, with which role, when last, and what they spent."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import streamlit as st

from components.library.queries.totals.usage import begin_of, usage
from components.library.team.people_store import seen_people
from components.ui.base.empty_state import draw_empty_state
from components.ui.process.workbench import workbench

DAYS = 30
MOST_OFFERED = 500  # ids in a menu; others are typed


def known_ids() -> dict[str, str]:
    """Return the ids of people to choose from, those seen last first, each with what to show."""
    return {
        one.id: one.id if one.name in ("", one.id) else f"{one.name} ({one.id})"
        for one in seen_people(workbench().full_library)[:MOST_OFFERED]
        if one.id
    }


def was_seen(person_id: str) -> bool:
    """Return whether somebody with this id has used the app, in whichever letters it is written."""
    return any(one.id.casefold() == person_id.casefold() for one in seen_people(workbench().full_library))


def id_of(typed: str) -> str:
    """Return the id of a person in the spelling that was seen; what was typed, if nobody with it has used the app."""
    ids = [one.id for one in seen_people(workbench().full_library)]
    return typed if typed in ids else next((one for one in ids if one.casefold() == typed.casefold()), typed)


def draw_people() -> None:
    """Draw a table of people, those seen last first."""
    library = workbench().full_library
    found = seen_people(library)
    if not found:
        draw_empty_state("Nobody has been seen yet.", icon=":material/group:")
        return
    spent = {row.name: row for row in usage(library, begin_of(DAYS, time.time()), "owner")}
    st.caption("The role is the one that the sign-in reported last; it is changed there or in the settings, not here.")
    st.dataframe(
        [
            {
                "Person": one.name or "no name",
                "Role": str(one.role),
                "Last seen": datetime.fromtimestamp(one.last_seen, UTC),
                f"Dollars in {DAYS} days": float(spent[one.id].cost) if one.id in spent else 0.0,
                "Runs": spent[one.id].runs if one.id in spent else 0,
                "Cost unknown": spent[one.id].unknown if one.id in spent else 0,
                "Signed in": one.is_verified,
                "Id": one.id,
            }
            for one in found
        ],
        hide_index=True,
        width="stretch",
        column_config={
            "Person": st.column_config.TextColumn(width=180),
            "Last seen": st.column_config.DatetimeColumn(format="distance"),
            f"Dollars in {DAYS} days": st.column_config.NumberColumn(format="$%.4f"),
        },
    )
