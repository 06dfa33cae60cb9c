"""The form of a personal connection: to add one, to edit it, or to copy another.

A secret that was entered once is never sent to the browser again: its field is empty, and what is not typed again
stays as it was, unless the connection is made to lead to another server.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import streamlit as st

from components.client import MOST_PAIRS, OPENAI, Connection, mask_key
from components.parameters import CATALOGUE, NEWEST_API_VERSION, SHAPES, Shape
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.personal.kept_connections import may_keep
from components.ui.session.state import page_state

OPENAI_HOST = "api.openai.com"

_URLS = {
    "openai": "https://api.openai.com/v1",
    "azure": "https://NAME.openai.azure.com/openai/v1/",
    "azure-deployments": "https://NAME.openai.azure.com",
}
_KINDS = {"headers": "Header", "query": "Parameter"}
_MOVED = "The base URL leads to another server: type {} again"


@dataclass
class ConnectionFormState:
    """A form's problems by field, how many rows of each kind of pair it has, and how many forms were completed.

    `keep`: whether the connection is to outlive the session.

    Each new form has field keys of its own.
    """

    completed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    keep: bool = False


def draw_connection_form(
    part: str,
    start: Connection | None = None,
    *,
    is_copy: bool = False,
    on_cancel: Callable[[], None] | None = None,
) -> Connection | None:
    """Draw the form, filled from `start` but for its secrets; return the connection once it is complete and right.

    `part` distinguishes the forms of a page. Without `start`, and for a copy, the connection gets a new id.
    """
    state = page_state(ConnectionFormState, part)
    is_new = start is None or is_copy
    form = _Form(start or Connection(id="", name="", base_url=""), state, f"connections.{part}.{state.completed}")
    shape = form.draw_shape()
    # Enter would press the first button of the form, which is not the one that adds.
    with st.form(f"connections.{part}", border=start is None, enter_to_submit=False):
        made = form.draw(shape)
        if may_keep():
            state.keep = st.checkbox(
                "Keep for me",
                value=start is not None and not is_copy and connections.is_kept(start.id),
                key=f"connections.{part}.{state.completed}.keep",
                help="Stored with its key, encrypted, for you alone: it is here again when you sign in. Otherwise it "
                "is gone when you close the tab.",
            )
        with st.container(horizontal=True, gap="small"):
            save = st.form_submit_button("Add" if is_new else "Save", type="primary")
            if on_cancel is not None:
                st.form_submit_button("Cancel", on_click=on_cancel)
    if kind := form.wants_row:
        state.rows[kind] = form.rows[kind] + 1
        st.rerun()
    if not save:
        return None
    made = replace(made, id=f"own-{secrets.token_hex(4)}" if is_new else made.id, source="own")
    state.problems = form.problems_of(made)
    if state.problems:
        st.rerun()
    forget_entries(part)
    return made if made.name else replace(made, name=made.host)


def forget_entries(part: str) -> None:
    """Reset a form: remove its entries and problems."""
    state = page_state(ConnectionFormState, part)
    state.completed, state.rows, state.problems = state.completed + 1, {}, {}


class _Form:
    """One drawing of the form. Its fields keep their entries until the connection is right."""

    def __init__(self, start: Connection, state: ConnectionFormState, key: str) -> None:
        self._start = start
        self._problems = state.problems
        self._key = key
        self.rows = {kind: max(state.rows.get(kind, 1), len(getattr(start, kind)) + 1) for kind in _KINDS}
        self.wants_row: str | None = None
        self._rows_of: dict[str, str] = {}  # the row here of each pair in the connection, which has no empty rows
        self._has_moved = False

    def draw_shape(self) -> Shape:
        """Draw the choice of the server's shape, above the form, because the fields depend on it."""
        shapes = list(SHAPES)
        chosen = st.selectbox(
            "Kind of server",
            shapes,
            index=shapes.index(self._start.shape) if self._start.shape in shapes else 0,
            format_func=lambda shape: SHAPES[shape],
            key=f"{self._key}.shape",
        )
        return cast(Shape, chosen)

    def draw(self, shape: Shape) -> Connection:
        """Draw the fields and return the connection that they make, right or wrong."""
        start, is_azure = self._start, shape != "openai"
        name = self._text("Name", "name", start.name, placeholder="My Azure" if is_azure else "My OpenAI")
        base_url = self._text("Base URL", "base_url", start.base_url, placeholder=_URLS[shape])
        base_url = base_url.strip() or ("" if is_azure else OPENAI)
        self._has_moved = bool(start.base_url) and not _is_same_server(start.base_url, base_url)
        kept = f"unchanged ({start.masked_key})" if start.api_key else "sk-…"
        key = self._text("API key", "api_key", "", placeholder=kept, type="password", autocomplete="off")
        texts: dict[str, Any] = {}
        if is_azure:
            is_old = shape == "azure-deployments"
            label, example = ("API version", NEWEST_API_VERSION) if is_old else ("API version (optional)", "preview")
            texts["api_version"] = self._text(label, "api_version", start.api_version, placeholder=example)
        else:
            texts["organization"] = self._text("Organization (optional)", "organization", start.organization or "")
            texts["project"] = self._text("Project (optional)", "project", start.project or "")
        texts["model_names"] = self._draw_model_names(is_azure)
        texts |= self._draw_pairs()
        return replace(
            start,
            name=name.strip(),
            base_url=base_url,
            api_key=key.strip() or ("" if self._has_moved else start.api_key),
            shape=shape,
            **texts,
        )

    def problems_of(self, made: Connection) -> dict[str, str]:
        """Return the problems of the connection that was entered, each as a sentence without a period, by field."""
        found: dict[str, str] = {}
        for problem in made.problems:
            found.setdefault(self._rows_of.get(problem.field, problem.field), problem.message)
        if message := workbench().client.may_not_lead_there(made):
            found.setdefault("base_url", message)
        if self._has_moved and self._start.api_key and not made.api_key:
            found.setdefault("api_key", _MOVED.format("its key"))
        names = {name.lower() for name, _ in made.headers}
        if not made.api_key and not names & {"authorization", "api-key"}:
            if made.shape != "openai":
                found.setdefault("api_key", "Azure needs an API key")
            elif made.host == OPENAI_HOST:
                found.setdefault(
                    "api_key", "OpenAI needs an API key. Enter one, or the base URL of a server that needs none"
                )
        return found

    def _text(self, label: str, name: str, value: str, **widget: Any) -> str:
        text: str = st.text_input(label, value, key=f"{self._key}.{name}", **widget)
        self._draw_problem(name)
        return text

    def _draw_problem(self, name: str) -> None:
        if message := self._problems.get(name):
            st.markdown(f":red[:material/error: {escape(message)}.]")

    def _draw_model_names(self, is_azure: bool) -> tuple[tuple[str, str], ...]:
        text = st.text_area(
            "Deployments" if is_azure else "Model names (optional)",
            "\n".join(f"{name} = {model}" for name, model in self._start.model_names),
            key=f"{self._key}.model_names",
            placeholder="my-images = gpt-image-2\nmy-eyes = gpt-6.1-terra",
            height=76,
            help="One per line: the server's name, =, and the model that it stands for. Parameters, limits and prices "
            "then follow the model. Not needed where the server names a model as its maker does.",
        )
        self._draw_problem("model_names")
        return _read_model_names(text)

    def _draw_pairs(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Draw the headers and the query parameters, each with an empty row at the end; return those that are named."""
        opened = any(self.rows[kind] > 1 for kind in _KINDS) or any("." in name for name in self._problems)
        with st.expander("Headers and query parameters", expanded=opened):
            st.caption("Sent with every request. Their values are kept secret like the key.")
            return {kind: self._draw_rows(kind) for kind in _KINDS}

    def _draw_rows(self, kind: str) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for place in range(self.rows[kind]):
            name, value = self._draw_row(kind, place)
            if name or value:
                self._rows_of[f"{kind}.{len(found)}"] = f"{kind}.row.{place}"
                found.append((name, value))
            self._draw_problem(f"{kind}.row.{place}")
        if st.form_submit_button(f"One more {_KINDS[kind].lower()}", disabled=self.rows[kind] >= MOST_PAIRS):
            self.wants_row = kind
        return tuple(found)

    def _draw_row(self, kind: str, place: int) -> tuple[str, str]:
        """Draw one row and return its name and value; a value that is not typed again stays."""
        pairs = getattr(self._start, kind)
        old_name, old_value = pairs[place] if place < len(pairs) else ("", "")
        key = f"{self._key}.{kind}.{place}"
        label: Literal["visible", "collapsed"] = "visible" if place == 0 else "collapsed"
        columns = st.columns(2, gap="small", wrap=False)
        name = columns[0].text_input(_KINDS[kind], old_name, key=f"{key}.name", label_visibility=label).strip()
        value = columns[1].text_input(
            f"{_KINDS[kind]}'s value",
            "",
            key=f"{key}.value",
            type="password",
            autocomplete="off",
            placeholder=f"unchanged ({mask_key(old_value)})" if old_value else "",
            label_visibility=label,
        )
        stays = name == old_name and not self._has_moved
        return name, value.strip() or (old_value if stays else "")


def _is_same_server(one: str, other: str) -> bool:
    """Return whether two base URLs lead to the same scheme, host and port."""
    connections = [Connection(id="", name="", base_url=url) for url in (one, other)]
    if any(connection.problem for connection in connections):
        return False
    first, second = ((connection.scheme_and_host, connection.endpoint_name) for connection in connections)
    return first == second


def _read_model_names(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of lines such as `my-images = gpt-image-2`; a known model alone stands for itself."""
    pairs = []
    for line in text.splitlines():
        name, sign, model = (part.strip() for part in line.partition("="))
        if name or sign:
            pairs.append((name, model if sign else name if name in CATALOGUE else ""))
    return tuple(pairs)
