"""The library as a grid of images, answers, and runs without a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from components.library import StoredOutput
from components.library.db.schema import ANSWER
from components.library.queries.pages import Filter, FoundRun, Page, page
from components.parameters.prompts.wording import run_title
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.time_format import when_text
from components.ui.base.run_json import RASTER_FORMATS, VERSION_NAMES, image_json, summary_text, thumbnail_address
from components.ui.inputs.image_inputs import TILE_WIDTH
from components.ui.library.bulk.actions import draw_actions, draw_trash_actions, has_trashed, trash_all
from components.ui.library.filters import draw_filters
from components.ui.library.output_page import OUTPUT, note_shown
from components.ui.library.page_state import GridState
from components.ui.library.selection import RUN_PREFIX, run_shown_by
from components.ui.process.workbench import workbench
from components.ui.results.actions import page_of
from components.ui.results.stage.compare_button import draw_compare_button
from components.ui.results.stage.image_actions import follow_click, on_image_action
from components.ui.results.stage.marks import apply_mark, marks_json
from components.ui.results.stage.state import stage_state
from components.ui.session.acts import handle_new
from components.ui.session.owner import person
from components.ui.session.state import page_state

_GALLERY = st.components.v2.component(
    "image_workbench_gallery",
    html='<p class="keys" hidden>Click to open. Select with the checkbox, Space or Shift+click. '
    "Arrow keys move, V views, S stars, 1 to 5 rate, X rejects, Delete moves to the trash. "
    '<button type="button" title="Show the keys (?)">All keys</button></p><div class="gallery"></div>',
    css=asset("library/gallery.css", "base/browser/viewer.css", "base/browser/image_keys.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "base/browser/image_keys.js",
        "base/browser/viewer.js",
        "library/gallery.js",
    ),
)

PAGE_SIZE = 48
# Keys of an image's JSON that the full-window viewer needs.
VIEWED = frozenset({"src", "width", "height", "format", "bytes", "name", "save"})


@dataclass(frozen=True)
class Grid:
    """A grid, by name ("library" or "trash")."""

    name: str

    def key(self, part: str) -> str:
        """Return the key of one of the grid's widgets."""
        return f"{self.name}.grid.{part}"

    @property
    def state(self) -> GridState:
        """Return what this session keeps of the grid."""
        return page_state(GridState, self.name)

    def more(self) -> None:
        """Show one more page."""
        self.state.pages += 1

    def start_over(self) -> None:
        """Show the first page with nothing selected."""
        self.state.pages = 1
        self.select(())

    def select(self, ids: Sequence[str]) -> None:
        """Replace the selection, also in the browser."""
        state = self.state
        state.selected = list(ids)
        state.selections += 1

    def selected(self) -> list[str]:
        """Return the selected ids: outputs, and `run:ID` for runs without a result."""
        return list(self.state.selected)

    def handle_events(self) -> None:
        """Apply selections, marks and deletions made in the grid.

        Streamlit may interrupt a callback, so every drawing calls this too.
        """
        view, state = st.session_state.get(self.key("view")) or {}, self.state
        selected = view.get("selected")
        if isinstance(selected, Mapping) and selected.get("selections") == state.selections:
            state.selected = [str(one) for one in selected.get("ids") or ()]
        handle_new(state, view.get("acts"), partial(_apply_action, self))


LIBRARY, TRASH = Grid("library"), Grid("trash")


def _apply_action(grid: Grid, act: Mapping[str, Any]) -> None:
    if act["name"] != "trash":
        apply_mark(act)
    elif grid is LIBRARY:
        trash_all([str(one) for one in act["output"]])


def draw_library() -> None:
    """Draw the filters, the actions on the selection, and the grid."""
    LIBRARY.handle_events()
    query = draw_filters(LIBRARY.start_over)
    found = page(workbench().library, query.filter, order=query.order, limit=PAGE_SIZE * LIBRARY.state.pages)
    items = _visible_items(LIBRARY, found)
    note_shown([one["id"] for one in items if "view" in one])
    if items or LIBRARY.selected() or has_trashed():
        select_all = partial(LIBRARY.select, [one["id"] for one in items])
        draw_actions(LIBRARY.selected(), partial(LIBRARY.select, ()), select_all, query.filter)
    collected = stage_state().compared
    draw_compare_button(collected, key="library.compare", label=f"Compare {len(collected)} images")
    if not items:
        has_other = query.is_narrow and bool(workbench().library.recent(limit=1))
        draw_empty_state(
            "No matches. Clear a filter or search for fewer words."
            if has_other
            else "Nothing here yet. Every run appears here as soon as it starts.",
            icon=":material/photo_library:",
        )
        return
    _draw_grid(LIBRARY, items, has_more=found.after is not None)


def draw_trash() -> None:
    """Draw the trash: restore items or delete them for good."""
    TRASH.handle_events()
    found = page(workbench().library, Filter(in_trash=True), limit=PAGE_SIZE * TRASH.state.pages)
    items = _visible_items(TRASH, found)
    draw_trash_actions(TRASH.selected(), partial(TRASH.select, ()))
    if items:
        _draw_grid(TRASH, items, has_more=found.after is not None)


def _visible_items(grid: Grid, found: Page) -> list[dict[str, Any]]:
    items = [item for run in found.runs for item in _items(run)]
    known = {item["id"] for item in items}
    if any(one not in known for one in grid.selected()):
        grid.select([one for one in grid.selected() if one in known])
    return items


def _draw_grid(grid: Grid, items: list[dict[str, Any]], *, has_more: bool) -> None:
    event = _GALLERY(
        key=grid.key("view"),
        data={
            "name": grid.name,
            "keys": grid is LIBRARY,
            "looks": not person().may_run,
            "items": items,
            "selected": grid.selected(),
            "selections": grid.state.selections,
            "handled": grid.state.handled,
            "compared": stage_state().compared,
        },
        on_open_change=lambda: None,
        on_selected_change=grid.handle_events,
        on_acts_change=grid.handle_events,
        on_go_change=lambda: None,
    )
    if event.go:
        on_image_action(str(event.go["name"]), str(event.go["output"]))
        follow_click(here="library")
    if event.open:
        _open(str(event.open), {item["id"]: item["operation"] for item in items})
    if has_more:
        st.button("Show more", key=grid.key("more"), on_click=deferred(grid.more), width="stretch")


def _open(one: str, operations: dict[str, str]) -> None:
    if (run_id := run_shown_by(one)) is not None:
        st.switch_page(page_of(operations[one]), query_params={"run": run_id})
    st.query_params[OUTPUT] = one
    st.rerun()


def _items(found: FoundRun) -> Iterator[dict[str, Any]]:
    if not found.outputs:
        yield _item(found, None)
    for output in found.outputs:
        yield _item(found, output)


def _item(found: FoundRun, output: StoredOutput | None) -> dict[str, Any]:
    run = found.run
    facts = [when_text(run.created), run.model, *([run.owner] if run.owner else [])]
    many = len([one for one in found.outputs if one.role == "image"]) > 1
    number = f", image {output.index + 1}" if output is not None and many else ""
    version = VERSION_NAMES.get(output.role) if output is not None else None
    prompt = (output.title if output is not None else "") or run_title(run.prompt, run.extra)[:200]
    item: dict[str, Any] = {
        "id": f"{RUN_PREFIX}{run.id}" if output is None else output.id,
        "output": output is not None,
        "operation": run.operation,
        "prompt": prompt,
        "label": f"{run.operation}: {prompt or run.model}, {run.state}{number}{f', {version}' if version else ''}",
        "facts": " · ".join(facts if run.state == "done" else [run.state, *facts]),
    }
    if output is not None:
        item["marks"] = marks_json(output)
        item["pixels"] = output.format in RASTER_FORMATS
    if output is None or output.role == ANSWER:
        return {**item, "state": run.state, "text": summary_text(run), "thumb": _thumb_of_input(found.first_input)}
    return {
        **item,
        "thumb": thumbnail_address(output.sha256, output.format),
        "alpha": output.has_alpha,
        "badge": {"composite": "kept outside", "cutout": "cut out"}[output.role]
        if version
        else f"{output.index + 1} of {run.n}"
        if many
        else "",
        "view": {name: value for name, value in image_json(output, run.recipe).items() if name in VIEWED},
    }


def _thumb_of_input(sha256: str | None) -> str:
    """Return the address of an input's thumbnail; an output of the same content shares its own."""
    if sha256 is None:
        return ""
    made = workbench().library.file("thumbnail", sha256) is not None
    return thumbnail_address(sha256, "webp") if made else app_address(f"/previews/{sha256}?w={TILE_WIDTH}")
