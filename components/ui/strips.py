"""A row of small pictures; a click chooses one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.library import StoredOutput
from components.ui.assets import asset
from components.ui.run_json import thumbnail_address

_STRIP = st.components.v2.component(
    "image_workbench_outputs",
    html='<div class="strip"></div>',
    css=asset("strip.css"),
    js=asset("strip.js"),
)


def draw_choices(key: str, choices: Sequence[Mapping[str, str]], on_choice: Callable[[], None]) -> None:
    """Draw small pictures, each an `id`, a `title` and the address of its `thumb`.

    After a click `on_choice` is called; the id is `open` of what the session holds under `key`.
    """
    shown = [{"state": "", "current": False, **one} for one in choices]
    _STRIP(key=key, data={"runs": shown}, on_open_change=on_choice)


def draw_strip(key: str, outputs: Sequence[StoredOutput], *, current: str = "") -> str | None:
    """Draw these outputs, `current` marked; gives the id of the one that was clicked just now."""
    event = _STRIP(
        key=key,
        data={
            "runs": [
                {
                    "id": one.id,
                    "title": f"Picture {one.index + 1}{', kept outside the mask' if one.role == 'composite' else ''}",
                    "thumb": thumbnail_address(one.sha256, one.format),
                    "state": "",
                    "current": one.id == current,
                }
                for one in outputs
            ]
        },
        on_open_change=lambda: None,
    )
    return str(event.open) if event.open else None
