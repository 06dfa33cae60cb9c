"""What the team's rules say to a run before anything of it is sent: limits first, then budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from components.library.team.charges import is_charged, reserve, with_counters
from components.library.team.limit_store import require_allowed
from components.parameters import Estimate, Request
from components.team.budgets import MICROS, is_shared

if TYPE_CHECKING:
    from components.library.store import Library


def admit(
    connection: Connection,
    run_id: str,
    request: Request,
    estimate: Estimate | None,
    *,
    owner: str,
    connection_id: str,
    created: float,
) -> None:
    """Reserve what a run may cost, unless that was done before; in a transaction of `with_counters`.

    `created` is in Unix seconds. Raises NotAllowed.
    """
    if not is_shared(connection_id) or is_charged(connection, run_id):
        return
    require_allowed(connection, owner, connection_id, request)
    high = estimate.high if estimate is not None else None
    reserve(connection, run_id, owner, connection_id, None if high is None else round(high * MICROS), created)


def admit_all(
    library: Library,
    runs: list[tuple[str, Request, Estimate]],
    *,
    owner: str,
    connection_id: str,
    created: float,
) -> None:
    """Reserve what runs may cost that are sent together, before they are stored: all of them or none.

    Raises NotAllowed and LibraryUnavailable.
    """

    def work(connection: Connection) -> None:
        for run_id, request, price in runs:
            admit(connection, run_id, request, price, owner=owner, connection_id=connection_id, created=created)

    with_counters(library, work)
