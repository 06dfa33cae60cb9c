"""The models of a form's menu: first those of the connection's server, where it has a list."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from components.client import Connection
from components.parameters import Group, menu_models, models_for
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.form import MODEL, draw_group
from components.ui.forms.form_state import FormState
from components.ui.forms.panel import draw_panel
from components.ui.forms.problems import has_messages
from components.ui.session import connections
from components.ui.session.server_models import listing
from components.ui.session.state import page_state
from components.ui.session.team_rules import open_models


def listed_models(connection: Connection) -> tuple[str, ...] | None:
    """Return the models that the connection's server has: those that its names stand for, and those that it lists.

    None without a list, or before the server has answered. Azure lists what could be deployed, so where deployments
    are named, they alone count.
    """
    if connection.id == BUILT_IN_ID:
        return None  # it has the catalogue's models
    named = tuple(model for _, model in connection.model_names)
    if named and connection.server.is_azure:
        return named
    found = listing(connection)
    if found is None or found.error:
        return named or None
    other_names = {name for name, _ in connection.model_names}
    return (*named, *(model.id for model in found.models if model.id not in other_names))


def prepare_models(operation: str) -> None:
    """Set the menu of an operation's form: the models of the connection in use, then all others.

    Those that the team's limits close to the person are left out; if they close all, the menu shows all, and the field
    says what may be used. Call it before reading the form.
    """
    state, connection, today = page_state(FormState, operation), connections.chosen(), date.today()
    first = menu_models(operation, listed_models(connection), today)
    others = [model.id for model in models_for(operation, today) if model.id not in first]
    usable = set(open_models(connection.id, [*first, *others]))
    if not usable:
        state.models, state.other_models, state.closed_models = first, others, ()
        return
    state.models = [model for model in first if model in usable]
    state.other_models = [model for model in others if model in usable]
    if not state.models:
        state.models, state.other_models = state.other_models, ()
    state.closed_models = [model for model in (*first, *others) if model not in usable]


def _draw_pickers(form: Form, connection: Connection) -> None:
    connections.draw_connection_picker(connection)
    draw_group(form, Group.MAIN, only=frozenset({MODEL}))
    closed = page_state(FormState, form.operation).closed_models
    if closed:
        others = f"{closed[0]} is" if len(closed) == 1 else f"{len(closed)} other models are"
        st.caption(escape(f"{others} closed to you on this connection by the team's limits. Ask an admin for more."))


def draw_connection_and_model(form: Form) -> Connection:
    """Draw one line that names connection and model and opens their pickers; return the connection in use.

    Warnings stand below the line, so that they show while it is closed.
    """
    name, model = escape(connections.in_use().name), escape(form.model or "no model")
    mark = " :red[:material/error:]" if has_messages(form, MODEL) else ""
    title, key = f"{name} · **{model}**{mark} · change", f"{form.operation}.target"
    connection = connections.in_use()
    draw_panel(title, key, partial(_draw_pickers, form, connection), type="compact")
    connections.draw_warnings(connection)
    listed = listed_models(connection)
    if listed and form.model not in listed:
        model = escape(form.model)
        if connection.model_names and connection.server.is_azure:
            st.caption(f"{escape(connection.name)} names no deployment of {model}; “{model}” itself is used.")
        else:
            st.caption(f"{escape(connection.name)} does not list {model}. It may still work.")
    return connection
