"""Recover the runs of dead processes: mark them as interrupted, and add the images that they had received."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, String, and_, cast, select, update

from components.images.decoding.probe import NotAnImage, inspect
from components.library.answers import keep_answers
from components.library.db.dialects import is_postgresql
from components.library.db.schema import runs
from components.library.db.tables.cluster_tables import waiting_runs
from components.library.errors import LibraryUnavailable, explained
from components.library.files import orphan_journal
from components.library.files.content_store import digest, move_to_lost_and_found
from components.library.files.staging import clear_staging, index_of, received_images, received_name, role_of
from components.library.files.unopened import keep_unopened, with_unopened
from components.library.records import IN_BATCH, StoredRun
from components.library.store import Library
from components.library.team.charges import IS_RESERVED
from components.library.team.charges import settle as settle_charges

log = logging.getLogger(__name__)

# Key in a run's error: the indexes of received images that were not saved when the run ended.
UNSAVED = "unsaved"

UNFINISHED = ("queued", "running")

# As IN_BATCH: a run that waits for a worker.
IN_QUEUE = "queue"
WITHOUT_PROCESS = (IN_BATCH, IN_QUEUE)

# The error of an interrupted run by its last state, with the keys of the client's errors.
INTERRUPTED: Mapping[str, Mapping[str, Any]] = {
    "queued": {
        "kind": "Interrupted",
        "title": "Interrupted before it was sent",
        "what": "The app stopped while this run was waiting.",
        "money": "nothing_spent",
        "money_sentence": "Nothing was spent.",
        "next": "Run it again.",
    },
    "running": {
        "kind": "Interrupted",
        "title": "Interrupted",
        "what": "The app stopped while this run was under way. What had reached the disk by then is kept.",
        "money": "may_be_billed",
        "money_sentence": "It may have been made and billed all the same.",
        "next": "Look at the account's usage if in doubt, then run it again.",
    },
}


def settle(library: Library) -> int:
    """Mark runs of dead processes as interrupted, and keep the text and images that they had received.

    An image that still cannot be saved stays in staging for the next attempt. Return the number of marked runs.
    """
    with explained(library.folder), library.process_lock.exclusive():
        # Owners are read before the locks, so that a process that starts in between is not mistaken for dead.
        owners = _owners(library)
        alive, leftovers = library.process_lock.alive_and_dead()
        hosts = library.process_lock.bury(alive)
        count = 0
        with library.engine.begin() as connection:
            for process in owners - alive:
                for state in INTERRUPTED:
                    error = interrupted_on(hosts.get(process), state)
                    done = connection.execute(
                        update(runs)
                        .where(and_(runs.c.state == state, runs.c.process == process))
                        .values(state="interrupted", error=error, ended=time.time())
                    )
                    count += done.rowcount
            count += _end_lost_from_queue(connection)
            dead = runs.c.state == "interrupted", runs.c.process.in_((owners - alive) | {IN_QUEUE})
            keep_answers(connection, *dead)
            settle_charges(connection, *dead, IS_RESERVED)
        for staging in leftovers:
            for folder in [path for path in staging.iterdir() if path.is_dir()]:
                _recover_folder(library, folder)
            orphan_journal.replay(library, staging)
            clear_staging(staging)
        here = {folder.name for folder in leftovers} if library.process_lock.spans_machines else None
        _report_lost_images(library, alive, here)
        return count


def _end_lost_from_queue(connection: Connection) -> int:
    """Interrupt the runs that wait for a worker without being in the queue; return how many.

    Backups and moves leave the queue out, and SQLite has none. A run and its place are stored in one transaction.
    """
    lost = and_(runs.c.state == "queued", runs.c.process == IN_QUEUE)
    if is_postgresql(connection):
        lost = and_(lost, runs.c.id.not_in(select(waiting_runs.c.run_id)))
    what = "This run waited for a worker when the library was restored or moved, and its place in the queue is gone."
    error = {**INTERRUPTED["queued"], "what": what}
    ended = update(runs).where(lost).values(state="interrupted", error=error, ended=time.time())
    return connection.execute(ended).rowcount


def interrupted_on(host: str | None, state: str) -> dict[str, Any]:
    """Return the error of an interrupted run by its last state; `host` names another machine whose process ended."""
    error = dict(INTERRUPTED[state])
    if host is None:
        return error
    kept = f" What had reached the disk of {host} by then is added when the app or a worker starts there again."
    works = "kept this run" if state == "queued" else "worked on this run"
    error["what"] = f"The process on {host} that {works} is gone.{kept if state == 'running' else ''}"
    return error


def _report_lost_images(library: Library, alive: frozenset[str], here: set[str] | None) -> None:
    """Record in the runs of dead processes which of their images existed only in memory and are lost.

    `here` are the processes whose files are on this machine, None for all: those of others may still be there.
    """
    ended = runs.c.process.not_in(alive) if here is None else runs.c.process.in_(here)
    dead = ended, runs.c.state == "failed", cast(runs.c.error, String).contains(f'"{UNSAVED}"')
    with library.engine.connect() as connection:
        found = connection.execute(select(runs.c.id, runs.c.error).where(*dead)).all()
    for run_id, error in found:
        there = {output.index for output in library.outputs(run_id)}
        waiting = {
            index_of(path) for folder in library.staging.parent.glob(f"*/{run_id}") for path in received_images(folder)
        }
        lost = sorted(set(error[UNSAVED]) - there - waiting)
        left = {name: value for name, value in error.items() if name != UNSAVED}
        if waiting:
            left[UNSAVED] = sorted(waiting)
        if lost:
            log.error("Images %s of run %s were not saved before the app ended; they are lost.", lost, run_id)
            left["next"] = lost_sentence(lost)
        library.update_run(run_id, error=left)


def lost_sentence(indexes: Sequence[int]) -> str:
    """Return the sentence that the images at these indexes, from 0, are lost."""
    numbers = ", ".join(str(index + 1) for index in indexes)
    one = len(indexes) == 1
    return (
        f"{'Image' if one else 'Images'} {numbers} {'was' if one else 'were'} not saved before the app ended, and "
        f"{'is' if one else 'are'} lost."
    )


def unsettled(library: Library) -> frozenset[str]:
    """Return the names of dead processes that left an unfinished run or a staging folder."""
    owners = _owners(library)
    alive, leftovers = library.process_lock.alive_and_dead()
    return frozenset((owners | {folder.name for folder in leftovers}) - alive)


def _owners(library: Library) -> set[str]:
    with library.engine.connect() as connection:
        found = (
            select(runs.c.process)
            .where(runs.c.state.in_(UNFINISHED), runs.c.process.not_in(WITHOUT_PROCESS))
            .distinct()
        )
        return set(connection.execute(found).scalars())


def _recover_folder(library: Library, folder: Path) -> None:
    run = library.run(folder.name)
    if run is not None:
        _name_received_images(library, folder, run)
    unopened: list[dict[str, Any]] = []
    count = sum(_recover_image(library, run, path, unopened) for path in received_images(folder))
    if run is None or run.error is None:
        return
    error = error_after_recovery(run.error, count) if count else run.error
    if count or unopened:
        library.update_run(run.id, error=with_unopened(error, unopened))
    for entry in unopened:
        (folder / received_name(entry["index"], entry["sha256"])).unlink(missing_ok=True)


def error_after_recovery(error: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return a run's error after `count` images that it had received were added to the library."""
    added = "A received image was" if count == 1 else f"{count} received images were"
    added = f"{added} added to the library afterwards."
    # The advice to save an unsaved image from the page no longer applies.
    after = "" if error.get("kind") == "NotSaved" else str(error.get("next", ""))
    return {**error, "next": f"{added} {after}".strip()}


def _name_received_images(library: Library, folder: Path, run: StoredRun) -> None:
    """Rename images that were received completely but not renamed before the crash; previews have another suffix."""
    named = received_images(folder)
    taken = {index_of(path) for path in named} | {output.index for output in library.outputs(run.id)}
    free = (index for index in range(max(1, run.n)) if index not in taken)
    unnamed = [(path.stat(), path) for path in folder.glob("*.image") if path not in named]
    # In the order of writing, as far as the file system's clock tells.
    in_order = sorted(unnamed, key=lambda one: (one[0].st_mtime_ns, one[0].st_ino))
    for (_, path), index in zip(in_order, free, strict=False):
        path.rename(path.with_name(received_name(index, digest(path))))


def _recover_image(library: Library, run: StoredRun | None, path: Path, unopened: list[dict[str, Any]]) -> bool:
    """Add an image in staging to the library; return whether an image from the server was added.

    An incomplete file is removed. A file that cannot be opened is kept, and its entry appended to `unopened`.
    """
    index, role, sha256 = index_of(path), role_of(path), path.stem.partition("-")[2]
    try:
        if digest(path) != sha256:  # a power cut before all bytes were on the disk
            path.unlink()
            return False
        if run is None:
            move_to_lost_and_found(library.folder, path)
            return False
        there = {output.role: output for output in library.outputs(run.id) if output.index == index}
        if role in there:
            path.unlink()
            return False
        facts: dict[str, bool | str] | None = None
        if role == "composite":
            before = there["image"].facts if "image" in there else None
            facts = {"kept_outside": True, "scaled": bool((before or {}).get("scaled"))}
        elif role == "cutout":
            facts = {"cut_background": str((run.extra or {}).get("cut_background") or "")}
        thumbnail = path.with_suffix(".small")
        image = inspect(path, max_pixels=library.max_pixels, thumbnail=thumbnail)
        library.add_output(run.id, index, path, sha256, image, thumbnail=thumbnail, role=role, facts=facts)
    except NotAnImage as refusal:
        if run is None or run.error is None or role != "image":
            move_to_lost_and_found(library.folder, path)
        else:
            with suppress(OSError):  # it then stays in staging
                unopened.append(keep_unopened(library, index, path, sha256, str(refusal)))
        return False
    except (LibraryUnavailable, OSError):
        log.warning("An image of run %s stays in staging: it cannot be saved now.", path.parent.name)
        return False
    return role == "image"
