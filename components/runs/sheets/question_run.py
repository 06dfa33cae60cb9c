"""Ask a vision model the checks of a sheet's images, where a person has agreed to the price.

As with cells, the run's id is written down first, then the run with this id, which can exist only once: whatever dies
in between, nothing is asked and paid for twice. The answer is read from the stored run. Who agreed is asked about the
images that they see, and no others.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor

from components.checks import ASKED, ASKED_KINDS, ERROR, Verdict
from components.checks.questions import read_verdicts
from components.checks.verdict import not_judged
from components.client import Connection
from components.library import Library, LibraryUnavailable, StoredOutput
from components.library.queries.sheet_cells import spent_of
from components.library.request_inputs import still_as_input
from components.library.sheets.checks import (
    AskedRun,
    StoredCheck,
    answer_result,
    asked_runs,
    asking_cost,
    store_result,
    unchecked,
)
from components.library.sheets.sheet_store import find_sheet
from components.library.team.charges import RunRefused
from components.library.visible.visible_library import VisibleLibrary
from components.parameters import Problem, Request, estimate
from components.runs.outcome import AppStopping
from components.runs.run_clock import new_run_id
from components.runs.runner import Runner
from components.runs.sheets.question_request import grouped, question_request
from components.runs.sheets.run_ends import first_ended
from components.team.people import Person

log = logging.getLogger(__name__)

WINDOW = 4  # runs of one sheet at a time
LOOK_SECONDS = 60.0
CLAIM_SECONDS = 60.0  # after which a run that was claimed and does not exist was left by a dead process
NO_STILL = "The model takes only PNG, JPEG and WebP."

NAMELESS = Person("", "")


class QuestionRunner:
    """Asks missing results. All methods are thread-safe; nothing is asked before `allow`."""

    def __init__(self, library: Library, runner: Runner) -> None:
        self._library = library
        self._runner = runner
        self._lock = threading.Condition()  # notified as looks end
        # By sheet; then by connection and person, in the order in which they agreed.
        self._allowed: dict[str, dict[tuple[str, str], tuple[Connection, Person]]] = defaultdict(dict)
        self._waiting: set[str] = set()
        self._active: set[str] = set()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="questions")
        self._stopping = threading.Event()

    def allow(self, sheet_id: str, connection: Connection, person: Person = NAMELESS) -> None:
        """Ask this connection what is missing, and what cells to come will miss, until `disallow` or a restart.

        Only about images that `person` sees, who pays, and while they see the sheet.
        """
        with self._lock:
            self._allowed[sheet_id][connection.id, person.id] = (connection, person)
        self.catch_up(sheet_id)

    def disallow(self, sheet_id: str, person: Person | None = None) -> None:
        """Ask nothing more for a sheet by what this person agreed to, or with None by what anybody did.

        What is under way is answered and billed.
        """
        with self._lock:
            known = self._allowed.pop(sheet_id, {})
            left = {key: one for key, one in known.items() if person is not None and key[1] != person.id}
            if left:
                self._allowed[sheet_id] = left

    def who_allowed(self, sheet_id: str, connection_id: str) -> list[Person]:
        """Return who agreed that missing results are asked at this connection, in that order."""
        return [person for one, person in self._permissions(sheet_id) if one.id == connection_id]

    def _permissions(self, sheet_id: str) -> list[tuple[Connection, Person]]:
        with self._lock:
            return list(self._allowed.get(sheet_id, {}).values())

    def _seen_by(self, person: Person) -> Library:
        return VisibleLibrary(self._library, person) if person.is_verified else self._library

    def is_active(self, sheet_id: str) -> bool:
        """Return whether answers may still come by themselves."""
        return sheet_id in self._waiting or sheet_id in self._active

    def has_to_look(self, sheet_id: str) -> bool:
        """Return whether a look has something to do: an answer to wait for or store, or an image to ask about.

        What only others may ask, or nobody before they agree, is not counted. Raise LibraryUnavailable.
        """
        for asked in asked_runs(self._library, sheet_id):
            if asked.is_sent or self._sender_of(sheet_id, asked) is not None:
                return True
        for connection, person in self._permissions(sheet_id):
            seen = self._seen_by(person)
            # A look ends the permission of somebody who does not see the sheet any more.
            if unchecked(seen, sheet_id, ASKED_KINDS, 1, [connection.id]) or find_sheet(seen, sheet_id) is None:
                return True
        return False

    def catch_up(self, sheet_id: str) -> None:
        """Queue a look for answers that are there and, where allowed, for what to ask. One look of a sheet waits."""
        with self._lock:
            if self._stopping.is_set() or sheet_id in self._waiting:
                return
            self._waiting.add(sheet_id)
            self._pool.submit(self._work, sheet_id)

    def stop(self) -> None:
        """Ask nothing more; the runner has stopped before, so that no thread waits for a run."""
        with self._lock:
            self._stopping.set()
        self._pool.shutdown(cancel_futures=True)

    def join(self) -> None:
        """Wait until all queued looks are done."""
        with self._lock:
            self._lock.wait_for(lambda: not self._waiting and not self._active)

    def _work(self, sheet_id: str) -> None:
        with self._lock:
            if sheet_id in self._active:  # another thread is at it and looks again before it ends
                return
            self._active.add(sheet_id)
        try:
            while True:
                with self._lock:
                    self._waiting.discard(sheet_id)
                under_way = self._settle(sheet_id)
                if not self._stopping.is_set():
                    under_way |= self._ask_missing(sheet_id, under_way)
                if under_way and not self._stopping.is_set():
                    self._await_one(under_way)
                    continue
                with self._lock:
                    if sheet_id in self._waiting and not self._stopping.is_set():
                        continue
                    self._active.discard(sheet_id)
                    return
        except (AppStopping, LibraryUnavailable):
            log.warning("The questions of sheet %s continue when the sheet is opened next", sheet_id)
        except Exception:
            log.exception("The questions of sheet %s stopped", sheet_id)
        finally:
            with self._lock:
                self._active.discard(sheet_id)
                self._waiting.discard(sheet_id)
                self._lock.notify_all()

    def _await_one(self, run_ids: set[str]) -> None:
        try:
            self._runner.call(first_ended(self._runner, tuple(run_ids)), LOOK_SECONDS)
        except TimeoutError:
            return
        except CancelledError:
            raise AppStopping from None

    def _settle(self, sheet_id: str) -> set[str]:
        """Store the verdicts of the runs that have ended; return the ids of those that have not."""
        under_way = set()
        for asked in asked_runs(self._library, sheet_id):
            view = self._runner.view(asked.run_id)
            if view is None:
                if self._send_again(sheet_id, asked):
                    under_way.add(asked.run_id)
                continue
            if not view.has_ended:
                under_way.add(asked.run_id)
                continue
            if view.state == "done":
                verdicts = read_verdicts(view.text, [(check.kind, check.settings) for check in asked.checks])
            else:
                why = str((view.error or {}).get("title") or view.state)
                verdicts = [Verdict(ERROR, f"Not answered: {why}")] * len(asked.checks)
            for check, verdict in zip(asked.checks, verdicts, strict=True):
                answer_result(self._library, check.id, asked.output_id, verdict)
        return under_way

    def _send_again(self, sheet_id: str, asked: AskedRun) -> bool:
        """Send a run that a process claimed and died before it sent it, for the first who agreed and sees the image."""
        sender = self._sender_of(sheet_id, asked)
        return sender is not None and self._submit(sheet_id, asked.run_id, asked.checks, *sender)

    def _sender_of(self, sheet_id: str, asked: AskedRun) -> tuple[StoredOutput, Connection, Person] | None:
        """Return for whom a run that does not exist can be sent, and about which image; None for nobody or not yet."""
        if time.time() - asked.claimed <= CLAIM_SECONDS:  # another process is about to send it
            return None
        for connection, person in self._permissions(sheet_id):
            if connection.id == asked.checks[0].settings.get("connection"):
                output = self._seen_by(person).output(asked.output_id)
                if output is not None:
                    return output, connection, person
        return None

    def _ask_missing(self, sheet_id: str, under_way: set[str]) -> set[str]:
        """Submit runs for missing results up to WINDOW; return their ids."""
        begun: set[str] = set()
        for connection, person in self._permissions(sheet_id):
            seen = self._seen_by(person)
            sheet = find_sheet(seen, sheet_id)
            if sheet is None:  # its owner keeps it for themselves by now
                with self._lock:
                    self._allowed.get(sheet_id, {}).pop((connection.id, person.id), None)
                continue
            # Under a cap one at a time: what the others will have cost is not known yet.
            window = WINDOW if sheet.cap is None else 1
            for group in grouped(unchecked(seen, sheet_id, ASKED_KINDS, 200, [connection.id])):
                if len(under_way) + len(begun) >= window:
                    break
                run_id = new_run_id()
                output, waiting = group[0].output, Verdict(ASKED, "being asked")
                claimed = [
                    one.check for one in group if store_result(self._library, one.check.id, output.id, waiting, run_id)
                ]
                if claimed and self._submit(sheet_id, run_id, claimed, output, connection, person):
                    begun.add(run_id)
        return begun

    def _submit(
        self,
        sheet_id: str,
        run_id: str,
        checks: Sequence[StoredCheck],
        output: StoredOutput,
        connection: Connection,
        person: Person,
    ) -> bool:
        """Submit a run whose id is written down; store why, if it cannot be."""
        image = still_as_input(self._seen_by(person), output)
        request = question_request(checks, image) if image is not None else ()
        verdict = self._refusal(sheet_id, request) if image is not None else not_judged(NO_STILL)
        if verdict is not None or not isinstance(request, Request):
            for check in checks:
                answer_result(self._library, check.id, output.id, verdict or not_judged(NO_STILL))
            return False
        try:
            self._runner.submit(
                connection,
                request,
                owner=person.id,
                extra={"check": sheet_id, "schema": request.values["schema"]},
                run_id=run_id,
            )
        except AppStopping:
            raise
        except RunRefused as problem:
            for check in checks:
                answer_result(self._library, check.id, output.id, Verdict(ERROR, f"Not asked: {problem}"))
            return False
        except LibraryUnavailable:
            if self._library.run(run_id) is None:
                raise  # else another process sends it
        return True

    def _refusal(self, sheet_id: str, request: Request | Sequence[Problem]) -> Verdict | None:
        """Return why a request is not sent, None if it is."""
        if not isinstance(request, Request):
            return Verdict(ERROR, f"Not asked: {' '.join(one.message for one in request)}")
        sheet = find_sheet(self._library, sheet_id)
        if sheet is None or sheet.cap is None:
            return None
        price = estimate(request).high
        if price is None:
            return Verdict(ERROR, f"Not asked: the price of {request.model} is unknown, and the sheet has a cap.")
        if spent_of(self._library, sheet_id) + asking_cost(self._library, sheet_id) + price > sheet.cap:
            return Verdict(ERROR, "Not asked: the sheet's cap would be exceeded.")
        return None
