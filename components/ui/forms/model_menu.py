"""The models of a form's menu: those that the connection's server lists, where it has a list."""

from __future__ import annotations

from datetime import date

import streamlit as st

from components.client import Connection
from components.parameters import Group, menu_models
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.form import MODEL, Form, draw_group, has_messages
from components.ui.forms.form_state import FormState
from components.ui.session import connections
from components.ui.session.server_models import listing
from components.ui.session.state import page_state


def listed_models(connection: Connection) -> tuple[str, ...] | None:
    """Return the model ids that the connection's server lists; None without a list, or before it has answered."""
    if connection.id == BUILT_IN_ID:
        return None  # it has the catalogue's models
    found = listing(connection)
    return None if found is None or found.error else tuple(model.id for model in found.models)


def prepare_models(operation: str) -> None:
    """Set the menu of an operation's form to the models of the connection in use; call it before reading the form."""
    listed = listed_models(connections.chosen())
    page_state(FormState, operation).models = menu_models(operation, listed, date.today())


def draw_connection_and_model(form: Form) -> Connection:
    """Draw one line that names connection and model and opens their pickers; return the connection in use.

    Warnings stand below the line, so that they show while it is closed.
    """
    name, model = escape(connections.in_use().name), escape(form.model or "no model")
    mark = " :red[:material/error:]" if has_messages(form, MODEL) else ""
    with st.expander(f"{name} · **{model}**{mark} · change", key=f"{form.operation}.target", type="compact"):
        connection = connections.connection_picker()
        draw_group(form, Group.MAIN, only=frozenset({MODEL}))
    connections.draw_warnings(connection)
    listed = listed_models(connection)
    if listed and form.model not in listed:
        st.caption(f"{escape(connection.name)} does not list {escape(form.model)}. It may still work.")
    return connection
