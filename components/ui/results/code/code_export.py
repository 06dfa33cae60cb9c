"""Export a request as JSON, Python, httpx, JavaScript, curl or an n8n workflow, never with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from components.library.sheets.sheet_store import portable_recipe
from components.parameters import (
    Request,
    Server,
    as_curl,
    as_fetch,
    as_httpx,
    as_javascript,
    as_n8n,
    as_python,
    streaming_note,
)
from components.parameters.recipes.recipe import recipe
from components.runs import RunView
from components.ui.process.workbench import workbench
from components.ui.session.connections import server_of


def _text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False)


FORMS: tuple[tuple[str, str, str, str, Callable[[Request, Server], str]], ...] = (
    # tab, language of the highlighter, file extension, what it is for, how it is made
    (
        "Python",
        "python",
        "py",
        "For the openai package; keys come from the environment.",
        as_python,
    ),
    (
        "httpx",
        "python",
        "py",
        "For httpx, without the openai package; keys come from the environment.",
        as_httpx,
    ),
    (
        "JavaScript",
        "javascript",
        "mjs",
        "For the openai package of npm; keys come from the environment.",
        as_javascript,
    ),
    (
        "fetch",
        "javascript",
        "mjs",
        "For Node without any package; keys come from the environment.",
        as_fetch,
    ),
    ("curl", "bash", "sh", "For a shell; keys come from the environment.", as_curl),
    (
        "n8n",
        "json",
        "json",
        "A workflow: copy it, then paste it onto n8n's canvas.",
        lambda request, server: _text(as_n8n(request, server)),
    ),
)


def draw_export(request: Request, view: RunView, *, key: str) -> None:
    """Draw a button that opens a run's request in every export format; its recipe has the run's sheet in it."""

    def as_recipe(*_: object) -> str:
        return _text(portable_recipe(workbench().library, recipe(request), view.extra))

    about = "The request in portable form: what differs from the defaults, and the sheet that it is a cell of."
    left_out = streaming_note(request)
    forms = (("Recipe", "json", "json", about, as_recipe), *FORMS)
    with st.popover("Use in code", icon=":material/code:", key=f"{key}.export", on_change="rerun") as panel:
        if not panel.open:
            return
        for tab, (title, language, extension, purpose, make) in zip(
            st.tabs([form[0] for form in forms]), forms, strict=True
        ):
            with tab:
                text = make(request, server_of(view.connection_id))
                st.caption(purpose if make is as_recipe else f"{purpose} {left_out}".strip())
                st.code(text, language=language, height=320, wrap_lines=True)
                st.download_button(
                    f"Download as .{extension}",
                    text,
                    file_name=f"{request.operation}.{extension}",
                    key=f"{key}.export.{title}",
                    on_click="ignore",
                )
