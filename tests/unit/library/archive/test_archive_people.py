"""An import by somebody who signed in: it uses, changes and tells nothing that is another's."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import update

from components.library import Library
from components.library.archive.importer import import_zip
from components.library.db.schema import inputs, runs
from components.library.team.privacy import set_private
from components.library.visible.visible_library import VisibleLibrary
from components.team.people import Person, Role
from tests.unit.library.archive.archives import FOX, altered, exported, rows
from tests.unit.runs.fake_client import png

BOB = Person("bob", "Bob", Role.MEMBER, is_verified=True)
ROOT = Person("root", "Root", Role.ADMIN, is_verified=True)
SOURCE = hashlib.sha256(png(9)).hexdigest()  # the input of "edit1"


def own(library: Library, owner: str) -> None:
    """Let all runs belong to somebody."""
    with library.engine.begin() as connection:
        connection.execute(update(runs).values(owner=owner))


def test_a_hidden_image_is_not_taken_by_its_hash(library: Library, tmp_path: Path) -> None:
    """An input that the archive only names comes from what the person sees."""
    own(library, "ada")
    archive = exported(library, tmp_path / "all.zip")
    set_private(library, True, run_ids=["edit1"])

    def change(manifest: dict[str, Any]) -> None:
        (entry,) = (one for one in manifest["runs"] if one["id"] == "edit1")
        entry.update(id="evil1", outputs=[], inputs=[{**one, "file": None} for one in entry["inputs"]])
        manifest["runs"] = [entry]

    import_zip(library, altered(archive, tmp_path / "evil.zip", change), BOB)
    assert library.run("evil1")
    assert not [one for one in rows(library, inputs) if one["run_id"] == "evil1"]
    assert VisibleLibrary(library, BOB).file("input", SOURCE) is None


def test_anothers_run_gets_no_outputs(library: Library, tmp_path: Path) -> None:
    """A hidden id is refused in the same words as one that is taken, whatever content the archive has."""
    own(library, "ada")
    archive = exported(library, tmp_path / "all.zip")

    def add_one(manifest: dict[str, Any]) -> None:
        (entry,) = (one for one in manifest["runs"] if one["id"] == FOX)
        entry["outputs"] = [{**entry["outputs"][0], "id": f"{FOX}-7"}]
        manifest["runs"] = [entry]

    more = altered(archive, tmp_path / "more.zip", add_one)
    assert import_zip(library, more, BOB).refused == (f"Output {FOX}-7 was not imported: its id is in use.",)
    set_private(library, True, run_ids=[FOX])
    for person in (BOB, ROOT):
        done = import_zip(library, more, person)
        assert (done.known, done.outputs, done.refused) == (0, 0, (f"Run {FOX} was not imported: its id is in use.",))
    assert len(library.outputs(FOX)) == 2
    assert import_zip(library, more, Person("ada", "Ada", Role.MEMBER, is_verified=True)).outputs == 1


def test_imported_runs_are_the_importers(library: Library, other: Library, tmp_path: Path) -> None:
    """A member's are theirs; an admin, and the command, keep the owners that the archive names."""
    own(library, "carol")
    archive = exported(library, tmp_path / "all.zip")
    import_zip(other, archive, BOB)
    assert {one["owner"] for one in rows(other, runs)} == {"bob"}
    with other.engine.begin() as connection:
        connection.execute(runs.delete())
    import_zip(other, archive, ROOT)
    assert {one["owner"] for one in rows(other, runs)} == {"carol"}
