"""The title of the page that a session drew last. Most often it is drawn again, and the tab's title stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

from components.ui.base.page_titles import set_title
from components.ui.session.state import page_state


@dataclass
class TitleState:
    """The title of the page that was drawn last; empty before the first."""

    title: str = ""


def set_last_title() -> None:
    """Set the title of the page that was drawn last."""
    set_title(*filter(None, [page_state(TitleState).title]))


def set_page_title(title: str) -> None:
    """Set the title of the page that is drawn now, where it is not the one that `set_last_title` has set."""
    state = page_state(TitleState)
    if state.title != title:
        set_title(title)
        state.title = title
