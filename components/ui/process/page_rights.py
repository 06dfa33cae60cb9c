"""Who signed in at the page whose script is running, and what their role keeps them from.

Viewers run and change nothing. Pages do not draw what they may not use, and Streamlit calls back only for what was
drawn. Behind that stands the database, which refuses whatever a viewer's script would write.
"""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Engine

from components.library import NotAllowed
from components.library.db.write_guard import guard_writes
from components.team.people import Person
from components.ui.access.sign_in.login import carried_person
from components.ui.access.sign_in.policy import sign_in
from components.ui.process.streamlit_runtime import is_in_script

# What the app itself notes of what people do, whoever they are.
NOTED = ("audit_entries", "drafts", "people")


def signed_in_person() -> Person | None:
    """Return who signed in at this page; None where the app has no sign-in."""
    return carried_person(st.context.headers) if sign_in().is_on else None


def refuse_viewers() -> None:
    """Raise NotAllowed if the running script belongs to a page that a viewer has open."""
    if not is_in_script():
        return  # a route or the app itself; the gate has checked the route's request
    who = signed_in_person()
    if who is not None and not who.may_run:
        raise NotAllowed


def protect_from_viewers(engine: Engine) -> None:
    """Let the database take nothing from a viewer's page."""
    guard_writes(engine, refuse_viewers, unguarded=NOTED)
