"""Archives that nobody should trust: nothing in them does harm, and what is good in them comes in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from components.library import Library, check_library
from components.library.archive import unpack
from components.library.archive.importer import ArchiveRefused, Imported, import_zip
from tests.unit.library.archive.archives import FOX, altered, everything, exported, manifest_of
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png


def test_names_in_the_zip_are_never_paths(library: Library, other: Library, tmp_path: Path) -> None:
    """Entries that point out of the folder are only looked up; what is in them is named by its SHA-256."""
    evil = ["../../evil.png", "/tmp/evil.png", "C:\\evil.png"]

    def change(manifest: dict[str, Any]) -> None:
        found = [one for run in manifest["runs"] for one in run["outputs"]]
        for one, name in zip(found, evil, strict=True):
            originals[name] = one["file"]
            one["file"] = name
        manifest["parts"] = ["../manifest-1.json", "/etc/passwd", 7]

    originals: dict[str, str] = {}
    archive = exported(library, tmp_path / "all.zip")
    change(manifest_of(archive))
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(originals[name]) for name in evil}
    before = {path for path in tmp_path.rglob("*") if other.folder not in path.parents}
    done = import_zip(other, altered(archive, tmp_path / "evil.zip", change, files))
    assert done == Imported(4, 3, 0, ())
    after = {path for path in tmp_path.rglob("*") if other.folder not in path.parents}
    assert after - before == {tmp_path / "evil.zip"}
    assert everything(other) == everything(library)


def broken_zips(archive: Path) -> dict[str, bytes]:
    """Files that are no archives."""
    data = archive.read_bytes()
    empty, foreign = io.BytesIO(), io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with zipfile.ZipFile(foreign, "w") as opened:
        opened.writestr("manifest.json", '{"name": "an extension"}')
    return {
        "nothing": b"",
        "words": b"hello " * 1000,
        "truncated": data[: len(data) // 2],
        "headless": data[len(data) // 2 :],
        "empty": empty.getvalue(),
        "foreign": foreign.getvalue(),
    }


@pytest.mark.parametrize("kind", ["nothing", "words", "truncated", "headless", "empty", "foreign"])
def test_what_is_no_archive_is_refused(kind: str, library: Library, other: Library, tmp_path: Path) -> None:
    """A sentence tells why, and nothing is taken in."""
    path = tmp_path / "broken.zip"
    path.write_bytes(broken_zips(exported(library, tmp_path / "all.zip"))[kind])
    before = everything(other)
    with pytest.raises(ArchiveRefused, match=r"\.$"):
        import_zip(other, path)
    assert everything(other) == before
    assert list(other.staging.iterdir()) == []


def test_a_file_that_is_not_there_is_refused(other: Library, tmp_path: Path) -> None:
    """The person's file is at fault then, not the library."""
    for path in (tmp_path / "nothing.zip", tmp_path):
        with pytest.raises(ArchiveRefused, match="cannot be read"):
            import_zip(other, path)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        '"x"',
        "{",
        "\xff",
        '{"image_workbench_archive": true}',
        '{"image_workbench_archive": 0}',
        '{"image_workbench_archive": 2}',
        '{"image_workbench_archive": "1"}',
        '{"image_workbench_archive": 1, "runs": {}}',
        '{"image_workbench_archive": 1, "runs": 7}',
        '{"image_workbench_archive": 1, "parts": "x"}',
        '{"image_workbench_archive": 1, "runs": [NaN]}',
        '{"image_workbench_archive": 1, "runs": [1e999]}',
        '{"image_workbench_archive": ' + "9" * 5000 + "}",
        '{"image_workbench_archive": 1, "runs": ' + "[" * 200_000 + "]" * 200_000 + "}",
    ],
    ids=lambda text: text[:40] if isinstance(text, str) else None,
)
def test_a_manifest_of_nonsense_is_refused(text: str, other: Library, tmp_path: Path) -> None:
    """Whatever its JSON is."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", text.encode("latin-1"))
    with pytest.raises(ArchiveRefused):
        import_zip(other, path)


def test_a_manifest_too_large_is_refused(other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both when it says its size, and when it says another."""
    monkeypatch.setattr(unpack, "LARGEST_MANIFEST", 100_000)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 5_000_000)
    with pytest.raises(ArchiveRefused, match="at most"):
        import_zip(other, path)
    path.write_bytes(path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (90_000).to_bytes(4, "little")))
    with pytest.raises(ArchiveRefused, match="damaged"):
        import_zip(other, path)


def test_a_bomb_is_stopped_while_it_is_read(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what an entry says of its size, by what comes, by how it is packed, and by what all unpack to together."""
    archive = exported(library, tmp_path / "all.zip")

    def bomb(name: str, packed: int, size: int) -> Path:
        with zipfile.ZipFile(archive) as old, zipfile.ZipFile(tmp_path / name, "w") as new:
            new.writestr("bomb", b"\0" * size, packed)
            manifest = manifest_of(archive)
            for run in manifest["runs"]:
                for place, one in enumerate(run["outputs"]):
                    one["file"] = "bomb" if run["id"] == FOX and not place else one["file"]
                    new.writestr(f"copy-{one['id']}", old.read(one["file"])) if one["file"] != "bomb" else None
                    one["file"] = "bomb" if one["file"] == "bomb" else f"copy-{one['id']}"
                run["inputs"] = []
            new.writestr("manifest.json", json.dumps(manifest))
        return tmp_path / name

    monkeypatch.setattr(unpack, "LARGEST_ENTRY", 1_000_000)
    large = bomb("large.zip", zipfile.ZIP_DEFLATED, 3_000_000)
    assert "at most 1 MB" in import_zip(other, large).refused[0]
    lies = tmp_path / "lies.zip"
    lies.write_bytes(large.read_bytes().replace((3_000_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little")))
    assert "damaged" in import_zip(other, lies).refused[0]
    assert "unsupported compression" in import_zip(other, bomb("bz2.zip", zipfile.ZIP_BZIP2, 900_000)).refused[0]
    monkeypatch.setattr(unpack, "EXPANSION_MORE", -50_000)
    with pytest.raises(ArchiveRefused, match="far more than its own size"):
        import_zip(other, bomb("many.zip", zipfile.ZIP_DEFLATED, 900_000))
    assert list(other.staging.iterdir()) == []
    assert check_library(other, thorough=True).is_clean


def test_entries_that_nobody_names_are_not_read(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100,000 files more do no harm, but a list of files that would fill the memory is not read at all."""
    archive = exported(library, tmp_path / "all.zip")
    with zipfile.ZipFile(archive, "a") as opened:
        for number in range(100_000):
            opened.writestr(zipfile.ZipInfo(f"../{number}"), b"x")
    files = len(list(other.folder.rglob("*")))
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert len(list(other.folder.rglob("*"))) < files + 40
    monkeypatch.setattr(unpack, "LARGEST_DIRECTORY", 1_000_000)
    with pytest.raises(ArchiveRefused, match="more entries"):
        import_zip(other, archive)


def test_other_content_under_a_known_id_is_refused(library: Library, other: Library, tmp_path: Path) -> None:
    """Existing content stays, and the refusal is reported."""
    begin(other, FOX)
    mine = add(other, FOX, 0, png(5))
    other.update_run(FOX, state="done")
    done = import_zip(other, exported(library, tmp_path / "all.zip"))
    assert (done.outputs, done.known, len(done.refused)) == (2, 0, 1)
    assert "other content" in done.refused[0]
    assert other.outputs(FOX)[0] == mine
    assert check_library(other, thorough=True).is_clean
