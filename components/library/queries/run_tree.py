"""Family trees of runs: all ancestors, and all descendants of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from components.library.db.chunks import chunks
from components.library.db.rows import stored_run
from components.library.db.schema import RUN_IS_SHOWN, outputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.recent import covers_of
from components.library.records import StoredOutput, StoredRun

MAX_TREE = 150  # runs; the newest are kept


@dataclass(frozen=True)
class TreeRun:
    """A run in its family: the id of its parent run, None for a root, and its first image."""

    run: StoredRun
    parent: str | None
    cover: StoredOutput | None


def run_tree(library: LibraryHandle, run_ids: Sequence[str], limit: int = MAX_TREE) -> list[TreeRun]:
    """Return these runs with all their ancestors and all descendants of those, oldest first.

    Runs in the trash are left out; a run whose parent is not among the result is a root. Raise LibraryUnavailable.
    """
    if not run_ids:
        return []
    with explained(library.folder), library.engine.connect() as connection:
        up = select(runs.c.id, runs.c.parent_output).where(runs.c.id.in_(run_ids)).cte("up", recursive=True)
        # UNION leaves out what was found before, so a circle ends.
        up = up.union(
            select(runs.c.id, runs.c.parent_output)
            .join(outputs, outputs.c.run_id == runs.c.id)
            .join(up, up.c.parent_output == outputs.c.id)
        )
        down = select(up.c.id).cte("down", recursive=True)
        children = select(runs.c.id).join(outputs, outputs.c.id == runs.c.parent_output)
        down = down.union(children.join(down, down.c.id == outputs.c.run_id))
        ids = select(runs.c.id).join(down, down.c.id == runs.c.id).order_by(runs.c.created.desc()).limit(limit)
        family = list(connection.execute(ids).scalars())
        shown = select(runs).where(runs.c.id.in_(family), RUN_IS_SHOWN).order_by(runs.c.created, runs.c.id)
        found = [stored_run(row) for row in connection.execute(shown).mappings()]
        named = [run.parent_output for run in found if run.parent_output]
        parents: dict[str, str] = {}
        for piece in chunks(named):
            rows = connection.execute(select(outputs.c.id, outputs.c.run_id).where(outputs.c.id.in_(piece)))
            parents |= {row.id: row.run_id for row in rows}
        covers = covers_of(connection, [run.id for run in found])
    known = {run.id for run in found}

    def parent_of(run: StoredRun) -> str | None:
        output = run.parent_output or ""
        # A parent without images is named by the output that it would have had, for example "RUN-0".
        parent = parents.get(output) or output.rpartition("-")[0]
        return parent if parent in known and parent != run.id else None

    return [TreeRun(run, parent_of(run), covers.get(run.id)) for run in found]
