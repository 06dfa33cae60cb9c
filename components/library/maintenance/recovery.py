"""What is made of runs whose process died: they are marked, and what had arrived for them is taken in."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, cast, select, update

from components.images.probe import NotAnImage, inspect
from components.library.answers import keep_answers
from components.library.db.schema import runs
from components.library.errors import LibraryUnavailable, explained
from components.library.files import orphan_journal
from components.library.files.content_store import digest, set_aside
from components.library.files.staging import arrived, arrived_name, clear, place_of, role_of
from components.library.files.unopened import keep_unopened, with_unopened
from components.library.records import StoredRun

if TYPE_CHECKING:
    from components.library.store import Library

log = logging.getLogger(__name__)

# In a run's error: the places of images that came and that the library had not taken when the run ended.
UNSAVED = "unsaved"

UNFINISHED = ("queued", "running")

# What an interrupted run says. Its keys are those of the client's errors.
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
    """Mark runs of processes that live no more as interrupted, and keep what words and pictures had arrived for them.

    A picture that the disk still refuses stays in scratch for the next time. Gives how many runs were marked.
    """
    with explained(library.folder), library.lease.alone():
        # Whose runs there are is read first, so that a process that comes in between is not taken for dead.
        owners = _owners(library)
        alive, leftovers = library.lease.dead()
        count = 0
        with library.engine.begin() as connection:
            for state, error in INTERRUPTED.items():
                done = connection.execute(
                    update(runs)
                    .where(and_(runs.c.state == state, runs.c.process.in_(owners - alive)))
                    .values(state="interrupted", error=dict(error), ended=time.time())
                )
                count += done.rowcount
            keep_answers(connection, runs.c.state == "interrupted", runs.c.process.in_(owners - alive))
        for scratch in leftovers:
            for folder in [path for path in scratch.iterdir() if path.is_dir()]:
                _take_in_all(library, folder)
            orphan_journal.complete(library, scratch)
            clear(scratch)
        _tell_of_lost(library, alive)
        return count


def _tell_of_lost(library: Library, alive: frozenset[str]) -> None:
    """Say of runs of dead processes which of their images were in memory alone, which the disk did not take in time."""
    dead = runs.c.process.not_in(alive), runs.c.state == "failed", cast(runs.c.error, String).contains(f'"{UNSAVED}"')
    with library.engine.connect() as connection:
        found = connection.execute(select(runs.c.id, runs.c.error).where(*dead)).all()
    for run_id, error in found:
        there = {output.index for output in library.outputs(run_id)}
        waiting = {place_of(path) for folder in library.scratch.parent.glob(f"*/{run_id}") for path in arrived(folder)}
        lost = sorted(set(error[UNSAVED]) - there - waiting)
        left = {name: value for name, value in error.items() if name != UNSAVED}
        if waiting:
            left[UNSAVED] = sorted(waiting)
        if lost:
            log.error("Images %s of run %s were in memory alone when the app ended; they are lost.", lost, run_id)
            left["next"] = lost_sentence(lost)
        library.update_run(run_id, error=left)


def lost_sentence(places: Sequence[int]) -> str:
    """That the images of these places, from 0, are lost."""
    numbers = ", ".join(str(place + 1) for place in places)
    one = len(places) == 1
    return (
        f"{'Image' if one else 'Images'} {numbers} {'was' if one else 'were'} in the app's memory alone when the app "
        f"ended, and {'is' if one else 'are'} lost."
    )


def unsettled(library: Library) -> frozenset[str]:
    """Names of the processes that live no more and left a run or a scratch folder behind."""
    owners = _owners(library)
    alive, leftovers = library.lease.dead()
    return frozenset((owners | {folder.name for folder in leftovers}) - alive)


def _owners(library: Library) -> set[str]:
    with library.engine.connect() as connection:
        found = select(runs.c.process).where(runs.c.state.in_(UNFINISHED)).distinct()
        return set(connection.execute(found).scalars())


def _take_in_all(library: Library, folder: Path) -> None:
    run = library.run(folder.name)
    if run is not None:
        _name_the_unnamed(library, folder, run)
    notes: list[dict[str, Any]] = []
    count = sum(_take_in(library, run, path, notes) for path in arrived(folder))
    if run is None or run.error is None:
        return
    error = put_in_since(run.error, count) if count else run.error
    if count or notes:
        library.update_run(run.id, error=with_unopened(error, notes))
    for note in notes:
        (folder / arrived_name(note["index"], note["sha256"])).unlink(missing_ok=True)


def put_in_since(error: Mapping[str, Any], count: int) -> dict[str, Any]:
    """What a run says of its end when so many pictures that had arrived for it came into the library afterwards."""
    pictures = "A picture" if count == 1 else f"{count} pictures"
    has = "has" if count == 1 else "have"
    taken = f"{pictures} that had arrived {has} been put into the library since."
    # What an unsaved picture's run said, to save it from the page, is not to be done any more.
    after = "" if error.get("kind") == "NotSaved" else str(error.get("next", ""))
    return {**error, "next": f"{taken} {after}".strip()}


def _name_the_unnamed(library: Library, folder: Path, run: StoredRun) -> None:
    """Name pictures that came whole in the very moment of the crash; previews have another ending."""
    named = arrived(folder)
    taken = {place_of(path) for path in named} | {output.index for output in library.outputs(run.id)}
    free = (place for place in range(max(1, run.n)) if place not in taken)
    unnamed = [(path.stat(), path) for path in folder.glob("*.image") if path not in named]
    # In the order in which they were written, as far as it can be known: clocks of disks are coarse.
    in_order = sorted(unnamed, key=lambda one: (one[0].st_mtime_ns, one[0].st_ino))
    for (_, path), place in zip(in_order, free, strict=False):
        path.rename(path.with_name(arrived_name(place, digest(path))))


def _take_in(library: Library, run: StoredRun | None, path: Path, notes: list[dict[str, Any]]) -> bool:
    """Make an output of a picture in scratch; gives whether it is one that had come from the server.

    What is not whole is removed; what cannot be opened is kept with its run, and told of in `notes`.
    """
    index, role, sha256 = place_of(path), role_of(path), path.stem.partition("-")[2]
    try:
        if digest(path) != sha256:  # the power went before all its bytes were on the disk
            path.unlink()
            return False
        if run is None:
            set_aside(library.folder, path)
            return False
        there = {output.role: output for output in library.outputs(run.id) if output.index == index}
        if role in there:
            path.unlink()
            return False
        facts = None
        if role == "composite":
            before = there["image"].facts if "image" in there else None
            facts = {"kept_outside": True, "scaled": bool((before or {}).get("scaled"))}
        thumbnail = path.with_suffix(".small")
        picture = inspect(path, max_pixels=library.max_pixels, thumbnail=thumbnail)
        library.add_output(run.id, index, path, sha256, picture, thumbnail=thumbnail, role=role, facts=facts)
    except NotAnImage as refusal:
        if run is None or run.error is None or role != "image":
            set_aside(library.folder, path)
        else:
            with suppress(OSError):  # else it waits in scratch
                notes.append(keep_unopened(library, index, path, sha256, str(refusal)))
        return False
    except (LibraryUnavailable, OSError):
        log.warning("A picture of run %s waits in scratch: the library cannot take it now.", path.parent.name)
        return False
    return role == "image"
