"""Read the runs of an export from the database, in order, with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from components.library.archive.manifest import manifest_row
from components.library.db.schema import collection_outputs, collections, inputs, output_tags, outputs, runs
from components.library.store import Library

IDS_AT_ONCE = 500
RUNS_AT_ONCE = 10


def selected_runs(
    library: Library, output_ids: Sequence[str], run_ids: Sequence[str], missing: list[dict[str, str]]
) -> list[str]:
    """Return the ids of these runs and of the runs of these outputs, oldest first. Unknown ids are added to `missing`.

    An import inserts the runs in this order.
    """
    with library.engine.connect() as connection:
        of_output = _pairs(connection, (outputs.c.id, outputs.c.run_id), outputs.c.id, output_ids)
        wanted = dict.fromkeys([*of_output.values(), *run_ids])
        created = _pairs(connection, (runs.c.id, runs.c.created), runs.c.id, list(wanted))
    for kind, ids, found in (("output", output_ids, of_output), ("run", run_ids, created)):
        why = f"The library has no such {kind}."
        missing.extend({kind: one, "why": why} for one in dict.fromkeys(ids) if one not in found)
    return sorted(created, key=lambda run_id: (created[run_id], run_id))


def _pairs(
    connection: Connection, columns: tuple[Any, Any], key: ColumnElement[str], ids: Sequence[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = select(*columns).where(key.in_(ids[start : start + IDS_AT_ONCE]))
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def read_runs(
    library: Library, order: Sequence[str], output_ids: frozenset[str], complete: frozenset[str]
) -> Iterator[dict[str, Any]]:
    """Yield runs as in the manifest, with `outputs` and `inputs`.

    Runs in `complete` include all outputs that are not in the trash, other runs only those in `output_ids`.
    """
    for start in range(0, len(order), RUNS_AT_ONCE):
        some = order[start : start + RUNS_AT_ONCE]
        with library.engine.connect() as connection:
            found = {run["id"]: run for run in _rows(library, connection, runs, runs.c.id, some, runs.c.created)}
            for run in found.values():
                run |= {"outputs": [], "inputs": []}
            kept: dict[str, dict[str, Any]] = {}
            for row in _rows(library, connection, outputs, outputs.c.run_id, some, outputs.c.position, outputs.c.id):
                if row["id"] in output_ids or (row["run_id"] in complete and row["deleted_at"] is None):
                    kept[row["id"]] = row | {"tags": [], "collections": []}
                    found[row["run_id"]]["outputs"].append(kept[row["id"]])
            _add_marks(connection, kept)
            for row in _rows(library, connection, inputs, inputs.c.run_id, some, inputs.c.role, inputs.c.position):
                found[row["run_id"]]["inputs"].append(row)
        yield from found.values()


def _rows(
    library: Library, connection: Connection, table: Any, key: Any, ids: Iterable[str], *order: Any
) -> Iterator[dict[str, Any]]:
    query = select(table).where(key.in_(list(ids))).order_by(*order)
    for row in connection.execute(query):
        yield manifest_row(table, row._mapping, str(library.folder))


def _add_marks(connection: Connection, of: dict[str, dict[str, Any]]) -> None:
    ids = list(of)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        tags = select(output_tags.c.output_id, output_tags.c.tag).where(output_tags.c.output_id.in_(some))
        for output_id, tag in connection.execute(tags.order_by(output_tags.c.tag)):
            of[output_id]["tags"].append(tag)
        names = (
            select(collection_outputs.c.output_id, collections.c.name)
            .join(collections, collections.c.id == collection_outputs.c.collection_id)
            .where(collection_outputs.c.output_id.in_(some))
            .order_by(collections.c.name)
        )
        for output_id, name in connection.execute(names):
            of[output_id]["collections"].append(name)
