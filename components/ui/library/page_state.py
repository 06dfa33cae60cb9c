"""What the session keeps of the Library page: its state, and the keys of those widgets that are read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.ui.session.acts import first_sequence

VIEW = "library.view"  # everything, collections, trash or spending
COLLECTION_NAME = "act.collection.name"


def filter_key(name: str) -> str:
    """Return the key of a filter."""
    return f"library.{name}"


@dataclass
class LibraryState:
    """What the page remembers.

    `trashed` are the tiles that Undo restores from the trash. `refused` says why the last change of the selection was
    refused, `not_renamed` the same for a collection by its id. `shown` are the outputs that the gallery shows, for
    Previous and Next on an output's page. `under_way` are the runs that the queue showed last.
    """

    trashed: list[str] = field(default_factory=list)
    refused: str = ""
    not_renamed: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    under_way: frozenset[str] = frozenset()


@dataclass
class GridState:
    """A grid of tiles: how many pages it shows, and the ids of the selected tiles.

    `selections` counts the selections that the program made, `handled` is the number of the last act that was handled.
    """

    pages: int = 1
    selected: list[str] = field(default_factory=list)
    selections: int = 0
    handled: int = field(default_factory=first_sequence)
