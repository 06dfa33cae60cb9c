"""What a sheet's runner holds of one sheet that is being sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from components.client import Connection
from components.library.records import SheetCell, StoredSheet
from components.runs.sheets.cell_request import connection_value

# Cancels the run with this id, for the person with this name.
CancelRun = Callable[[str, str], None]


@dataclass(frozen=True)
class Sender:
    """By whom cells are sent: the connections, the runs' owner, and the parameter `user`, which no recipe holds."""

    connection: Connection
    connections: Mapping[str, Connection]
    owner: str
    user: str

    def connection_of(self, sheet: StoredSheet, cell: SheetCell) -> Connection | None:
        """Return the connection that a cell goes by: the sheet's, or its own where they vary; None if that is gone."""
        value = connection_value(sheet, cell)
        return self.connection if value is None else self.connections.get(str(value["value"]))


@dataclass
class Feed:
    """One sheet that is being sent, and the positions still to send.

    `senders` says by whom, for each of these positions. `runs` are the ids of the cells' runs when they were to be
    sent: a cell with another one was sent elsewhere since. `cancel_run` is set with `cancelled_by`. `joins` counts how
    often positions were added. A feed that `is_ending` sends nothing more and takes no further positions. `cancels` is
    how often the sheet had been cancelled when it began: once more, at whatever server, and it ends.
    """

    sheet_id: str
    cancels: int = 0
    positions: deque[int] = field(default_factory=deque)
    senders: dict[int, Sender] = field(default_factory=dict)
    runs: dict[int, str | None] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)
    cancelled_by: str | None = None
    cancel_run: CancelRun | None = None
    joins: int = 0
    is_ending: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether positions can be added."""
        return self.cancelled_by is None and not self.is_ending

    def is_outdated(self, sheet: StoredSheet) -> bool:
        """Return whether the sheet was cancelled since this feed began; it may be sent again by another one."""
        return sheet.cancels > self.cancels

    def ends_outdated(self, sheet: StoredSheet) -> bool:
        """Send nothing more if the sheet was cancelled since this feed began; return whether it was."""
        if self.is_outdated(sheet):
            self.cancelled_by = self.cancelled_by or ""
            self.clear()
        return self.is_outdated(sheet)

    def add(self, positions: Sequence[int], sender: Sender, runs: Mapping[int, str | None]) -> None:
        """Send the cells at these positions too, except those still to send; `runs` are the ids of their runs."""
        self.joins += 1
        added = [one for one in dict.fromkeys(positions) if one not in self.positions]
        self.positions.extend(added)
        self.senders |= dict.fromkeys(added, sender)
        self.runs |= {one: runs.get(one) for one in added}

    def clear(self) -> None:
        """Drop what is still to send."""
        self.positions.clear()
        self.senders.clear()
