"""Parents and children of outputs: by the parent that a run names, and by the contents of its input images."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Select, select

from components.library.db.rows import stored_output, stored_run
from components.library.db.schema import ANSWER, RUN_IS_SHOWN, inputs, outputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.records import StoredOutput, StoredRun

# Relatives of one kind; nobody reads a longer list.
MOST = 60
# An owner's runs of all operations that are searched for the one before a run.
SEARCHED = 200


def parents(library: LibraryHandle, run: StoredRun) -> list[StoredOutput]:
    """Return a run's parents: the output that it names, then its input images. Raise LibraryUnavailable."""
    input_contents = select(inputs.c.sha256).where(inputs.c.run_id == run.id, inputs.c.role == "image")
    # Of several identical images, those that existed before the run.
    by_content = select(outputs).where(outputs.c.sha256.in_(input_contents), outputs.c.created <= run.created)
    queries: list[Select[tuple[object, ...]]] = [by_content.order_by(outputs.c.created.desc()).limit(MOST)]
    if run.parent_output:
        queries.insert(0, select(outputs).where(outputs.c.id == run.parent_output))
    with explained(library.folder), library.engine.connect() as connection:
        found = [stored_output(row) for query in queries for row in connection.execute(query).mappings()]
    return _unique(found)


def _unique(found: Iterable[StoredOutput]) -> list[StoredOutput]:
    """Return each image once, also where several outputs have the same content."""
    seen: dict[str, StoredOutput] = {}
    for output in found:
        seen.setdefault(output.sha256, output)
    return list(seen.values())


def former(library: LibraryHandle, run_id: str) -> StoredOutput | None:
    """Return the image before a run: its named parent, else its owner's newest image before it.

    The latter comes from a run of the same operation. None if there is no such image. Raise LibraryUnavailable.
    """
    image = outputs.alias()  # RUN_IS_SHOWN refers to outputs itself
    is_image = image.c.role != ANSWER, image.c.deleted_at.is_(None)
    with explained(library.folder), library.engine.connect() as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
        if run is None:
            return None
        named = select(image).where(image.c.id == run["parent_output"], *is_image)
        earlier = select(image).join(runs, runs.c.id == image.c.run_id)
        earlier = earlier.where(runs.c.operation == run["operation"], runs.c.created < run["created"], *is_image)
        earlier = earlier.where(runs.c.owner == run["owner"], RUN_IS_SHOWN)
        earlier = earlier.order_by(runs.c.created.desc(), runs.c.id.desc(), image.c.position).limit(1)
        for query in (named, earlier):
            if (row := connection.execute(query).mappings().first()) is not None:
                return stored_output(row)
    return None


def run_before(library: LibraryHandle, run_id: str, begun: Collection[str] = ()) -> StoredRun | None:
    """Return the run of the same owner and operation before a run; None without one. Raise LibraryUnavailable.

    `begun` are the runs of one session: of a run without an owner that is among them, the one before is too.
    """
    with explained(library.folder), library.engine.connect() as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
        if run is None:
            return None
        earlier = select(runs.c.id).where(runs.c.owner == run["owner"], runs.c.created < run["created"])
        if not run["owner"] and run_id in begun:
            earlier = earlier.where(runs.c.id.in_(sorted(one for one in begun if one < run_id)[-SEARCHED:]))
        newest = earlier.order_by(runs.c.created.desc(), runs.c.id.desc()).limit(SEARCHED).subquery()
        query = select(runs).where(runs.c.id.in_(select(newest.c.id)), runs.c.operation == run["operation"])
        query = query.where(RUN_IS_SHOWN).order_by(runs.c.created.desc(), runs.c.id.desc()).limit(1)
        row = connection.execute(query).mappings().first()
    return None if row is None else stored_run(row)


def children(library: LibraryHandle, output: StoredOutput) -> list[StoredRun]:
    """Return the runs that name an output as parent or use it as input, oldest first. Raise LibraryUnavailable."""
    as_input = select(inputs.c.run_id).where(inputs.c.sha256 == output.sha256, inputs.c.role == "image")
    named = select(runs.c.id).where(runs.c.parent_output == output.id)
    query = select(runs).where(runs.c.id.in_(named.union(as_input)), runs.c.id != output.run_id)
    query = query.where(RUN_IS_SHOWN)
    query = query.where(runs.c.created >= output.created).order_by(runs.c.created).limit(MOST)
    with explained(library.folder), library.engine.connect() as connection:
        return [stored_run(row) for row in connection.execute(query).mappings()]
