"""Runs that other processes work on, of several that share a library: which there are, and how one is stopped.

A wish to stop one is an empty file beside the processes' locks, which the process that works on the run looks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from components.library.db.schema import runs
from components.library.errors import explained
from components.library.maintenance.recovery import UNFINISHED, settle
from components.library.store import Library

SUFFIX = ".cancel"


def runs_of_other_processes(library: Library, limit: int) -> list[str]:
    """The ids of the first runs that have not ended and are not of this process, oldest first.

    One whose process died is among them until it is settled. Raises LibraryUnavailable.
    """
    not_ours = runs.c.state.in_(UNFINISHED), runs.c.process != library.process_lock.process
    query = select(runs.c.id).where(*not_ours).order_by(runs.c.created, runs.c.id).limit(limit)
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def request_cancel(library: Library, run_id: str) -> None:
    """Ask the process that works on a run to stop it; nobody needs to be asked for one whose process died.

    Nothing happens to a run that has ended, or that there is not. Raises LibraryUnavailable.
    """
    settle(library)
    with explained(library.folder):
        for wish in (library.folder / "processes").glob(f"*{SUFFIX}"):
            if not _is_unfinished(library, wish.stem):
                wish.unlink(missing_ok=True)  # it had ended by itself before the wish was seen
        if _is_unfinished(library, run_id):
            _request_path(library, run_id).touch()


def take_cancel_requests(library: Library, run_ids: Iterable[str]) -> list[str]:
    """Those of this process's runs that another one wants stopped; each is told of once. Raises OSError."""
    return [run_id for run_id in run_ids if _remove(_request_path(library, run_id))]


def _is_unfinished(library: Library, run_id: str) -> bool:
    run = library.run(run_id)
    return run is not None and run.state in UNFINISHED


def _request_path(library: Library, run_id: str) -> Path:
    return library.folder / "processes" / f"{run_id}{SUFFIX}"


def _remove(wish: Path) -> bool:
    try:
        wish.unlink()
    except FileNotFoundError:
        return False
    return True
