"""The part of the checks' panel for checks that a model answers: its model, its price, and when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.checks import KINDS, CheckKind, read_settings
from components.client import Connection
from components.library.queries.sheet_summary import image_ids_of
from components.library.records import StoredSheet
from components.library.request_inputs import still_as_input
from components.library.sheets.checks import StoredCheck, asking_cost, forget_errors
from components.parameters import Request, estimate
from components.runs.sheets.question_request import question_request
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import guarded
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars, estimate_text
from components.ui.forms.form import chosen_model
from components.ui.forms.form_state import FormState
from components.ui.forms.model_menu import prepare_models
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action, person
from components.ui.session.state import page_state
from components.ui.sheets.checks.checks_json import Outcome

_ANALYZE = "analyze"
_STILLS_ARE_SENT = "The images are sent to it."


def offered_kinds() -> list[str]:
    """Return the kinds of checks that can be added: the built-in engine judges no image."""
    is_built_in = connections.in_use().id == BUILT_IN_ID
    return [name for name, kind in KINDS.items() if not (is_built_in and kind.is_asked)]


def draw_model(sheet: StoredSheet, kind: CheckKind, raw: Mapping[str, Any]) -> str:
    """Draw the choice of a model of the connection in use, and what asking will cost; return the choice's key."""
    connection, key = connections.in_use(), f"sheet.checks.model.{sheet.id}"
    prepare_models(_ANALYZE)
    known, state = chosen_model(_ANALYZE), page_state(FormState, _ANALYZE)
    models = list(dict.fromkeys([known, *state.models, *state.other_models]))
    model = st.selectbox("Model", models, key=key, help=f"A model of {connection.name} that can see images.")
    st.caption(escape(_price(sheet, connection, kind, {**raw, "model": model})))
    return key


def _price(sheet: StoredSheet, connection: Connection, kind: CheckKind, raw: Mapping[str, Any]) -> str:
    library = workbench().library
    covers = image_ids_of(library, sheet.id)
    count = f"{len(covers)} image{'' if len(covers) == 1 else 's'}"
    start = f"Asks {raw['model']} at {connection.name} about {count} now, and about each new one."
    first = next((found for one in covers if (found := library.output(one)) is not None), None)
    image = still_as_input(library, first) if first is not None else None
    settings, problems = read_settings(kind, raw)
    if image is None or problems:
        return f"{start} {_STILLS_ARE_SENT}"
    check = StoredCheck("", kind.name, {**settings, "model": raw["model"]})
    request = question_request([check], image)
    if not isinstance(request, Request):
        return " ".join(one.message for one in request)
    return f"{start} {_STILLS_ARE_SENT} Each image: {estimate_text(estimate(request), 0)}."


def where_asked(session: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the connection in use and the chosen model, as they are kept with a check."""
    connection = connections.in_use()
    return {"connection": connection.id, "connection_name": connection.name, "model": str(session.get(key) or "")}


def start_asking(sheet_id: str, connection_id: str) -> str:
    """Ask what is missing at a connection; return why not, or ""."""
    found = next((one for one in connections.available() if one.id == connection_id), None)
    if found is None:
        return "This session does not have the connection that is to be asked. Add it on the Connections page."
    note_action("run.submitted", sheet_id, {"what": "checks by a model", "connection": found.name})
    workbench().questions.allow(sheet_id, found, person())
    return ""


def about(check: StoredCheck) -> str:
    """Return which model answers a check, as Markdown; "" for a measured one."""
    if not KINDS[check.kind].is_asked:
        return ""
    settings = check.settings
    return f"  \n{escape(str(settings.get('model')))} at {escape(str(settings.get('connection_name')))}"


def draw_asking(sheet: StoredSheet, check: StoredCheck, outcome: Outcome) -> None:
    """Draw the buttons of a check that a model answers: ask what is missing, ask again what failed, stop.

    Stopping ends what this person agreed to; an admin may also end what others did.
    """
    if not KINDS[check.kind].is_asked:
        return
    connection_id, questions = str(check.settings.get("connection")), workbench().questions
    if outcome.in_error:
        _button(f"Ask {outcome.in_error} again", "again", _ask_again, sheet.id, check)
    agreed = questions.who_allowed(sheet.id, connection_id)
    others = [one for one in agreed if one.id != person().id]
    if others:
        names = ", ".join(one.name or "somebody without a name" for one in others)
        st.caption(escape(f"{names} agreed to have it asked and pays for the answers."))
    if len(others) == len(agreed):
        # What waits may have been left by a process that died before it sent it.
        waiting = outcome.missing + (0 if questions.is_active(sheet.id) else outcome.asked)
        if waiting:
            _button(f"Ask about {waiting}", "ask", _ask, sheet.id, connection_id, of=check.id)
    else:
        _button("Stop asking", "stop", questions.disallow, sheet.id, person(), of=check.id)
    if others and person().is_admin:
        _button("Stop everybody's asking", "stop-all", _stop_all, sheet.id, of=check.id)


def _stop_all(sheet_id: str) -> None:
    workbench().questions.disallow(sheet_id)
    note_action("sheet.cancelled", sheet_id, {"what": "checks by a model"})


def draw_cost(sheet: StoredSheet) -> None:
    """Draw what the answers have cost."""
    if cost := asking_cost(workbench().library, sheet.id):
        st.caption(escape(f"The answers of models cost {dollars(cost)}."))


def _button(label: str, name: str, act: Any, *args: Any, of: str = "") -> None:
    key = f"sheet.checks.{name}.{of or args[-1].id}"
    st.button(label, type="tertiary", key=key, on_click=lambda: defer(guarded(act), *args))


def _ask(sheet_id: str, connection_id: str) -> None:
    if problem := start_asking(sheet_id, connection_id):
        st.toast(problem, icon=":material/error:")


def _ask_again(sheet_id: str, check: StoredCheck) -> None:
    forget_errors(workbench().library, check.id)
    _ask(sheet_id, str(check.settings.get("connection")))
