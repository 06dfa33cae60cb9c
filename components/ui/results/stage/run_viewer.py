"""Show a run in the result's place, while it runs and after it ended.

The browser's part (run_viewer.js) follows the run's own event stream; Python runs again only when the run has ended,
to draw its details.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from components.library.queries.family import former
from components.runs import RunView
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.error_boundary import guarded, reports_unavailable
from components.ui.base.run_json import image_json, run_json
from components.ui.process.event_channel import channel_address, page_channel
from components.ui.process.page_rights import refuse_viewers
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_or_continue
from components.ui.results.stage.changes import changes_of
from components.ui.results.stage.differences import difference_labels
from components.ui.results.stage.marks import BY_LINK, handle_marks, marks_json
from components.ui.results.stage.state import stage_state
from components.ui.session.address import is_only_read
from components.ui.session.owner import begun_here, is_mine, owner, person

_RUN_VIEWER = st.components.v2.component(
    "image_workbench_run_viewer",
    html='<div class="run-viewer"></div>',
    css=asset(
        "results/stage/run_viewer.css",
        "base/browser/viewer.css",
        "base/browser/panes.css",
        "base/browser/image_keys.css",
        "edit/before_after.css",
    ),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "base/browser/image_keys.js",
        "base/browser/viewer.js",
        "base/browser/panes.js",
        "base/browser/follow.js",
        "edit/before_after.js",
        "results/stage/stage.js",
        "results/stage/tiles.js",
        "results/stage/run_viewer.js",
    ),
)


@dataclass(frozen=True)
class Action:
    """A button below every image, besides those that have keys: its name for `on_action`, label, tooltip and icon.

    The icon, of Material Symbols, stands for the label below a small image. `pixels`: only for images that can go into
    a run, not for SVG; `opaque`: only for those that came so; `changes`: not for who sees the run read-only.
    """

    name: str
    label: str
    title: str = ""
    icon: str = ""
    pixels: bool = False
    opaque: bool = False
    changes: bool = False


@reports_unavailable
def cancel_run(run_id: str) -> None:
    """Queue the cancelling of a run by the current person."""
    refuse_viewers()
    workbench().runner.cancel(run_id, by=owner())


def whose_run(view: RunView | None) -> dict[str, Any] | None:
    """Return whose run is on show, for its head: the owner's id if it is another's, and whether one may cancel it."""
    if view is None:
        return None
    mine = is_mine(view.id, view.owner)
    return {"id": view.id, "owner": "" if mine else view.owner, "mayCancel": mine or person().may_change(view.owner)}


def why_read_only(view: RunView | None) -> str:
    """Return why a person sees the marks of the run on show and changes none: they came by its link, or are a viewer.

    "" if they may change them.
    """
    if view is None:
        return ""
    if not person().may_run:
        return "You are a viewer: you can see marks, but not change them."
    by_link = is_only_read(view.id, view.sheet_id) and not is_mine(view.id, view.owner)
    return BY_LINK if by_link and view.sheet_id not in begun_here() else ""


def draw_run_viewer(
    operation: str,
    view: RunView | None,
    *,
    actions: Sequence[Action] = (),
    on_action: Callable[[str, str], None] | None = None,
    status_only: bool = False,
    before: Mapping[str, Any] | None = None,
    linked: str = "",
) -> None:
    """Draw a run, or an empty viewer. `on_action` receives an action's name and the output's id.

    `status_only` shows the status without the images. `before` is the original that lies over them: `src`, `width` and
    `height` in pixels, and `tolerance`, the share by which two shapes may differ and count as the same. `linked` is the
    output that the page's address names.
    """
    key = f"viewer.{operation}"
    read_only = why_read_only(view)
    marked, handled = handle_marks(operation, key, {view.id} if view is not None and read_only else ())

    def acted() -> None:
        event = peek(key).get("action")
        if event and on_action is not None:
            defer(guarded(on_action), str(event["name"]), str(event["output"]))

    def cancelled() -> None:
        if run_id := peek(key).get("cancel"):
            cancel_run(str(run_id))

    def continued() -> None:
        if view is not None and peek(key).get("continue") == view.id:
            defer(guarded(load_or_continue), view)

    page_channel(operation).follow(None if view is None else view.id)
    _RUN_VIEWER(
        key=key,
        data={
            "run": None if view is None else run_json(view),
            "whose": whose_run(view),
            "readOnly": read_only,
            "continues": read_only == BY_LINK,
            "events": channel_address(operation),
            "actions": [asdict(action) for action in actions],
            "handled": handled,
            **_stage_json(view),
            "status_only": status_only,
            "before": dict(before) if before else None,
            "changes": None if view is None else changes_of(view),
            "linked": linked,
            "is_link": view is not None and view.id not in begun_here(),
        },
        on_acts_change=marked,
        on_ended_change=lambda: None,
        on_cancel_change=cancelled,
        on_action_change=acted,
        on_continue_change=continued,
    )


def _stage_json(view: RunView | None) -> dict[str, Any]:
    """Return what the stage shows of the session and of other runs: marks, the pinned and the former image."""
    state, library = stage_state(), workbench().library
    if view is None:
        return {"compared": state.compared}
    state.see(view.id)
    before = former(library, view.id)
    pinned = library.output(state.champion) if state.champion else None
    run = library.run(pinned.run_id) if pinned is not None else None
    labels = [] if run is None else [one.as_json() for one in difference_labels([(pinned, run), (None, view)])]
    return {
        "marks": {one.id: marks_json(one) for one in library.outputs(view.id)} if view.images else {},
        "compared": state.compared,
        "former": None if before is None else image_json(before, {}),
        "champion": None if pinned is None or run is None else image_json(pinned, run.recipe),
        "labels": labels,
    }
