"""A backup of a library in use is complete and consistent, and can be restored."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from components.library import Library, LibraryUnavailable, check_library, open_library
from components.library.__main__ import main
from components.library.db.engine import NAME
from components.library.files.file_store import FileStore
from components.library.maintenance import backup
from components.library.maintenance.backup import BackupRefused, back_up
from components.library.maintenance.restore import restore
from components.library.transfer.location import StoreLocation
from components.library.trash import empty_trash, move_to_trash
from tests.unit.library.library_fixtures import add, an_input, answered, ask, begin
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.folder  # `test_backup_places` backs up S3

TARGETS = ["backup", "backup.tar"]


def fill(library: Library, folder: Path) -> None:
    """A run that is done, an edit with an input, an answer, a run under way."""
    add(library, begin(library, "r1"), 0, png(1))
    library.update_run("r1", state="done")
    add(library, begin(library, "r2", ask(images=(an_input(folder, "a.png", 2),))), 0, png(3))
    library.update_run("r2", state="running")
    answered(library, "r3", folder)


def stored(folder: Path) -> dict[str, object]:
    """All that a library holds, once it is opened; it must be in order."""
    library = open_library(folder)
    try:
        assert check_library(library, thorough=True).is_clean
        runs = {run.id: library.run(run.id) for run in library.recent(limit=1000)}
        return {
            run_id: (run and run.state, run and run.text, library.outputs(run_id), sorted(library.inputs(run_id)))
            for run_id, run in runs.items()
        }
    finally:
        library.close()


@pytest.mark.parametrize("name", TARGETS)
def test_a_backup_holds_all_and_can_be_put_back(library: Library, tmp_path: Path, name: str) -> None:
    """What is restored is what was there; a run that was under way is interrupted, as after a crash."""
    fill(library, tmp_path)
    copied = back_up(StoreLocation(library.folder), tmp_path / name)
    assert copied.missing == ()
    assert restore(tmp_path / name, StoreLocation(tmp_path / "new" / "data")).missing == ()
    found = stored(tmp_path / "new" / "data")
    library.update_run("r2", state="interrupted")
    library.close()
    assert found == stored(library.folder)
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.db"))


@contextmanager
def working(library: Library, name: str) -> Iterator[None]:
    """People run, and throw away for good, as fast as they can until the end; what fails in that is raised."""
    over, failed = threading.Event(), list[BaseException]()

    def work(act: Callable[[int], None]) -> None:
        turn = 0
        try:
            while not over.is_set():
                act(turn)
                turn += 1
        except BaseException as error:
            failed.append(error)

    def run(turn: int) -> None:
        run_id = f"w{name}-{turn}"
        begin(library, run_id)
        for index in range(2):
            add(library, run_id, index, png(turn * 2 + index, (16 + turn % 24, 16)))
        library.update_run(run_id, state="done")

    def throw_away(turn: int) -> None:
        newest = library.recent(limit=4)
        move_to_trash(library, [f"{run.id}-0" for run in newest if run.id.startswith("w")])
        empty_trash(library)

    threads = [threading.Thread(target=work, args=(act,)) for act in (run, throw_away)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert not failed, failed


@pytest.mark.parametrize("name", TARGETS)
def test_a_backup_under_load(library: Library, tmp_path: Path, name: str) -> None:
    """Each backup that is made while others run and throw away names no file that it lacks."""
    fill(library, tmp_path)
    for turn in range(3):
        target = tmp_path / (f"{turn}-{name}" if name.endswith(".tar") else name)
        with working(library, str(turn)):
            assert back_up(StoreLocation(library.folder), target).missing == ()
        assert restore(target, StoreLocation(tmp_path / f"new{turn}")).missing == ()
        assert {"r1", "r2", "r3"} <= set(stored(tmp_path / f"new{turn}"))


def test_a_thumbnail_created_during_the_backup_is_copied(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thumbnail that appears a moment after its row leads to another snapshot."""
    fill(library, tmp_path)
    output = library.output("r1-0")
    assert output is not None
    thumbnail = library.file("thumbnail", output.sha256)
    assert thumbnail is not None
    aside, referenced = thumbnail.rename(tmp_path / "aside"), backup.referenced

    def slow(files: FileStore, database: Path) -> object:
        result = referenced(files, database)
        if aside.exists():
            aside.rename(thumbnail)
        return result

    monkeypatch.setattr(backup, "referenced", slow)
    assert back_up(StoreLocation(library.folder), tmp_path / "backup").missing == ()
    monkeypatch.undo()
    restore(tmp_path / "backup", StoreLocation(tmp_path / "new"))
    assert "r1" in stored(tmp_path / "new")


def test_files_deleted_during_the_backup_are_left_out(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that goes between the snapshot and its copy leads to another snapshot, not to a hole."""
    fill(library, tmp_path)
    named, done = backup.referenced, []

    def slow(files: FileStore, database: Path) -> object:
        if not done:
            done.append(True)
            move_to_trash(library, ["r1-0"])
            empty_trash(library)
        return named(files, database)

    monkeypatch.setattr(backup, "referenced", slow)
    assert back_up(StoreLocation(library.folder), tmp_path / "copy").missing == ()
    restore(tmp_path / "copy", StoreLocation(tmp_path / "new"))
    found = stored(tmp_path / "new")
    assert found["r1"][2] == []  # type: ignore[index]


def test_a_folder_is_brought_up_to_date(library: Library, tmp_path: Path) -> None:
    """The second backup into a folder copies new files and removes deleted ones."""
    fill(library, tmp_path)
    target = tmp_path / "copy"
    back_up(StoreLocation(library.folder), target)
    times = {path: path.stat().st_mtime_ns for path in target.glob("originals/*/*")}
    add(library, "r2", 1, png(8))
    move_to_trash(library, ["r1-0"])
    empty_trash(library)
    back_up(StoreLocation(library.folder), target)
    now = {path: path.stat().st_mtime_ns for path in target.glob("originals/*/*")}
    removed, new = times.keys() - now.keys(), now.keys() - times.keys()
    assert {path.stem for path in removed} == {hashlib.sha256(png(1)).hexdigest()}
    assert {path.stem for path in new} == {hashlib.sha256(png(8)).hexdigest()}
    assert all(now[path] == times[path] for path in now.keys() & times.keys())
    restore(target, StoreLocation(tmp_path / "new"))
    assert len(stored(tmp_path / "new")) == 3


def test_what_the_library_has_lost_is_named(library: Library, tmp_path: Path) -> None:
    """A file missing in the library does not prevent the backup of the rest; the command reports it."""
    fill(library, tmp_path)
    path = library.file("original", hashlib.sha256(png(1)).hexdigest())
    assert path is not None
    path.unlink()
    assert back_up(StoreLocation(library.folder), tmp_path / "copy.tar").missing == (path.stem,)


def test_what_cannot_be_done_is_refused_and_changes_nothing(library: Library, tmp_path: Path) -> None:
    """No backup over something else, into the library, or of nothing; no restoring over anything."""
    fill(library, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    for act in (
        lambda: back_up(StoreLocation(library.folder), other),
        lambda: back_up(StoreLocation(library.folder), library.folder / "copy"),
        lambda: back_up(StoreLocation(other), tmp_path / "copy"),
        lambda: restore(library.folder, StoreLocation(other)),
        lambda: restore(other, StoreLocation(tmp_path / "new")),
        lambda: restore(other / "mine.txt", StoreLocation(tmp_path / "new")),
    ):
        with pytest.raises(BackupRefused):
            act()
    assert [path.name for path in other.iterdir()] == ["mine.txt"]
    assert not (tmp_path / "new").exists()


def test_a_damaged_or_hostile_backup_is_refused(library: Library, tmp_path: Path) -> None:
    """Wrong bytes restore nothing; names outside the folder, and links, are not followed."""
    fill(library, tmp_path)
    back_up(StoreLocation(library.folder), tmp_path / "copy")
    with tarfile.open(tmp_path / "hostile.tar", "w") as archive:
        archive.add(tmp_path / "copy" / NAME, NAME)
        for name in ("../out.txt", "/tmp/out.txt", "originals/../../out.txt", "README.txt"):
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"bad"))
        link = tarfile.TarInfo("originals/ab/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert restore(tmp_path / "hostile.tar", StoreLocation(tmp_path / "h" / "new")).missing
    assert not list(tmp_path.glob("**/out.txt"))
    assert not list((tmp_path / "h" / "new").glob("originals/*/*"))
    original = next((tmp_path / "copy").glob("originals/*/*"))
    original.write_bytes(b"x" * original.stat().st_size)
    with pytest.raises(BackupRefused, match="damaged"):
        restore(tmp_path / "copy", StoreLocation(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_the_commands(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both commands are what the README says, and say what they did."""
    fill(library, tmp_path)
    assert main(["backup", str(tmp_path / "copy.tar")]) == 0
    assert main(["backup", str(tmp_path / "copy.tar")]) == 2
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "copy.tar")]) == 0
    assert main(["restore", str(tmp_path / "copy.tar")]) == 2
    said = capsys.readouterr()
    assert said.out.count("The database and ") == 2
    assert "already exists" in said.err
    assert "is not empty" in said.err
    with sqlite3.connect(tmp_path / "new" / NAME) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (3,)
    database.close()
    assert os.listdir(tmp_path / "new" / "originals")


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_that_cannot_be_written_is_named(
    library: Library, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says which place refused and why, not that the library's folder cannot be used."""
    add(library, begin(library, "r1"), 0, png(1))
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "file" / name, tmp_path / "file" / "below" / name):
        with pytest.raises(BackupRefused) as refused:
            back_up(StoreLocation(library.folder), target)
        assert f"The backup cannot be written to {target}: " in str(refused.value)

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(backup, "sync_file", full)
        with pytest.raises(BackupRefused, match=f"cannot be written to .*{name}: No space left"):
            back_up(StoreLocation(library.folder), tmp_path / name)

    def unreadable(self: object, kind: str, sha256: str, staging: Path) -> Iterator[Path]:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(library.folder / kind / sha256))

    monkeypatch.setattr("components.library.files.content_store.Files.reading", unreadable)
    with pytest.raises(LibraryUnavailable):
        back_up(StoreLocation(library.folder), tmp_path / "other" / name)


def test_a_restore_names_the_path_that_its_user_may_not_write(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the place named on the command line, not the data folder that somebody would then look at in vain."""
    fill(library, tmp_path)
    assert main(["backup", str(tmp_path / "copy.tar")]) == 0
    error = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "new.part"))
    monkeypatch.setattr("components.library.maintenance.restore._restore_files", Mock(side_effect=error))
    assert main(["restore", str(tmp_path / "copy.tar"), str(tmp_path / "new")]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "new.part") in said
    assert "data folder" not in said
