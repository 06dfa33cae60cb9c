"""Archives that cost far more than they weigh: each content is decoded once, and an import has a budget."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.library import Library, LibraryUnavailable, check_library, open_library
from components.library.archive import budget, unpack
from components.library.archive.importer import ArchiveRefused, import_zip
from components.library.files import disk_space
from components.library.queries.totals.spending import spend
from tests.unit.library.archive.archives import FOX, altered, everything, exported, run_of
from tests.unit.library.file_places import place_of
from tests.unit.runs.fake_client import png


def many(count: int, data: Callable[[int], bytes]) -> tuple[Callable[[dict[str, Any]], None], dict[str, bytes]]:
    """Return a change that adds outputs to the fox's run, and the files that they name."""
    files = {f"many-{number}": data(number) for number in range(count)}

    def change(manifest: dict[str, Any]) -> None:
        run = run_of(manifest)
        first = run["outputs"][0]
        run["outputs"] = [
            {**first, "id": f"{FOX}-{number}", "file": name, "sha256": hashlib.sha256(found).hexdigest()}
            for number, (name, found) in enumerate(files.items())
        ]

    return change, files


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which files are decoded."""
    calls: list[Path] = []
    inspect = unpack.inspect

    def counted(path: Path, **named: Any) -> Any:
        calls.append(path)
        return inspect(path, **named)

    monkeypatch.setattr(unpack, "inspect", counted)
    return calls


def test_each_content_is_decoded_once(library: Library, other: Library, tmp_path: Path, decoded: list[Path]) -> None:
    """One image listed six times: six outputs, one decode; one that is no image is looked at once, too."""
    change, files = many(6, lambda _: png(70))
    done = import_zip(other, altered(exported(library, tmp_path / "a.zip"), tmp_path / "b.zip", change, files))
    assert (done.refused, len(other.outputs(FOX))) == ((), 6)
    assert len(decoded) == len(place_of(other).names("original")) + 1, "an input"
    assert check_library(other, thorough=True).is_clean
    decoded.clear()
    change, files = many(6, lambda _: b"no image")
    altered(tmp_path / "a.zip", tmp_path / "c.zip", change, files)
    third = open_library(tmp_path / "third", max_pixels=10_000)
    assert len(import_zip(third, tmp_path / "c.zip").refused) == 6
    assert len(decoded) == 3, "that one, an output and an input"
    third.close()


@pytest.mark.parametrize(("what", "limit"), [("PIXELS", 3000), ("FRAMES", 3), ("SECONDS", -1.0)])
def test_an_import_stops_decoding_when_its_budget_is_used_up(
    what: str, limit: float, library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond it says so; imported again, the archive goes on."""
    for name in ("PIXELS_A_BYTE", "FRAMES_A_BYTE", "SECONDS_A_BYTE"):
        monkeypatch.setattr(budget, name, 0)
    change, files = many(8, png)
    archive = altered(exported(library, tmp_path / "a.zip"), tmp_path / "b.zip", change, files)
    with monkeypatch.context() as tight:
        tight.setattr(budget, what, limit)
        done = import_zip(other, archive)
        assert any(f"more {what.lower()} than one import" in sentence for sentence in done.refused)
        assert len(other.outputs(FOX)) < 8
    import_zip(other, archive)
    assert len(other.outputs(FOX)) == 8
    assert check_library(other, thorough=True).is_clean


def test_an_animation_of_too_many_frames_is_refused(library: Library, other: Library, tmp_path: Path) -> None:
    """Its frames are counted no further than needed, and not decoded."""
    file = io.BytesIO()
    frames = [Image.new("L", (1, 1), 255 * (number % 2)) for number in range(2100)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=10)
    change, files = many(1, lambda _: file.getvalue())
    done = import_zip(other, altered(exported(library, tmp_path / "a.zip"), tmp_path / "b.zip", change, files))
    assert any("more than 2,000 frames" in sentence for sentence in done.refused)


def test_what_an_archive_declares_is_checked_before_anything_is_stored(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """49 GB of zeros, and more than the disk has room for: no file and no row comes of it."""

    def stored() -> tuple[list[Path], dict[str, Any]]:
        logs = {".sqlite3-wal", ".sqlite3-shm"}
        return sorted(path for path in other.folder.rglob("*") if path.suffix not in logs), everything(other)

    archive = exported(library, tmp_path / "a.zip")
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("zeros", b"\0" * 3_000_000)
    before = stored()
    with monkeypatch.context() as tight:
        tight.setattr(unpack, "EXPANSION_MORE", 0)
        tight.setattr(unpack, "EXPANSION", 1)
        with pytest.raises(ArchiveRefused, match="far more than its own size"):
            import_zip(other, archive)
    usage = disk_space.shutil.disk_usage(other.folder)
    monkeypatch.setattr(
        disk_space.shutil, "disk_usage", lambda _: usage._replace(free=disk_space.RESERVED_BYTES + 2_000_000)
    )
    with pytest.raises(LibraryUnavailable, match="this archive may need 19 MB"):
        import_zip(other, archive)
    assert before == stored()


def test_imported_runs_are_marked_and_their_money_is_not_ours(library: Library, other: Library, tmp_path: Path) -> None:
    """Nobody can forge another's spending; a time that is yet to come is refused."""

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest).update(owner="Ada", cost_micros=9_000_000_000)
        run_of(manifest, "words1").update(created=4_102_444_800.0)

    done = import_zip(other, altered(exported(library, tmp_path / "a.zip"), tmp_path / "b.zip", change))
    assert ["an invalid created" in sentence for sentence in done.refused] == [True]
    run = other.run(FOX)
    assert run is not None
    assert run.imported_at
    found = spend(other, 0)
    assert (found.total, found.runs) == (0, 0)
