"""The cells of a batch and their runs: claimed before it is sent, begun once the server has it, ended with it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from components.client.batches import calls
from components.library import Library
from components.library.maintenance.recovery import UNFINISHED
from components.library.queries.sheet_cells import WAITING, cells_of
from components.library.records import IN_BATCH, SheetBatch, SheetCell
from components.library.sheets.sheet_batches import NEW, UNDER_WAY, end_own_batch, find_batch, positions_in_batches
from components.library.sheets.sheet_inputs import inputs_of_recipe, inputs_of_sheet
from components.library.sheets.sheet_store import claim_cell, find_sheet, note_reason
from components.library.team.admission import admit_all
from components.library.team.charges import release
from components.parameters import Request, estimate
from components.runs.batches.batch_outcome import rest
from components.runs.run_clock import new_run_id
from components.runs.sheets.cell_request import INPUT_MISSING, request_of_cell
from components.runs.view import EDITED_OUTPUT

# Requests of one batch: its answers are downloaded as one file.
MOST_CELLS = 100


def in_batches(library: Library, sheet_id: str, positions: Sequence[int]) -> list[list[tuple[int, str]]]:
    """Return cells with the ids of their runs to be, divided into batches: each has one model and is one file."""
    wanted = set(positions) - positions_in_batches(library, sheet_id)
    by_model: dict[str, list[list[tuple[int, str]]]] = {}
    inputs, room = inputs_of_sheet(library, sheet_id), dict[str, int]()
    for cell in cells_of(library, sheet_id):
        if cell.position in wanted and cell.recipe is not None and cell.state not in UNFINISHED:
            # An id without its run was written down for a run that was never sent.
            run_id = cell.run_id if cell.run_id is not None and cell.state == WAITING else new_run_id()
            model, request = str(cell.recipe.get("model")), request_of_cell(cell, inputs=inputs)
            length = calls.line_bytes(request) if request is not None else 0
            pieces = by_model.setdefault(model, [])
            if not pieces or len(pieces[-1]) >= MOST_CELLS or room[model] < length:
                pieces.append([])
                room[model] = calls.MOST_BYTES
            pieces[-1].append((cell.position, run_id))
            room[model] -= length
    return [piece for pieces in by_model.values() for piece in pieces]


def claim(library: Library, batch: SheetBatch, user: str) -> list[tuple[str, Request]]:
    """Give the cells the ids of their runs; return the ids with the requests to send.

    What all of them may cost is reserved. Raise RunRefused, with nothing reserved, where that is refused. Return none
    if another process has taken the batch over: the cells may have been sent again since.
    """
    newest = find_batch(library, batch.id)
    if newest is None or (newest.process, newest.state) != (library.process_lock.process, NEW):
        return []
    found, inputs = [], inputs_of_sheet(library, batch.sheet_id)
    for run_id, cell in _cells(library, batch):
        request = None if cell.state in UNFINISHED else request_of_cell(cell, user, inputs)
        if request is None:
            if cell.recipe is not None and inputs_of_recipe(cell.recipe, inputs) is None:
                note_reason(library, batch.sheet_id, cell.position, INPUT_MISSING)
            continue
        is_claimed = cell.run_id == run_id or claim_cell(
            library, batch.sheet_id, cell.position, before=cell.run_id, run_id=run_id, spent=cell.spent
        )
        if is_claimed:
            found.append((run_id, calls.without_stream(request)))
    admit_all(
        library,
        [(run_id, request, estimate(request)) for run_id, request in found],
        owner=batch.owner,
        connection_id=batch.connection_id,
        created=batch.created,
    )
    return found


def begin_runs(library: Library, batch: SheetBatch, expires: float) -> None:
    """Store the runs of a batch that the server has by now, each once."""
    sheet, inputs = find_sheet(library, batch.sheet_id), inputs_of_sheet(library, batch.sheet_id)
    kept = (sheet.template.get("extra") if sheet is not None else None) or {}
    for run_id, cell in _cells(library, batch):
        request = request_of_cell(cell, inputs=inputs)
        if request is None or cell.run_id != run_id or library.run(run_id) is not None:
            continue
        request = calls.without_stream(request)
        library.begin_run(
            run_id,
            request,
            connection_id=batch.connection_id,
            connection_name=batch.connection_name,
            owner=batch.owner,
            parent_output=kept.get(EDITED_OUTPUT),
            extra={
                **kept,
                "sheet": {"id": batch.sheet_id, "position": cell.position},
                "in_batch": {"since": batch.created, "until": expires},
            },
            created=batch.created,
            estimate=estimate(request),
            process=IN_BATCH,
        )
        library.update_run(run_id, state="running", started=batch.created)


def waiting_requests(library: Library, batch: SheetBatch) -> dict[str, Request]:
    """Return the requests of a batch's runs that have not ended, by the ids of the runs."""
    cells = [one for one in _cells(library, batch) if one[1].run_id == one[0] and one[1].state in UNFINISHED]
    inputs = inputs_of_sheet(library, batch.sheet_id) if cells else {}
    requests = ((run_id, request_of_cell(cell, inputs=inputs)) for run_id, cell in cells)
    return {run_id: calls.without_stream(request) for run_id, request in requests if request is not None}


def reopen_runs(library: Library, batch: SheetBatch) -> None:
    """Let runs wait again that a stop interrupted while they were saved: the server still has their answers."""
    for run_id, cell in _cells(library, batch):
        if cell.run_id == run_id and cell.state == "interrupted":
            library.update_run(run_id, state="running", error=None, ended=None)


def end_batch(library: Library, batch: SheetBatch, status: str, reason: str, problem: str) -> None:
    """End a batch of this process, and its runs without an answer. See `batch_outcome.rest` for `status` and `reason`.

    One that the server has is written last, so that a process that dies before leaves no run that nobody follows.
    Another one has no runs yet. It is written first, and nothing changes if it is another process's by now: that one
    may learn at this moment that the server took it after all.
    """
    is_created = batch.state == UNDER_WAY
    if not is_created and not end_own_batch(library, batch.id, problem):
        return
    for run_id in batch.run_ids:
        run = library.run(run_id)
        if run is not None and run.state in UNFINISHED:
            state, error = rest(batch, status, reason)
            library.update_run(run_id, state=state, error=error, ended=time.time())
    release(library, batch.run_ids)
    if is_created:
        end_own_batch(library, batch.id, problem)


def _cells(library: Library, batch: SheetBatch) -> list[tuple[str, SheetCell]]:
    ids = dict(batch.cells)
    return [(ids[cell.position], cell) for cell in cells_of(library, batch.sheet_id) if cell.position in ids]
