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


def test_the_bin_is_emptied_while_an_equal_picture_comes_in(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture whose equal is thrown away after its file was found there and before its row has its file."""
    archive = exported(library, tmp_path / "all.zip")
    mine = add(other, begin(other, "mine"), 0, png(0))
    other.update_run("mine", state="done")
    move_to_trash(other, [mine.id])
    real = other.files.adopt
    thrown: list[int] = []

    class Files(type(other.files)):  # type: ignore[misc]
        def adopt(self, scratch: Path, kind: str, sha256: str, suffix: str, **more: bool) -> Path:
            place = real(scratch, kind, sha256, suffix, **more)
            if (kind, sha256) == ("thumbnail", mine.sha256):
                thrown.append(empty_trash(other))
            return place

    monkeypatch.setattr(other, "files", Files(other.folder))
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert sum(thrown) == 1
    monkeypatch.undo()
    assert everything(other)["files"] == everything(library)["files"]
    assert check_library(other, thorough=True).is_clean


def test_a_disk_without_room_stops_an_import(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is no room for is not taken in, and it is an import that is told of and to be done again."""
    archive = exported(library, tmp_path / "all.zip")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=20_000_000))
    with pytest.raises(LibraryUnavailable, match=r"the next picture may need 40 MB\. Make room there, then import it"):
        import_zip(other, archive)
    assert list(other.scratch.iterdir()) == []
