"""What the session keeps of the stage: the pinned image, the images to compare, and the runs that were shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from components.ui.results.compare_button import MAX_COMPARED

KEY = "stage"  # one of session.restore.KEPT, so a reload keeps it
MAX_SEEN = 300


@dataclass
class StageState:
    """`champion` and `compared` are output ids, `seen` run ids in the order in which they were first shown."""

    champion: str | None = None
    compared: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether it holds anything that a session before it may not replace."""
        return bool(self.champion or self.compared)

    def pin(self, output_id: str, on: bool) -> None:
        """Pin an output in place of another, or unpin it."""
        if on:
            self.champion = output_id
        elif self.champion == output_id:
            self.champion = None

    def compare(self, output_id: str, on: bool) -> None:
        """Add an output to the comparison, in place of the oldest where that is full, or remove it."""
        others = [one for one in self.compared if one != output_id]
        self.compared = [*others, output_id][-MAX_COMPARED:] if on else others

    def see(self, run_id: str) -> None:
        """Note a run that is shown."""
        if run_id not in self.seen:
            self.seen = [*self.seen, run_id][-MAX_SEEN:]


def stage_state() -> StageState:
    """Return the session's stage."""
    state: StageState = st.session_state.setdefault(KEY, StageState())
    return state
