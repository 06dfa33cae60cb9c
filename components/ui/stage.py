"""Shows a run where the result belongs: while it goes on, and after it ended.

The browser's part (frontend/stage.js) follows the run's own event stream; Python is asked again only when the
run has ended, to draw what it cost and what came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.runs import RunView
from components.ui.assets import asset
from components.ui.run_json import run_json
from components.ui.workbench import workbench

_STAGE = st.components.v2.component(
    "image_workbench_stage",
    html='<div class="stage"></div>',
    css=asset("stage.css"),
    js=asset("viewer.js", "stage.js"),
)


@dataclass(frozen=True)
class Action:
    """A button beneath every picture: its name for `on_action`, its label, what it does, its label when on."""

    name: str
    label: str
    title: str = ""
    on: str = ""


def draw_stage(
    view: RunView,
    *,
    key: str,
    actions: Sequence[Action] = (),
    on_action: Callable[[str, str], None] | None = None,
    starred: Sequence[str] = (),
) -> None:
    """Draw a run. `on_action` is called with an action's name and the output's id."""

    def acted() -> None:
        event = st.session_state[key].get("action")
        if event and on_action is not None:
            on_action(str(event["name"]), str(event["output"]))

    def cancelled() -> None:
        run_id = st.session_state[key].get("cancel")
        if run_id:
            workbench().runner.cancel(str(run_id))

    _STAGE(
        key=key,
        data={
            "run": run_json(view),
            "events": f"/runs/{view.id}/events",
            "actions": [asdict(action) for action in actions],
            "starred": list(starred),
        },
        on_ended_change=lambda: None,
        on_cancel_change=cancelled,
        on_action_change=acted,
    )
