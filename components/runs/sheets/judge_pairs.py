"""Votes of a vision model on pairs of a sheet's images.

Each pair is two runs, one for each order. A run's id follows from what it asks, so that it can exist only once whoever
asks at the same moment; its answer is read from the stored run, by whoever looks next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256

from components.checks.pairs import FIRST, PAIR_SCHEMA, SECOND, both_orders, circle_pairs, pair_text, read_better
from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.queries.sheet_cells import spent_of
from components.library.queries.sheet_summary import FAILED
from components.library.records import StoredSheet
from components.library.request_inputs import still_as_input
from components.library.sheets.checks import asking_cost
from components.library.sheets.votes import MODEL, ModelVoteRun, Vote, add_votes, contenders, model_vote_runs
from components.library.team.charges import RunRefused
from components.parameters import Request, estimate, resolve
from components.ranking import is_swapped, pair_of
from components.runs.outcome import AppStopping
from components.runs.runner import Runner

MOST_CONTENDERS = 40
ANSWER_TOKENS = 300

OutputPair = tuple[str, str]  # ids of the first and the second output


@dataclass(frozen=True)
class Judging:
    """The state of the questions about pairs: runs under way, and those without a usable answer."""

    under_way: tuple[str, ...]
    failed: int


@dataclass(frozen=True)
class PairQuestions:
    """The questions that a model is still to be asked, with their run ids, and the highest price of all in dollars."""

    requests: tuple[tuple[str, OutputPair, Request], ...]
    price: Decimal | None


def pair_questions(library: Library, sheet: StoredSheet, model: str) -> PairQuestions:
    """Return what a model was not asked about a sheet yet, or has not answered. Raise LibraryUnavailable."""
    asked: dict[OutputPair, list[str]] = defaultdict(list)
    for run in model_vote_runs(library, sheet.id):
        if run.model == model:
            asked[run.order].append(run.state)
    found = []
    prompt = _prompt(sheet)
    for order in _orders(library, sheet.id):
        states = asked[order]
        if all(state in FAILED for state in states):
            request = _request(library, model, prompt, order)
            if request is not None:
                found.append((_run_id(sheet.id, model, order, len(states)), order, request))
    prices = [estimate(request).high for _, _, request in found]
    return PairQuestions(tuple(found), None if None in prices else sum(filter(None, prices), Decimal(0)))


def _orders(library: Library, sheet_id: str) -> Iterator[OutputPair]:
    images = [one for one in contenders(library, sheet_id, MOST_CONTENDERS) if one.format != "svg"]
    for one, other in circle_pairs([image.output_id for image in images]):
        yield one, other
        yield other, one


def _prompt(sheet: StoredSheet) -> str:
    """Return the prompt that all cells share, "" if it varies."""
    varies = any(str(axis["name"]).startswith("prompt") for axis in sheet.axes)
    return "" if varies else str(sheet.template.get("values", {}).get("prompt", ""))


def _request(library: Library, model: str, prompt: str, order: OutputPair) -> Request | None:
    outputs = [library.output(one) for one in order]
    images = tuple(still_as_input(library, one) for one in outputs if one is not None)
    if len(images) < 2 or None in images:
        return None
    values = {"text": pair_text(prompt), "input_type": "files", "stream": False, "max_output_tokens": ANSWER_TOKENS}
    found = resolve("analyze", model, values, images=tuple(filter(None, images)))
    if not isinstance(found, Request):
        return None
    return replace(found, values={**found.values, "schema": PAIR_SCHEMA})


def _run_id(sheet_id: str, model: str, order: OutputPair, attempt: int) -> str:
    """Return an id as long as others, which sorts by the sheet's time."""
    return f"{sheet_id[:11]}{sha256('|'.join((sheet_id, model, *order, str(attempt))).encode()).hexdigest()[:10]}"


def start_judging(
    library: Library, runner: Runner, sheet: StoredSheet, connection: Connection, model: str, owner: str = ""
) -> str:
    """Submit what `pair_questions` returns; return why nothing was sent, or "". Raise LibraryUnavailable."""
    questions = pair_questions(library, sheet, model)
    if sheet.cap is not None:
        if questions.price is None:
            return f"Nothing was sent: the price of {model} is unknown, and the sheet has a cap."
        if spent_of(library, sheet.id) + asking_cost(library, sheet.id) + questions.price > sheet.cap:
            return "Nothing was sent: the sheet's cap could be exceeded."
    for run_id, order, request in questions.requests:
        extra = {"check": sheet.id, "vote": list(order), "schema": dict(PAIR_SCHEMA)}
        try:
            runner.submit(connection, request, owner=owner, extra=extra, run_id=run_id)
        except AppStopping:
            raise
        except RunRefused as problem:
            return f"No further questions are sent. {problem}"
        except LibraryUnavailable:
            if library.run(run_id) is None:
                raise  # else another tab or process asks it
    return ""


def collect_votes(library: Library, runner: Runner, sheet_id: str) -> Judging:
    """Store the votes of the pairs that were answered in both orders. Raise LibraryUnavailable."""
    runs = model_vote_runs(library, sheet_id)
    answers: dict[tuple[str, OutputPair], str] = {}
    failed = 0
    for run in runs:
        better = _answer(runner, run)
        if better is not None:
            answers[run.model, run.order] = better
        elif run.state == "done":
            failed += 1
    for (model, (left, right)), better in answers.items():
        other = answers.get((model, (right, left)))
        if other is None or (left, right) != pair_of(left, right):
            continue
        person = f"{MODEL}{model}"
        choice = {FIRST: "left", SECOND: "right"}.get(both_orders(better, other), "tie")
        vote = Vote(left, right, choice)
        if is_swapped(pair_of(left, right), person):
            vote = Vote(right, left, {"left": "right", "right": "left"}.get(choice, choice))
        add_votes(library, sheet_id, person, [vote])
    under_way = tuple(run.id for run in runs if run.state in ("queued", "running"))
    refused = {(run.model, run.order) for run in runs if run.state in FAILED} - set(answers)
    return Judging(under_way, failed + len(refused))


def _answer(runner: Runner, run: ModelVoteRun) -> str | None:
    view = runner.view(run.id) if run.state == "done" else None
    return read_better(view.text) if view is not None else None


def stop_judging(runner: Runner, run_ids: Sequence[str], by: str = "") -> None:
    """Cancel the runs under way. Answers that are there stay."""
    for run_id in run_ids:
        runner.cancel(run_id, by)
