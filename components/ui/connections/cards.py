"""A card for each connection with its test, and the form that adds a personal one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date

import streamlit as st

from components.client import OPENAI, ApiError, Connection
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.state import page_state

TEST_SECONDS = 20.0
OPENAI_HOST = "api.openai.com"


@dataclass
class CardsState:
    """What the last test of each connection found, by its id; how many were added, and why the last one was not.

    Each new form has field keys of its own.
    """

    tested: dict[str, str] = field(default_factory=dict)
    added: int = 0
    problem: str = ""


def draw_card(connection: Connection) -> None:
    """Draw one connection: address, source, test, and buttons to use or forget it."""
    in_use = connections.chosen().id == connection.id
    with st.container(border=True, key=f"card.{connection.id}"):
        head, tools = st.columns([6, 5], vertical_alignment="center")
        mark = " :green-badge[in use]" if in_use else ""
        head.markdown(f"**{escape(connection.name)}**{mark}")
        address = "on this machine only" if connection.source == "built-in" else connection.base_url
        key = f", key {connection.masked_key}" if connection.api_key else ", no key"
        shown_key = "" if connection.source == "built-in" else key
        limit = f" · at most {connection.images_per_minute} images a minute" if connection.images_per_minute else ""
        head.caption(escape(f"{address}{shown_key} · {connections.SOURCES[connection.source]}{limit}"))
        connections.draw_warning(connection)
        with tools.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if not in_use:
                st.button(
                    "Use", key=f"use.{connection.id}", on_click=deferred(connections.choose), args=(connection.id,)
                )
            tested = st.button("Test", key=f"test.{connection.id}", help="List the server's models. Free.")
            if connection.source == "own":
                st.button(
                    "Forget",
                    key=f"forget.{connection.id}",
                    on_click=deferred(connections.forget_own),
                    args=(connection.id,),
                )
        if tested:
            with st.spinner("Listing the server's models"):
                page_state(CardsState).tested[connection.id] = _test(connection)
        if result := page_state(CardsState).tested.get(connection.id):
            st.markdown(result)


def _test(connection: Connection) -> str:
    bench = workbench()
    try:
        models = bench.ask(bench.client.models(connection), TEST_SECONDS)
    except ApiError as error:
        shown = error.as_dict()
        return f":red[:material/error: **{escape(shown['title'])}** {escape(shown['what'])} {escape(shown['next'])}]"
    except TimeoutError:
        return f":red[:material/error: No answer in {TEST_SECONDS:.0f} seconds. Nothing was spent.]"
    if not models:
        return ":material/check_circle: Works, but the server lists no models. Enter the model's name yourself."
    names = ", ".join(escape(model.id) for model in models[:12])
    more = f" and {len(models) - 12} more" if len(models) > 12 else ""
    ending = [
        f"{escape(model.id)} on {model.shutdown_date.isoformat()}"
        for model in models
        if model.shutdown_date and model.shutdown_date >= date.today()
    ]
    end = f"  \nEnds soon: {', '.join(ending[:6])}." if ending else ""
    return f":green[:material/check_circle:] Works. {len(models)} models: {names}{more}.{end}"


def draw_new_connection() -> None:
    """Draw the form for a personal connection. The key leaves the browser as soon as it is added."""
    st.subheader("Add your own")
    st.caption(
        "Kept only in this session's memory: never written to disk, never shown again, gone when you close the tab. "
        "Connections for the team belong in .streamlit/secrets.toml on the server."
    )
    # Entries stay until the connection is added; the next form starts empty.
    state = page_state(CardsState)
    fields = f"connections.new.{state.added}"
    with st.form("connections.new", border=True):
        name = st.text_input("Name", key=f"{fields}.name", placeholder="My OpenAI")
        base_url = st.text_input("Base URL", key=f"{fields}.url", placeholder="https://api.openai.com/v1")
        key = st.text_input("API key", key=f"{fields}.key", type="password", placeholder="sk-…", autocomplete="off")
        organization = st.text_input("Organization (optional)", key=f"{fields}.organization")
        project = st.text_input("Project (optional)", key=f"{fields}.project")
        if st.form_submit_button("Add", type="primary"):
            _add(name.strip(), base_url.strip(), key.strip(), organization.strip(), project.strip())
    if state.problem:
        st.markdown(f":red[:material/error: {escape(state.problem)}]")
        state.problem = ""


def _add(name: str, base_url: str, key: str, organization: str, project: str) -> None:
    connection = Connection(
        id=f"own-{secrets.token_hex(4)}",
        name=name or "My connection",
        base_url=base_url or OPENAI,
        api_key=key,
        organization=organization or None,
        project=project or None,
        source="own",
    )
    problem = connection.problem or workbench().client.may_not_lead_there(connection)
    if not key and connection.host == OPENAI_HOST:
        problem = "OpenAI needs an API key. Enter one, or the base URL of a server that needs none"
    if problem:
        page_state(CardsState).problem = f"{problem}. The connection was not added; your entries are kept."
        return
    page_state(CardsState).added += 1
    connections.add_own(connection if name else replace(connection, name=connection.host))
    st.rerun()
