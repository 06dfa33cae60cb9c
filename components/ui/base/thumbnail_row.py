"""A row of thumbnails; a click chooses one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.library import StoredOutput
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.run_json import VERSION_NAMES, thumbnail_address

_STRIP = st.components.v2.component(
    "image_workbench_strip",
    html='<div class="strip"></div>',
    css=asset("base/thumbnail_row.css"),
    js=asset("base/browser/mounting.js", "base/thumbnail_row.js"),
)


@dataclass(frozen=True)
class Thumbnail:
    """One item of a row: the id that a click returns, its title and address, and whether it is marked.

    Without an address its `state` is shown; a `label` stands below it; `stacked` marks an item of several runs.
    """

    id: str
    title: str
    thumb: str
    state: str = ""
    current: bool = False
    label: str = ""
    stacked: bool = False


def thumb_of(output: StoredOutput | None) -> str:
    """Return the address of an output's thumbnail; "" without an output."""
    return thumbnail_address(output.sha256, output.format) if output else ""


def draw_row(
    key: str,
    places: Iterable[Thumbnail],
    opened: Callable[[str], object] = lambda _: None,
    *,
    many: bool = False,
    steps: bool = False,
    numbered: bool = False,
) -> str | None:
    """Draw one row, or several rows if `many`; return the id that was clicked.

    With `steps` the row is low, begins at its current or last item, and Alt+Left and Alt+Right open its neighbors.
    With `numbered` it is low too, and each item has its number.

    `opened` receives that id in a callback, before the page is drawn again.
    """

    def clicked() -> None:
        if chosen := peek(key).get("open"):
            defer(opened, str(chosen))

    data = {"runs": [asdict(place) for place in places], "many": many, "steps": steps, "numbered": numbered}
    event = _STRIP(key=key, data=data, on_open_change=clicked)
    return str(event.open) if event.open else None


def draw_strip(key: str, outputs: Sequence[StoredOutput], *, current: str = "") -> str | None:
    """Draw these outputs with `current` marked; return the id that was just clicked."""
    versions = {one.id: f", {VERSION_NAMES[one.role]}" if one.role in VERSION_NAMES else "" for one in outputs}
    return draw_row(
        key,
        [
            Thumbnail(one.id, f"Image {one.index + 1}{versions[one.id]}", thumb_of(one), current=one.id == current)
            for one in outputs
        ],
    )
