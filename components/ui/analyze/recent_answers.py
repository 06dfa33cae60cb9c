"""The list of recent questions."""

from __future__ import annotations

import streamlit as st

from components.library.queries.question_groups import GROUP_KEY, recent_questions
from components.runs import RunView
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.address import run_in_address, show_run

SHOWN = 8
MAX_CHARACTERS = 90
SIGNS = {"done": ":material/check:", "failed": ":material/error:", "running": ":material/hourglass_top:"}


def draw_recent_answers(view: RunView | None) -> None:
    """Draw the newest questions as buttons; a click shows the answer again."""
    extra = (view.extra or {}) if view is not None else {}
    shown = {run_in_address(), str(extra.get("conversation") or "")}
    questions = recent_questions(workbench().library, SHOWN + 2)
    group = (extra.get(GROUP_KEY) or {}).get("id")
    others = [one for one in questions if one.run_id not in shown and not (group and one.group == group)][:SHOWN]
    if not others:
        return
    st.subheader("Recent questions")
    for one in others:
        line = " ".join(one.question.split()) or "No question"
        line = line if len(line) <= MAX_CHARACTERS else f"{line[:MAX_CHARACTERS]}…"
        st.button(
            escape(f"{line}  ({one.images} images)" if one.images > 1 else line),
            key=f"recent.analyze.{one.run_id}",
            icon=SIGNS.get(one.state, ":material/history:"),
            type="tertiary",
            on_click=deferred(show_run),
            args=(one.run_id,),
        )
