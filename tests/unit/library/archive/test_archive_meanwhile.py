"""What happens to the library or its disk while an archive comes in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from components.library import Library, LibraryUnavailable, check_library
from components.library.archive.importer import Imported, import_zip
from components.library.trash import empty_trash, move_to_trash
from tests.unit.library.archive.archives import everything, exported
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png


def test_the_trash_is_emptied_while_an_identical_image_is_imported(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image keeps its file when an identical image is deleted between file and row."""
    archive = exported(library, tmp_path / "all.zip")
    mine = add(other, begin(other, "mine"), 0, png(0))
    other.update_run("mine", state="done")
    move_to_trash(other, [mine.id])
    real = other.files.adopt
    emptied: list[int] = []

    def adopt(_: object, staged: Path, kind: str, sha256: str, suffix: str, **more: bool) -> Path:
        place = real(staged, kind, sha256, suffix, **more)
        if (kind, sha256) == ("thumbnail", mine.sha256):
            emptied.append(empty_trash(other))
        return place

    monkeypatch.setattr(type(other.files), "adopt", adopt)
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert sum(emptied) == 1
    monkeypatch.undo()
    assert everything(other)["files"] == everything(library)["files"]
    assert check_library(other, thorough=True).is_clean


def test_a_disk_without_room_stops_an_import(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without disk space nothing is imported, and the message names the import as what to repeat."""
    archive = exported(library, tmp_path / "all.zip")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=20_000_000))
    with pytest.raises(LibraryUnavailable, match=r"the next image may need 40 MB\. Make room there, then import it"):
        import_zip(other, archive)
    assert list(other.staging.iterdir()) == []
