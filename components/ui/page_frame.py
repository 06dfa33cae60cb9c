"""What every page has unseen: its style sheet, its heading for screen readers, and what listens to the whole window.

All of it is one component. Each further one delays the first sight of the prompt, as does Streamlit's HTML element.
"""

from __future__ import annotations

import streamlit as st

from components.ui.base.assets import asset
from components.ui.drop_anywhere import use_event
from components.ui.session.drafts.restore import draft_data, former_token_callback, note_report, take_former
from components.ui.session.drafts.typed_texts import TextHomes

_FRAME = st.components.v2.component(
    "image_workbench_page_frame",
    html='<h1></h1><div class="drop"></div>',
    css=asset("base/page_layout.css", "page_frame.css", "drop_anywhere.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/text_commit.js",
        "forms/sending/run_key.js",
        "session/drafts/typed_texts.js",
        "session/drafts/restore.js",
        "drop_anywhere.js",
        "page_frame.js",
    ),
    isolate_styles=False,  # the style sheet is for the page
)
_KEY = "page-frame"


def draw_page_frame(title: str, homes: TextHomes, *, takes_files: bool) -> None:
    """Draw the heading, which only screen readers see, and listen to the window; it takes up no space.

    With `takes_files`, files can be dropped anywhere on the page. `homes` are the fields whose texts belong to drafts.
    """
    event = _FRAME(
        key=_KEY,
        data={"title": title, "takesFiles": takes_files, "draft": draft_data(homes)},
        on_before_change=former_token_callback(_KEY, homes),
        on_shown_change=note_report,
        on_former_change=note_report,
        on_dropped_change=lambda: None,
    )
    take_former(event.former, homes)
    if takes_files:
        use_event(event.dropped)
