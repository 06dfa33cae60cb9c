"""Ask a vision model the checks of a sheet's images, where a person has agreed to the price.

As with cells, the run's id is written down first, then the run with this id, which can exist only once: whatever dies
in between, nothing is asked and paid for twice. The answer is read from the stored run.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

from components.checks import ASKED, ASKED_KINDS, ERROR, Verdict
from components.checks.questions import answer_schema, decision_questions, question_text, read_verdicts
from components.checks.verdict import not_judged
from components.client import Connection
from components.library import Library, LibraryUnavailable, StoredOutput
from components.library.output_inputs import still_as_input
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import (
    StoredCheck,
    Unchecked,
    answer_result,
    asked_results,
    asking_cost,
    store_result,
    unchecked,
)
from components.library.sheets.sheet_store import find_sheet
from components.parameters import InputImage, Problem, Request, estimate, resolve
from components.runs.runner import AppStopping, Runner, new_run_id
from components.runs.sheet_run import first_ended

log = logging.getLogger(__name__)

WINDOW = 4  # runs of one sheet at a time
LOOK_SECONDS = 60.0
ANSWER_TOKENS = 150  # for the answer to one check with its reason; only used tokens are billed
NO_STILL = "The model takes only PNG, JPEG and WebP."

Group = Sequence[Unchecked]  # missing results of one output, for one connection and model


def question_request(checks: Sequence[StoredCheck], image: InputImage) -> Request | Sequence[Problem]:
    """Return the request that asks all these checks, which have one model, about an image."""
    pairs = [(one.kind, one.settings) for one in checks]
    values = {
        "text": question_text(pairs),
        "input_type": "files",
        "stream": False,
        "max_output_tokens": 200 + ANSWER_TOKENS * len(checks),
    }
    found = resolve("analyze", str(checks[0].settings["model"]), values, images=(image,))
    if not isinstance(found, Request):
        return found
    more = {"schema": answer_schema(pairs), "questions": decision_questions(pairs)}
    return replace(found, values={**found.values, **more})


class QuestionRunner:
    """Asks missing results. All methods are thread-safe; nothing is asked before `allow`."""

    def __init__(self, library: Library, runner: Runner) -> None:
        self._library = library
        self._runner = runner
        self._lock = threading.Lock()
        self._allowed: dict[str, dict[str, tuple[Connection, str]]] = defaultdict(dict)
        self._waiting: set[str] = set()
        self._active: set[str] = set()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="questions")
        self._stopping = threading.Event()

    def allow(self, sheet_id: str, connection: Connection, owner: str = "") -> None:
        """Ask this connection what is missing, and what cells to come will miss, until `disallow` or a restart."""
        with self._lock:
            self._allowed[sheet_id][connection.id] = (connection, owner)
        self.catch_up(sheet_id)

    def disallow(self, sheet_id: str) -> None:
        """Ask nothing more for a sheet. What is under way is answered and billed."""
        with self._lock:
            self._allowed.pop(sheet_id, None)

    def is_allowed(self, sheet_id: str, connection_id: str) -> bool:
        """Return whether missing results are asked at this connection by themselves."""
        return connection_id in self._allowed.get(sheet_id, {})

    def is_active(self, sheet_id: str) -> bool:
        """Return whether answers may still come by themselves."""
        return sheet_id in self._waiting or sheet_id in self._active

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
        self._pool.shutdown()

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
            log.warning("the questions of sheet %s continue when it is opened next", sheet_id)
        except Exception:
            log.exception("the questions of sheet %s stopped", sheet_id)
        finally:
            with self._lock:
                self._active.discard(sheet_id)
                self._waiting.discard(sheet_id)

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
        for run_id, asked in asked_results(self._library, sheet_id).items():
            view = self._runner.view(run_id)
            if view is None:
                if self._send_again(sheet_id, run_id, asked):
                    under_way.add(run_id)
                continue
            if not view.has_ended:
                under_way.add(run_id)
                continue
            if view.state == "done":
                verdicts = read_verdicts(view.text, [(check.kind, check.settings) for check, _ in asked])
            else:
                why = str((view.error or {}).get("title") or view.state)
                verdicts = [Verdict(ERROR, f"Not answered: {why}")] * len(asked)
            for (check, output_id), verdict in zip(asked, verdicts, strict=True):
                answer_result(self._library, check.id, output_id, verdict)
        return under_way

    def _send_again(self, sheet_id: str, run_id: str, asked: Sequence[tuple[StoredCheck, str]]) -> bool:
        """Send a run whose id was written down by a process that died before it sent it, where that is allowed."""
        output = self._library.output(asked[0][1])
        return output is not None and self._submit(sheet_id, run_id, [check for check, _ in asked], output)

    def _ask_missing(self, sheet_id: str, under_way: set[str]) -> set[str]:
        """Submit runs for missing results up to WINDOW; return their ids."""
        begun: set[str] = set()
        allowed: Mapping[str, tuple[Connection, str]] = dict(self._allowed.get(sheet_id, {}))
        if not allowed:
            return begun
        for group in _grouped(unchecked(self._library, sheet_id, ASKED_KINDS, 200), allowed):
            if len(under_way) + len(begun) >= WINDOW:
                break
            run_id = new_run_id()
            output, claimed = group[0].output, []
            for one in group:
                if store_result(self._library, one.check.id, output.id, Verdict(ASKED, "being asked"), run_id):
                    claimed.append(one.check)
            if claimed and self._submit(sheet_id, run_id, claimed, output):
                begun.add(run_id)
        return begun

    def _submit(self, sheet_id: str, run_id: str, checks: Sequence[StoredCheck], output: StoredOutput) -> bool:
        """Submit a run whose id is written down; store why, if it cannot be."""
        allowed = self._allowed.get(sheet_id, {}).get(str(checks[0].settings.get("connection")))
        if allowed is None:
            return False
        connection, owner = allowed
        image = still_as_input(self._library, output)
        request = question_request(checks, image) if image is not None else ()
        if isinstance(request, Request) and self._is_within_cap(sheet_id, request):
            self._runner.submit(
                connection,
                request,
                owner=owner,
                parent_output=output.id,
                extra={"check": sheet_id, "schema": request.values["schema"]},
                run_id=run_id,
            )
            return True
        if image is None:
            verdict = not_judged(NO_STILL)
        elif isinstance(request, Request):
            verdict = Verdict(ERROR, "Not asked: the sheet's limit of dollars would be exceeded.")
        else:
            verdict = Verdict(ERROR, f"Not asked: {' '.join(one.message for one in request)}")
        for check in checks:
            answer_result(self._library, check.id, output.id, verdict)
        return False

    def _is_within_cap(self, sheet_id: str, request: Request) -> bool:
        sheet = find_sheet(self._library, sheet_id)
        if sheet is None or sheet.cap is None:
            return sheet is not None
        cells = sum((cell.spent for cell in cells_of(self._library, sheet_id)), Decimal(0))
        next_cost = estimate(request).high or Decimal(0)
        return cells + asking_cost(self._library, sheet_id) + next_cost <= sheet.cap


def _grouped(missing: Sequence[Unchecked], allowed: Mapping[str, tuple[Connection, str]]) -> list[Group]:
    """Return the missing results that may be asked, by output, connection and model, in their order."""
    groups: dict[tuple[str, str, str], list[Unchecked]] = defaultdict(list)
    for one in missing:
        connection, model = str(one.check.settings.get("connection")), str(one.check.settings.get("model"))
        if connection in allowed:
            groups[one.output.id, connection, model].append(one)
    return list(groups.values())
