"""Show a run in the result's place, while it runs and after it ended.

The browser's part (run_viewer.js) follows the run's own event stream; Python runs again only when the run has ended,
to draw its details.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from components.runs import RunView
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.error_boundary import guarded, reports_unavailable
from components.ui.base.run_json import run_json
from components.ui.process.event_channel import page_channel
from components.ui.process.workbench import workbench
from components.ui.results.changes import changes_of
from components.ui.session.owner import owner

_RUN_VIEWER = st.components.v2.component(
    "image_workbench_run_viewer",
    html='<div class="run-viewer"></div>',
    css=asset("results/run_viewer.css", "base/viewer.css", "edit/before_after.css"),
    js=asset("base/common.js", "base/viewer.js", "base/follow.js", "edit/before_after.js", "results/run_viewer.js"),
)


@dataclass(frozen=True)
class Action:
    """A button below every image: its name for `on_action`, its label, its tooltip, its label when on.

    `pixels`: only for images that can go into a run, not for SVG.
    """

    name: str
    label: str
    title: str = ""
    on: str = ""
    pixels: bool = False


@reports_unavailable
def cancel_run(run_id: str) -> None:
    """Queue the end of a run, by whoever sits here."""
    workbench().runner.cancel(run_id, by=owner())


def draw_run_viewer(
    operation: str,
    view: RunView | None,
    *,
    actions: Sequence[Action] = (),
    on_action: Callable[[str, str], None] | None = None,
    starred: Sequence[str] = (),
    brief: bool = False,
    before: Mapping[str, Any] | None = None,
    linked: str = "",
) -> None:
    """Draw a run, or an empty viewer. `on_action` receives an action's name and the output's id.

    `brief` shows the status without the images. `before` is the original that lies over them: `src`, `width` and
    `height` in pixels, and `tolerance`, the share by which two shapes may differ and count as the same. `linked` is the
    output that the page's address names.
    """
    key = f"viewer.{operation}"

    def acted() -> None:
        event = peek(key).get("action")
        if event and on_action is not None:
            defer(guarded(on_action), str(event["name"]), str(event["output"]))

    def cancelled() -> None:
        if run_id := peek(key).get("cancel"):
            cancel_run(str(run_id))

    page_channel(operation).follow(None if view is None else view.id)
    _RUN_VIEWER(
        key=key,
        data={
            "run": None if view is None else run_json(view),
            "events": f"/channels/{st.session_state[f'channel.{operation}']}",
            "actions": [asdict(action) for action in actions],
            "starred": list(starred),
            "brief": brief,
            "before": dict(before) if before else None,
            "changes": None if view is None else changes_of(view),
            "linked": linked,
        },
        on_ended_change=lambda: None,
        on_cancel_change=cancelled,
        on_action_change=acted,
    )
