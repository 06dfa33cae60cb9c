"""A backup of either kind of library restores to either kind of place; a daily one is made once, and 14 are kept."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from components.library import check_library, open_library
from components.library.__main__ import main
from components.library.maintenance import backup as backup_module
from components.library.maintenance import daily_backup
from components.library.maintenance.backup import BackupRefused, back_up
from components.library.maintenance.daily_backup import DailyBackup, back_up_if_due, backups, newest_backup
from components.library.maintenance.housekeeping import Housekeeper
from components.library.maintenance.restore import restore
from components.library.sheets.sheet_inputs import stored_template
from components.library.team.drafts import keep_draft, stored_draft
from components.library.transfer.location import StoreLocation
from components.library.trash import empty_trash, move_to_trash
from components.settings import Settings
from tests.unit.library.library_fixtures import add, an_input, begin
from tests.unit.library.service_places import opened, services
from tests.unit.library.sheets.test_sheet_inputs import an_edit_sheet, without_paths
from tests.unit.library.whole_library import files_of, fill_library, rows_of
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.own_store

NOW = 1_795_000_000.0
DAY = 86_400.0


def rows_and_files(place: StoreLocation) -> tuple[object, object]:
    """All that the library at a place has; it must be in order."""
    library = opened(place)
    try:
        assert check_library(library, thorough=True).is_clean
        return rows_of(library), files_of(library)
    finally:
        library.close()


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_of_services_restores_to_a_folder_and_to_services(tmp_path: Path, name: str) -> None:
    """Rows of every table and the bytes of all files that they name come back, in either kind of place."""
    with services(tmp_path / "one") as here, services(tmp_path / "two") as there:
        library = opened(here)
        fill_library(library, tmp_path)
        before = rows_of(library), files_of(library)
        library.close()
        assert back_up(here, tmp_path / name).missing == ()
        assert not list(tmp_path.glob("**/*.part"))
        assert restore(tmp_path / name, StoreLocation(tmp_path / "three")).missing == ()
        assert rows_and_files(StoreLocation(tmp_path / "three")) == before
        assert restore(tmp_path / name, there).missing == ()
        assert rows_and_files(there) == before
        with pytest.raises(BackupRefused, match="not empty"):
            restore(tmp_path / name, there)
        assert rows_and_files(there) == before


def test_a_backup_of_services_has_the_images_of_sheets(tmp_path: Path) -> None:
    """Restored to a folder and to services, a sheet sends its cells as before."""
    with services(tmp_path / "one") as here, services(tmp_path / "two") as there:
        library = opened(here)
        sheet, template = an_edit_sheet(library, tmp_path)
        library.close()
        assert back_up(here, tmp_path / "copy").missing == ()
        for place in (StoreLocation(tmp_path / "three"), there):
            assert restore(tmp_path / "copy", place).missing == ()
            restored = opened(place)
            assert without_paths(stored_template(restored, sheet).inputs) == without_paths(template.inputs)
            assert check_library(restored, thorough=True).is_clean
            restored.close()


def test_what_a_draft_refers_to_is_in_the_backup(data_folder: Path, tmp_path: Path) -> None:
    """An image that was added and not sent yet comes back with its draft."""
    library = open_library(data_folder)
    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    keep_draft(library, "token", "anna", [image.sha256, "0" * 64], "{}")
    library.close()
    assert back_up(StoreLocation(data_folder), tmp_path / "copy").missing == ()
    restore(tmp_path / "copy", StoreLocation(tmp_path / "new"))
    restored = open_library(tmp_path / "new")
    assert restored.file("input", image.sha256) is not None
    assert stored_draft(restored, "token", "anna") == "{}"
    restored.close()


def test_a_snapshot_of_services_has_no_holes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is deleted between the snapshot and its copy leads to another snapshot."""
    with services(tmp_path / "one") as here:
        library = opened(here)
        for number in range(3):
            add(library, begin(library, f"r{number}"), 0, png(number))
        named, done = backup_module.referenced, []

        def slow(files: object, database: Path) -> object:
            found = named(files, database)  # type: ignore[arg-type]
            if not done:
                done.append(True)
                move_to_trash(library, ["r1-0"])
                empty_trash(library)
            return found

        monkeypatch.setattr(backup_module, "referenced", slow)
        assert back_up(here, tmp_path / "copy").missing == ()
        library.close()
        restore(tmp_path / "copy", StoreLocation(tmp_path / "new"))
        restored = open_library(tmp_path / "new")
        assert [len(restored.outputs(f"r{number}")) for number in range(3)] == [1, 0, 1]
        restored.close()


def test_a_damaged_backup_leaves_the_place_empty(tmp_path: Path) -> None:
    """Wrong bytes restore nothing to the database and to S3, and the next restore works."""
    library = open_library(tmp_path / "data")
    add(library, begin(library, "r1"), 0, png(1))
    add(library, "r1", 1, png(2))
    library.close()
    back_up(StoreLocation(tmp_path / "data"), tmp_path / "copy")
    original = max((tmp_path / "copy").glob("originals/*/*"))
    good = original.read_bytes()
    original.write_bytes(b"x" * len(good))
    with services(tmp_path / "two") as there:
        with pytest.raises(BackupRefused, match="damaged"):
            restore(tmp_path / "copy", there)
        empty = opened(there)
        assert not files_of(empty)
        assert empty.run("r1") is None
        empty.close()
        original.write_bytes(good)
        assert restore(tmp_path / "copy", there).files == 4


def test_a_day_has_one_backup_and_fourteen_are_kept(data_folder: Path, tmp_path: Path) -> None:
    """Each can be restored by itself, and unchanged files take no more room."""
    library = open_library(data_folder)
    output = add(library, begin(library, "r1"), 0, png(1))
    here, folder = StoreLocation(data_folder), tmp_path / "backups"
    for day in range(17):
        assert back_up_if_due(here, folder, NOW + day * DAY) is not None
        assert back_up_if_due(here, folder, NOW + day * DAY + 3600) is None
    kept = backups(folder)
    assert len(kept) == daily_backup.KEPT == 14
    assert newest_backup(folder) == NOW + 16 * DAY
    copies = [next((one / "originals").glob("*/*")) for one in kept]
    assert len({path.stat().st_ino for path in copies}) == 1
    assert copies[0].stem == output.sha256
    library.close()
    restore(kept[0], StoreLocation(tmp_path / "new"))
    assert (tmp_path / "new" / "workbench.sqlite3").is_file()


def test_a_clock_that_was_wrong_does_not_stop_the_backups(data_folder: Path, tmp_path: Path) -> None:
    """A backup from the future does not keep others from being made."""
    open_library(data_folder).close()
    back_up_if_due(StoreLocation(data_folder), tmp_path / "backups", NOW + 400 * DAY)
    assert back_up_if_due(StoreLocation(data_folder), tmp_path / "backups", NOW) is not None


def test_the_housekeeper_makes_it_and_says_how_it_went(
    data_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the setting a backup appears while the app runs; a folder that cannot be used is an error in the log."""
    assert DailyBackup.by(Settings()) is None
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    good, bad = (
        DailyBackup.by(Settings(data=data_folder, backups=str(folder)))
        for folder in (tmp_path / "backups", data_folder / "inside")
    )
    assert bad is not None
    with caplog.at_level(logging.INFO):
        keeper = Housekeeper(library, daily_backup=good)
        keeper.start()
        end = time.monotonic() + 60
        while "Daily backup made: 2 files" not in caplog.text and time.monotonic() < end:
            time.sleep(0.02)
        keeper.stop()
        assert not bad._attempt()
    assert len(backups(tmp_path / "backups")) == 1
    assert "The daily backup failed" in caplog.text
    library.close()


def test_the_commands_work_on_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check, backup and restore take the place from the settings, and no password is printed."""
    with ExitStack() as stack:
        here, there = (stack.enter_context(services(tmp_path / name)) for name in ("one", "two"))
        library = opened(here)
        add(library, begin(library, "r1"), 0, png(1))
        library.update_run("r1", state="done")
        library.close()
        for place, command in ((here, ["backup"]), (there, ["restore"]), (there, ["check", "--thorough"])):
            monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(place.folder))
            monkeypatch.setenv(
                "IMAGE_WORKBENCH_DATABASE_URL", place.database_url.replace("workbench@", "workbench:pw-9@")
            )
            monkeypatch.setenv("IMAGE_WORKBENCH_FILES", place.files_url)
            assert main([*command, *([str(tmp_path / "copy.tar")] if command[0] != "check" else [])]) == 0
        reported = capsys.readouterr()
        assert "no problems found" in reported.out
        assert "pw-9" not in reported.out + reported.err
