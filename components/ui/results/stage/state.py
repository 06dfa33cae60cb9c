"""What the session keeps of the stage: the pinned image, the images to compare, and the runs that were shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.ui.results.stage.compare_button import MAX_COMPARED
from components.ui.session.state import DRAFT, page_state

MAX_SEEN = 300


@dataclass
class StageState:
    """`champion` and `compared` are output ids, `seen` run ids in the order in which they were first shown.

    These outlive a reload. `tree_page` is the page of the tree that was turned to while the run `tree_of` was shown.
    """

    champion: str | None = field(default=None, metadata=DRAFT)
    compared: list[str] = field(default_factory=list, metadata=DRAFT)
    seen: list[str] = field(default_factory=list, metadata=DRAFT)
    tree_page: int | None = None
    tree_of: str | None = None

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
    return page_state(StageState)
