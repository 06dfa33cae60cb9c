"""Export a request as JSON, Python, JavaScript, curl or an n8n workflow, never with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from components.parameters import Request, as_curl, as_fetch, as_javascript, as_n8n, as_python, recipe
from components.ui.session.connections import base_url_of


def _text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False)


FORMS: tuple[tuple[str, str, str, str, Callable[[Request, str], str]], ...] = (
    # tab, language of the highlighter, file extension, what it is for, how it is made
    (
        "Recipe",
        "json",
        "json",
        "The request in portable form: what differs from the defaults.",
        lambda request, _: _text(recipe(request)),
    ),
    (
        "Python",
        "python",
        "py",
        "For the openai package; the key comes from OPENAI_API_KEY.",
        lambda request, _: as_python(request),
    ),
    (
        "JavaScript",
        "javascript",
        "mjs",
        "For the openai package of npm; the key comes from OPENAI_API_KEY.",
        lambda request, _: as_javascript(request),
    ),
    (
        "fetch",
        "javascript",
        "mjs",
        "For Node without any package; the key comes from OPENAI_API_KEY.",
        lambda request, _: as_fetch(request),
    ),
    ("curl", "bash", "sh", "For a shell; the key comes from OPENAI_API_KEY.", lambda request, _: as_curl(request)),
    (
        "n8n",
        "json",
        "json",
        "A workflow: copy it, then paste it onto n8n's canvas.",
        lambda request, base_url: _text(as_n8n(request, base_url)),
    ),
)


def draw_export(request: Request, *, key: str, connection_id: str) -> None:
    """Draw a button that opens the request in every export format; `connection_id` is its run's."""
    with st.popover("Use in code", icon=":material/code:", key=f"{key}.export", on_change="rerun") as panel:
        if not panel.open:
            return
        for tab, (title, language, extension, purpose, make) in zip(
            st.tabs([form[0] for form in FORMS]), FORMS, strict=True
        ):
            with tab:
                text = make(request, base_url_of(connection_id))
                st.caption(purpose)
                st.code(text, language=language, height=320, wrap_lines=True)
                st.download_button(
                    f"Download as .{extension}",
                    text,
                    file_name=f"{request.operation}.{extension}",
                    key=f"{key}.export.{title}",
                    on_click="ignore",
                )
