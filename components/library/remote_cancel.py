"""List and cancel runs of other processes that share the library.

A cancel request is an empty `<run>.cancel` file beside the process locks; the run's process polls for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from components.library.db.schema import runs
from components.library.errors import explained
from components.library.maintenance.recovery import UNFINISHED, settle
from components.library.records import IN_BATCH
from components.library.store import Library

SUFFIX = ".cancel"


def runs_of_other_processes(library: Library, limit: int) -> list[str]:
    """Return the ids of unfinished runs of other processes, oldest first.

    Runs of a dead process are included until they are settled; those that wait in a batch are not. Raise
    LibraryUnavailable.
    """
    not_ours = runs.c.state.in_(UNFINISHED), runs.c.process.not_in([library.process_lock.process, IN_BATCH])
    query = select(runs.c.id).where(*not_ours).order_by(runs.c.created, runs.c.id).limit(limit)
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def is_running_here(library: Library, run_id: str) -> bool:
    """Return whether a run is running in this process, so that it may be sent again. Raise LibraryUnavailable."""
    mine = runs.c.id == run_id, runs.c.state == "running", runs.c.process == library.process_lock.process
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(select(runs.c.id).where(*mine)).first() is not None


def request_cancel(library: Library, run_id: str) -> None:
    """Request that another process cancels its run. Runs of dead processes are settled at once.

    Ended and unknown runs are ignored. Raise LibraryUnavailable.
    """
    settle(library)
    with explained(library.folder):
        for path in (library.folder / "processes").glob(f"*{SUFFIX}"):
            if not _is_unfinished(library, path.stem):
                path.unlink(missing_ok=True)  # the run ended before its process saw the request
        if _is_unfinished(library, run_id):
            _request_path(library, run_id).touch()


def take_cancel_requests(library: Library, run_ids: Iterable[str]) -> list[str]:
    """Return those of these runs with a cancel request, and remove the requests. Raise OSError."""
    return [run_id for run_id in run_ids if _remove(_request_path(library, run_id))]


def _is_unfinished(library: Library, run_id: str) -> bool:
    run = library.run(run_id)
    return run is not None and run.state in UNFINISHED


def _request_path(library: Library, run_id: str) -> Path:
    return library.folder / "processes" / f"{run_id}{SUFFIX}"


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
