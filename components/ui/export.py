"""Carries a request out of the app: as JSON, Python, curl or an n8n workflow. No key is ever in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from components.parameters import Request, as_curl, as_n8n, as_python, recipe


def _json(make: Callable[[Request], dict[str, Any]]) -> Callable[[Request], str]:
    return lambda request: json.dumps(make(request), indent=2, ensure_ascii=False)


FORMS: tuple[tuple[str, str, str, str, Callable[[Request], str]], ...] = (
    # tab, language of the highlighter, file extension, what it is for, how it is made
    ("Recipe", "json", "json", "The request in portable form: what differs from the defaults.", _json(recipe)),
    ("Python", "python", "py", "For the openai package; the key comes from OPENAI_API_KEY.", as_python),
    ("curl", "bash", "sh", "For a shell; the key comes from OPENAI_API_KEY.", as_curl),
    ("n8n", "json", "json", "A workflow: copy it, then paste it onto n8n's canvas.", _json(as_n8n)),
)


def draw_export(request: Request, *, key: str) -> None:
    """A button that opens the request in every form it can be carried away in."""
    with st.popover("Use in code", icon=":material/code:", key=f"{key}.export", on_change="rerun") as panel:
        if not panel.open:
            return
        for tab, (title, language, extension, purpose, make) in zip(
            st.tabs([form[0] for form in FORMS]), FORMS, strict=True
        ):
            with tab:
                text = make(request)
                st.caption(purpose)
                st.code(text, language=language, height=320, wrap_lines=True)
                st.download_button(
                    f"Download as .{extension}",
                    text,
                    file_name=f"{request.operation}.{extension}",
                    key=f"{key}.export.{title}",
                    on_click="ignore",
                )
