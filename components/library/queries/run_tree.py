"""Family trees of runs: all ancestors, and all descendants of those, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from components.library.db.chunks import chunks
from components.library.db.rows import stored_run
from components.library.db.schema import RUN_IS_SHOWN, outputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.recent import covers_of
from components.library.records import StoredOutput, StoredRun

PAGE = 150  # runs


@dataclass(frozen=True)
class TreeRun:
    """A run in its family, its first image, and the run that it came from: None for a root.

    `parent_page` is the page of that run.
    """

    run: StoredRun
    parent: StoredRun | None
    cover: StoredOutput | None
    parent_page: int = 0


@dataclass(frozen=True)
class RunTree:
    """One page of a tree, its runs oldest first. Page 0 has the newest runs; `total` counts those of all pages.

    `is_forest`: no run of any page came from another.
    """

    runs: Sequence[TreeRun] = ()
    page: int = 0
    pages: int = 1
    total: int = 0
    is_forest: bool = True


def run_tree(
    library: LibraryHandle,
    run_ids: Sequence[str],
    *,
    page: int | None = None,
    shown: str | None = None,
    size: int = PAGE,
) -> RunTree:
    """Return a page of these runs with all their ancestors and all descendants of those.

    Without a `page` it is that of the run `shown`, else the newest. Runs in the trash are left out; a run whose parent
    is not in the tree is a root. Raise LibraryUnavailable.
    """
    if not run_ids:
        return RunTree()
    with explained(library.folder), library.engine.connect() as connection:
        family = _family(connection, run_ids)
        order = list(family)
        places = {run_id: place for place, run_id in enumerate(order)}
        pages = max(1, -(-len(order) // size))
        at = places.get(shown or "", 0) // size if page is None else min(max(page, 0), pages - 1)
        here = order[at * size : (at + 1) * size]
        parents = _parents(connection, {run_id: family[run_id] for run_id in here}, places)
        found = _stored(connection, {*here, *parents.values()})
        covers = covers_of(connection, here)
    runs_here = []
    for run_id in reversed(here):
        if run_id in found:
            parent = found.get(parents.get(run_id, ""))
            parent_page = 0 if parent is None else places[parent.id] // size
            runs_here.append(TreeRun(found[run_id], parent, covers.get(run_id), parent_page))
    is_forest = not any(_named(parent) in places for parent in family.values()) and not parents
    return RunTree(runs_here, at, pages, len(order), is_forest)


def _family(connection: Connection, run_ids: Sequence[str]) -> dict[str, str | None]:
    """Return the output that each run of the family came from, by the run's id, newest first."""
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
    members = select(runs.c.id, runs.c.parent_output).join(down, down.c.id == runs.c.id).where(RUN_IS_SHOWN)
    newest_first = members.order_by(runs.c.created.desc(), runs.c.id.desc())
    return {row.id: row.parent_output for row in connection.execute(newest_first)}


def _named(parent_output: str | None) -> str:
    """Return the run that the id of an output names: a run without images is a parent too, for example by "RUN-0"."""
    return (parent_output or "").rpartition("-")[0]


def _parents(connection: Connection, came_from: Mapping[str, str | None], places: Mapping[str, int]) -> dict[str, str]:
    """Return the parent of each run that has one in the family, by the run's id."""
    of_output: dict[str, str] = {}
    for piece in chunks([one for one in came_from.values() if one]):
        rows = connection.execute(select(outputs.c.id, outputs.c.run_id).where(outputs.c.id.in_(piece)))
        of_output |= {row.id: row.run_id for row in rows}
    found = {run_id: of_output.get(one or "") or _named(one) for run_id, one in came_from.items()}
    return {run_id: parent for run_id, parent in found.items() if parent in places and parent != run_id}


def _stored(connection: Connection, run_ids: set[str]) -> dict[str, StoredRun]:
    found: dict[str, StoredRun] = {}
    for piece in chunks(sorted(run_ids)):
        rows = connection.execute(select(runs).where(runs.c.id.in_(piece), RUN_IS_SHOWN)).mappings()
        found |= {row["id"]: stored_run(row) for row in rows}
    return found
