"""Ask before anything is written to the database, whichever function writes it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.dml import UpdateBase


def guard_writes(engine: Engine, check: Callable[[], None], *, unguarded: Collection[str] = ()) -> None:
    """Call `check` before each insert, update and delete; what it raises prevents it.

    `unguarded` are tables in which the app itself notes what happens.
    """
    free = frozenset(unguarded)

    def ask(connection: Connection, clause: Any, multiparams: Any, params: Any, execution_options: Any) -> None:
        if isinstance(clause, UpdateBase) and getattr(clause.table, "name", "") not in free:
            check()

    event.listen(engine, "before_execute", ask)
