"""Send the cells of a sheet, a few at a time, so that a cap or a person can stop it in the middle.

The order is what makes it safe: a cell's run id is written first, then the run with this id, which can exist only
once. A process that dies between the two leaves a cell that was never sent; it is offered, never sent by itself.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.errors import NotAllowed
from components.library.queries.sheet_cells import WAITING, cells_of
from components.library.queries.sheet_summary import UNDER_WAY
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.sheet_batches import positions_in_batches
from components.library.sheets.sheet_inputs import inputs_of_recipe, inputs_of_sheet
from components.library.sheets.sheet_store import (
    begin_sending,
    cancel_sheet,
    change_sheet,
    claim_cell,
    find_sheet,
    note_reason,
)
from components.library.team.charges import RunRefused
from components.runs.outcome import AppStopping
from components.runs.run_clock import new_run_id
from components.runs.runner import Runner
from components.runs.sheets.cell_request import INPUT_MISSING, lost_connection_reason, request_of_cell
from components.runs.sheets.feed import CancelRun, Feed, Sender
from components.runs.sheets.run_ends import first_ended
from components.runs.sheets.sheet_cap import fits_under_cap
from components.runs.view import EDITED_OUTPUT

log = logging.getLogger(__name__)

# Runs of one sheet that are submitted and have not ended: enough to keep a connection busy, few to take back.
WINDOW = 8
# Seconds to wait for one of them before looking again.
LOOK_SECONDS = 60.0
STOP_SECONDS = 5.0

DONE = "done"


class SheetRunner:
    """Sends sheets in threads of their own. All methods are thread-safe."""

    def __init__(
        self, library: Library, runner: Runner, on_ended: Callable[[str], object] = lambda sheet_id: None
    ) -> None:
        """Call `on_ended` with a sheet's id, in its thread, each time that cells of it have ended."""
        self._library = library
        self._runner = runner
        self._on_ended = on_ended
        self._lock = threading.Lock()
        self._feeds: dict[str, Feed] = {}
        self._threads: dict[str, threading.Thread] = {}

    def start(
        self,
        sheet_id: str,
        connection: Connection,
        positions: Sequence[int],
        *,
        connections: Mapping[str, Connection] = MappingProxyType({}),
        owner: str = "",
        user: str = "",
    ) -> None:
        """Send the cells at these positions, after those that the sheet is sending already.

        Each run belongs to the `owner` who sends its cell, also beside cells that somebody else sends. Where
        connections vary, a cell goes to its own out of `connections`, by id, or says that it is not there. A cell whose
        run has been submitted is sent again, unless that run is under way. `user` is the parameter of this name, which
        no recipe holds. Raise LibraryUnavailable if the library cannot be written.
        """
        sender = Sender(connection, {**connections}, owner, user)
        cancels = begin_sending(self._library, sheet_id)
        runs = {cell.position: cell.run_id for cell in cells_of(self._library, sheet_id)}
        with self._lock:
            feed = self._feeds.get(sheet_id)
            is_new = feed is None or not feed.is_open or feed.cancels < cancels
            if feed is None or is_new:
                feed = self._feeds[sheet_id] = Feed(sheet_id, cancels)
            feed.add(positions, sender, runs)
            if not is_new:
                return
            thread = threading.Thread(target=self._work, args=(feed,), name=f"sheet-{sheet_id}", daemon=True)
            self._threads[sheet_id] = thread
            thread.start()

    def is_active(self, sheet_id: str) -> bool:
        """Return whether cells of a sheet are being sent or under way."""
        return sheet_id in self._feeds

    def cancel(self, sheet_id: str, by: str = "", cancel_run: CancelRun | None = None) -> None:
        """Send no more cells of a sheet, and cancel those under way; what has arrived is kept.

        Other servers see it in the library before they send the next cell. `cancel_run` cancels a run in the runner's
        place; a run that it raises NotAllowed for goes on.
        """
        with self._lock:
            feed = self._feeds.get(sheet_id)
            under_way = set() if feed is None else feed.under_way.copy()
            if feed is not None:
                feed.cancelled_by, feed.cancel_run = by, cancel_run
                feed.clear()
        in_batches = positions_in_batches(self._library, sheet_id)
        # Another server may send one that waits or failed, and may have none under way at this moment.
        unfinished = (one for one in cells_of(self._library, sheet_id) if one.position not in in_batches)
        if feed is not None or any(one.recipe is not None and one.state != DONE for one in unfinished):
            cancel_sheet(self._library, sheet_id)
        # Read after that: what another server sends from here on, it ends by itself.
        cells = [one for one in cells_of(self._library, sheet_id) if one.position not in in_batches]
        under_way |= {one.run_id for one in cells if one.run_id is not None and one.state in UNDER_WAY}
        for run_id in under_way:
            self._cancel_run(run_id, by, cancel_run)

    def join(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for the threads to notice that the runner has stopped."""
        for thread in tuple(self._threads.values()):
            thread.join(seconds)

    def _cancel_run(self, run_id: str, by: str, cancel_run: CancelRun | None) -> None:
        with contextlib.suppress(NotAllowed):
            (cancel_run or self._runner.cancel)(run_id, by)

    def _work(self, feed: Feed) -> None:
        stopped = ""
        try:
            stopped = self._feed(feed)
        except AppStopping:
            pass  # what was not sent waits in the library
        except LibraryUnavailable:
            stopped = "unavailable"
        except Exception:
            log.exception("Sheet %s stopped", feed.sheet_id)
            stopped = "unavailable"
        finally:
            with self._lock:
                if (current := self._feeds.get(feed.sheet_id)) is feed:
                    del self._feeds[feed.sheet_id]
                if self._threads.get(feed.sheet_id) is threading.current_thread():
                    del self._threads[feed.sheet_id]
        if stopped and (current is None or current is feed):  # else it would be said of what a newer feed sends
            try:
                change_sheet(self._library, feed.sheet_id, stopped=stopped)
            except LibraryUnavailable:
                log.warning("Could not store why sheet %s stopped.", feed.sheet_id)

    def _feed(self, feed: Feed) -> str:
        """Send the cells and wait for their ends. Return why it stopped by itself, or ""."""
        while True:
            found = self._next(feed)
            if found is None:
                if not feed.under_way:
                    return ""  # `cancel` has noted it; noted once more, it would stop what was sent since
                self._await_one(feed)
                continue
            position, sender = found
            while len(feed.under_way) >= WINDOW:
                self._await_one(feed)
            if self._ends_at_cap(feed, position, sender):
                while feed.under_way:
                    self._await_one(feed)
                return "cap"
            if feed.cancelled_by is not None:
                continue
            # What is reserved for the runs under way may turn out to be too much.
            while (refused := self._send(feed, position, sender)) and feed.under_way and feed.cancelled_by is None:
                self._await_one(feed)
            if refused:
                note_reason(self._library, feed.sheet_id, position, refused)

    def _next(self, feed: Feed) -> tuple[int, Sender] | None:
        with self._lock:
            if feed.positions:
                position = feed.positions.popleft()
                return position, feed.senders.pop(position)
            if not feed.under_way and self._feeds.get(feed.sheet_id) is feed:
                # In one step with the look: a `start` from here on begins a new feed.
                del self._feeds[feed.sheet_id]
            return None

    def _await_one(self, feed: Feed) -> None:
        try:
            feed.under_way -= self._runner.call(first_ended(self._runner, tuple(feed.under_way)), LOOK_SECONDS)
        except TimeoutError:
            return  # a run may take ten minutes
        except concurrent.futures.CancelledError:
            raise AppStopping from None
        self._on_ended(feed.sheet_id)

    def _ends_at_cap(self, feed: Feed, position: int, sender: Sender) -> bool:
        """Return whether the feed ends because a cell exceeds the cap; then a `start` begins a new one."""
        while True:
            joins = feed.joins
            if feed.cancelled_by is not None or self._is_within_cap(feed, position, sender):
                return False
            with self._lock:
                if feed.cancelled_by is None and feed.joins == joins:
                    feed.is_ending = True
                    feed.clear()
                    return True
            # Whoever has sent more meanwhile may have raised the cap before.

    def _is_within_cap(self, feed: Feed, position: int, sender: Sender) -> bool:
        """Return whether a cell fits under the sheet's cap; waits for the runs under way before it says no."""
        while True:
            sheet = find_sheet(self._library, feed.sheet_id)
            if sheet is None:
                return False
            if feed.is_outdated(sheet) or fits_under_cap(self._library, sheet, position, sender):
                return True  # of the outdated one, nothing is sent
            if not feed.under_way or feed.cancelled_by is not None:
                return False
            self._await_one(feed)  # it may have cost less than estimated

    def _to_send(self, feed: Feed, position: int, sender: Sender) -> tuple[StoredSheet, SheetCell] | None:
        """Return the sheet and a cell of it as they are now; None if this feed is not to send it."""
        found = cells_of(self._library, feed.sheet_id, position)
        cell = found[0] if found else None
        sheet = find_sheet(self._library, feed.sheet_id)
        if cell is None or cell.recipe is None or sheet is None or cell.state in {"queued", "running"}:
            return None
        with self._lock:
            if feed.ends_outdated(sheet):
                return None
        if cell.run_id != feed.runs.get(position):
            return None  # another server has sent it
        if position in positions_in_batches(self._library, feed.sheet_id):
            return None  # its batch sends it, and may have no run of it yet
        sent = self._library.run(cell.run_id) if cell.run_id else None
        if sent is not None and sent.is_private and sent.owner != sender.owner:
            return None  # to this person the cell looks as if it waited
        return sheet, cell

    def _send(self, feed: Feed, position: int, sender: Sender) -> str:
        """Submit a cell; return why the team's limits or budgets refuse it, or ""."""
        found = self._to_send(feed, position, sender)
        if found is None:
            return ""
        sheet, cell = found
        has_inputs = bool((cell.recipe or {}).get("inputs"))
        inputs = inputs_of_sheet(self._library, feed.sheet_id) if has_inputs else {}
        request = request_of_cell(cell, sender.user, inputs)
        if request is None:
            if has_inputs and inputs_of_recipe(cell.recipe or {}, inputs) is None:
                note_reason(self._library, feed.sheet_id, position, INPUT_MISSING)
            return ""
        connection = sender.connection_of(sheet, cell)
        if connection is None:
            note_reason(self._library, feed.sheet_id, position, lost_connection_reason(sheet, cell))
            return ""
        kept = sheet.template.get("extra") or {}
        run_id = cell.run_id
        # An id without its run was written down by a process that died then: it is used, so that it counts once.
        if run_id is None or cell.state != WAITING:
            run_id = new_run_id()
            if not claim_cell(
                self._library, feed.sheet_id, position, before=cell.run_id, run_id=run_id, spent=cell.spent
            ):
                return ""  # another process sends it
            feed.runs[position] = run_id
        try:
            self._runner.submit(
                connection,
                request,
                owner=sender.owner,
                parent_output=kept.get(EDITED_OUTPUT),
                extra={**kept, "sheet": {"id": feed.sheet_id, "position": position}},
                run_id=run_id,
            )
        except AppStopping:
            raise
        except LibraryUnavailable as problem:
            if self._library.run(run_id) is not None:
                return ""
            if isinstance(problem, RunRefused):
                return str(problem)
            raise
        with self._lock:
            feed.under_way.add(run_id)
        now = find_sheet(self._library, feed.sheet_id)
        with self._lock:
            feed.ends_outdated(now or sheet)  # cancelled since it was looked at
        if feed.cancelled_by is not None:
            self._cancel_run(run_id, feed.cancelled_by, feed.cancel_run)
        return ""
