"""What the team's rules say to a run before anything of it is sent: limits first, then budgets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from components.library.files.handle import LibraryHandle
from components.library.team.charges import RunRefused, is_charged, reserve, with_counters
from components.library.team.limit_store import require_allowed
from components.parameters import Estimate, Request
from components.team.budgets import MICROS, is_shared


def admit(
    connection: Connection,
    run_id: str,
    request: Request,
    estimate: Estimate | None,
    *,
    owner: str,
    connection_id: str,
    created: float,
    is_in_batch: bool,
) -> None:
    """Reserve what a run may cost; in a transaction of `with_counters`.

    Only a batch reserves before its runs are stored, so only its own runs may find that done. `created` is in Unix
    seconds. Raise RunRefused.
    """
    if not is_shared(connection_id):
        return
    if is_charged(connection, run_id):
        if is_in_batch:
            return
        raise RunRefused("This cell is in a batch that is being sent.", "Wait until the batch has ended.")
    require_allowed(connection, owner, connection_id, request)
    high = estimate.high if estimate is not None else None
    reserve(connection, run_id, owner, connection_id, None if high is None else round(high * MICROS), created)


def admit_all(
    library: LibraryHandle,
    runs: list[tuple[str, Request, Estimate]],
    *,
    owner: str,
    connection_id: str,
    created: float,
) -> None:
    """Reserve what runs may cost that are sent together, before they are stored: all of them or none.

    Raise RunRefused and LibraryUnavailable.
    """

    payer: dict[str, Any] = {"owner": owner, "connection_id": connection_id, "created": created}

    def work(connection: Connection) -> None:
        for run_id, request, price in runs:
            admit(connection, run_id, request, price, **payer, is_in_batch=True)

    with_counters(library, work)
