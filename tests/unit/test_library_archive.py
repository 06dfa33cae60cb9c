"""Archives of the library: out as a ZIP, in again, and what is done with ZIPs that nobody should trust."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update

from components.images.probe import Picture
from components.library import Library, archive_in, archive_out, archive_unpack
from components.library.__main__ import main
from components.library.archive_in import ArchiveRefused, Imported, import_zip
from components.library.archive_manifest import Names
from components.library.archive_out import export_zip
from components.library.schema import collection_outputs, collections, inputs, output_tags, outputs, runs
from tests.unit.fake_client import png
from tests.unit.shelves import add, an_input, ask, begin

FOX = "0123456789abcdef0123456789abcdef"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """A library with some of everything."""
    opened = Library.open(data_folder)
    fill(opened, data_folder.parent)
    yield opened
    opened.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    opened = Library.open(tmp_path / "other", max_pixels=10_000)
    yield opened
    opened.close()


def fill(library: Library, folder: Path) -> None:
    """Two runs with pictures, one of them an edit, an analysis, and a run that failed."""
    begin(library, FOX, ask(prompt="A red fox, in snow"))
    first, second = (add(library, FOX, place, png(place)) for place in range(2))
    source = an_input(folder, "me.png", 9)
    source = type(source)(**{**vars(source), "has_alpha": False})
    begin(library, "edit1", ask(images=(source, source), prompt="狐をもっと赤く"))
    third = add(library, "edit1", 0, png(3))
    begin(library, "words1")
    begin(library, "failed1")
    library.update_run(FOX, state="done", cost=Decimal("0.04"), usage={"output_tokens": 9}, answer={"created": 1})
    library.update_run(
        "edit1", state="done", parent_output=first.id, started=5.5, ended=7.25, extra={"keep_outside": 8}
    )
    library.update_run("words1", state="done", text="It is a fox.", request_id="req_1")
    library.update_run("failed1", state="failed", error={"title": "Refused", "what": "No.", "retry_after": None})
    library.set_facts(third.id, {"changed": 0.25})
    with library.engine.begin() as connection:
        labels = {"title": "Rotfuchs", "note": "for the cover", "starred": True}
        connection.execute(update(outputs).where(outputs.c.id == second.id).values(**labels))
        connection.execute(insert(output_tags), [{"tag": tag, "output_id": second.id} for tag in ("snow", "animals")])
        connection.execute(insert(collections).values(id="col1", name="Winter", created=1.0))
        connection.execute(insert(collection_outputs).values(collection_id="col1", output_id=second.id, added=1.0))


def rows(library: Library, table: Table, without: tuple[str, ...] = ("process",)) -> list[dict[str, Any]]:
    """A table's rows in the order of its key."""
    with library.engine.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        return [{name: value for name, value in row.items() if name not in without} for row in found]


def everything(library: Library) -> dict[str, Any]:
    """All rows that an archive tells of, and all files."""
    named = select(collections.c.name, collection_outputs.c.output_id).join(collection_outputs)
    with library.engine.connect() as connection:
        shelves = [tuple(row) for row in connection.execute(named.order_by(*named.selected_columns))]
    files = {
        str(path.relative_to(library.folder)): path.read_bytes()
        for kind in ("originals", "inputs", "thumbnails")
        for path in (library.folder / kind).glob("*/*")
    }
    return {
        "shelves": shelves,
        "files": files,
        **{table.name: rows(library, table) for table in (runs, outputs, inputs, output_tags)},
    }


def all_ids(library: Library, table: Table) -> list[str]:
    """The ids of a table's rows."""
    return [row["id"] for row in rows(library, table)]


def exported(library: Library, target: Path, output_ids: list[str] | None = None) -> Path:
    """Everything in the library, or only some outputs, as a ZIP."""
    whole = all_ids(library, runs) if output_ids is None else []
    ids = all_ids(library, outputs) if output_ids is None else output_ids
    target.write_bytes(b"".join(export_zip(library, ids, run_ids=whole)))
    return target


def manifest_of(path: Path) -> dict[str, Any]:
    """What an archive's manifest says."""
    with zipfile.ZipFile(path) as archive:
        found = json.loads(archive.read("manifest.json"))
    assert isinstance(found, dict)
    return found


def altered(path: Path, target: Path, change: Change, files: dict[str, bytes] | None = None) -> Path:
    """The archive with another manifest, and with some files more or others."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != "manifest.json" and name not in (files or {}):
                new.writestr(name, old.read(name))
        for name, data in (files or {}).items():
            new.writestr(name, data)
        manifest = manifest_of(path)
        change(manifest)
        new.writestr("manifest.json", json.dumps(manifest))
    return target


def run_of(manifest: dict[str, Any], run_id: str = FOX) -> dict[str, Any]:
    """One run in a manifest."""
    return next(run for run in manifest["runs"] if run["id"] == run_id)


# Round trips


def test_a_round_trip_gives_equal_rows_and_bytes(library: Library, other: Library, tmp_path: Path) -> None:
    """What comes out of one library is the same in another one, and once more changes nothing."""
    archive = exported(library, tmp_path / "all.zip")
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)
    assert {row["process"] for row in rows(other, runs, without=())} == {""}
    assert other.check(thorough=True).is_clean
    assert import_zip(other, archive) == Imported(0, 0, 3, ())
    assert everything(other) == everything(library)
    assert list(other.scratch.iterdir()) == []
    # The second library's archive tells the same as the first one's.
    assert manifest_of(exported(other, tmp_path / "again.zip"))["runs"] == manifest_of(archive)["runs"]


def test_what_is_there_stays_and_what_lacks_is_added(library: Library, other: Library, tmp_path: Path) -> None:
    """A run that is there is kept with its labels, and gets the outputs that it lacks."""
    assert import_zip(other, exported(library, tmp_path / "one.zip", [f"{FOX}-1"])) == Imported(1, 1, 0, ())
    with other.engine.begin() as connection:
        connection.execute(update(outputs).values(title="mine", starred=False))
        connection.execute(update(runs).values(text="mine"))
    assert import_zip(other, exported(library, tmp_path / "all.zip")) == Imported(3, 2, 1, ())
    kept = other.output(f"{FOX}-1")
    assert kept is not None
    assert (kept.title, kept.starred, kept.note) == ("mine", False, "for the cover")
    run = other.run(FOX)
    assert run is not None
    assert run.text == "mine"
    assert [one.id for one in other.outputs(FOX)] == [f"{FOX}-0", f"{FOX}-1"]
    assert all_ids(other, collections) != ["col1"]
    assert other.check(thorough=True).is_clean


def test_collections_are_found_by_name(library: Library, other: Library, tmp_path: Path) -> None:
    """A collection of the same name takes the pictures in; there are not two of it."""
    with other.engine.begin() as connection:
        connection.execute(insert(collections).values(id="here", name="Winter", created=1.0))
    import_zip(other, exported(library, tmp_path / "all.zip"))
    assert all_ids(other, collections) == ["here"]
    assert [row["output_id"] for row in rows(other, collection_outputs)] == [f"{FOX}-1"]


def test_the_bin(library: Library, other: Library, tmp_path: Path) -> None:
    """An output of the bin comes by its id alone; it is in the other bin then, for a time that begins anew."""
    with library.engine.begin() as connection:
        connection.execute(update(outputs).where(outputs.c.id == f"{FOX}-0").values(deleted_at=5.0))
    whole = tmp_path / "whole.zip"
    whole.write_bytes(b"".join(export_zip(library, [], run_ids=[FOX])))
    assert [one["id"] for one in run_of(manifest_of(whole))["outputs"]] == [f"{FOX}-1"]
    import_zip(other, exported(library, tmp_path / "binned.zip", [f"{FOX}-0"]))
    found = other.output(f"{FOX}-0")
    assert found is not None
    assert found.deleted_at is not None
    assert found.deleted_at > 1e9


def test_unknown_columns_are_ignored_and_missing_ones_default(library: Library, other: Library, tmp_path: Path) -> None:
    """An archive of another version of the app comes in as far as both know the same."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["mood"] = "good"
        for run in manifest["runs"]:
            run |= {"mood": 3, "process": "abc"}
            for name in ("owner", "text", "usage", "extra", "started"):
                del run[name]
            for output in run["outputs"]:
                output |= {"mood": [1]}
                for name in ("note", "starred", "facts", "tags", "collections", "role"):
                    del output[name]

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "new.zip", change)
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert {row["owner"] for row in rows(other, runs)} == {""}
    assert {row["process"] for row in rows(other, runs, without=())} == {""}
    assert not any(row["starred"] for row in rows(other, outputs))


def test_a_run_that_was_under_way_is_interrupted(library: Library, other: Library, tmp_path: Path) -> None:
    """Nobody works on an imported run, so it has ended, and says so."""
    begin(library, "open1")
    library.update_run("edit1", state="running")
    import_zip(other, exported(library, tmp_path / "all.zip"))
    for run_id, title in (("open1", "Interrupted before it was sent"), ("edit1", "Interrupted")):
        run = other.run(run_id)
        assert run is not None
        assert run.error is not None
        assert (run.state, run.error["title"]) == ("interrupted", title)
        assert run.ended is not None
    assert other.check().is_clean


def test_a_run_under_way_here_is_left_alone(library: Library, tmp_path: Path) -> None:
    """A picture that its run is about to save must find its place free."""
    archive = exported(library, tmp_path / "all.zip")
    with library.engine.begin() as connection:
        connection.execute(outputs.delete().where(outputs.c.id == f"{FOX}-1"))
    library.update_run(FOX, state="running")
    done = import_zip(library, archive)
    assert (done.outputs, done.known, len(done.refused)) == (0, 2, 1)
    assert "under way" in done.refused[0]


def test_a_long_manifest_comes_in_parts(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is read for itself, so that an archive may be larger than what is read at once."""
    monkeypatch.setattr(archive_out, "PART_BYTES", 1500)
    archive = exported(library, tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.startswith("manifest")]
    assert names == ["manifest.csv", *manifest_of(archive)["parts"], "manifest.json"]
    assert len(names) > 3
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)


# What is in the ZIP


def test_pictures_are_the_exact_bytes_under_readable_names(library: Library, tmp_path: Path) -> None:
    """Names tell day, title or prompt, run and number; inputs come once; the manifest is last."""
    archive = exported(library, tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        pictures = {one["id"]: one["file"] for run in manifest_of(archive)["runs"] for one in run["outputs"]}
        for output_id, name in pictures.items():
            output = library.output(output_id)
            assert output is not None
            assert hashlib.sha256(opened.read(name)).hexdigest() == output.sha256
        assert all(info.compress_type == zipfile.ZIP_STORED for info in opened.infolist()[:-2])
        kept = hashlib.sha256(png(9)).hexdigest()
        assert [name for name in names if name.startswith("inputs/")] == [f"inputs/{kept}.png"]
        assert opened.read(f"inputs/{kept}.png") == png(9)
    assert names[-1] == "manifest.json"
    day = pictures[f"{FOX}-0"][7:17]
    assert pictures[f"{FOX}-0"] == f"images/{day}-a-red-fox-in-snow-abcdef-1.png"
    assert pictures[f"{FOX}-1"] == f"images/{day}-rotfuchs-abcdef-2.png"
    assert pictures["edit1-0"] == f"images/{day}-狐をもっと赤く-edit1-1.png"


def test_names_are_unique_and_good_on_windows() -> None:
    """Whatever a title is, the name is one that every system takes, and no two are the same there."""
    titles = ["CON", "nul.png", "a...", "..\\..\\x", "/etc/passwd", 'a<b>:"|?*', "\u202egnp.exe", "x" * 300, "", "…"]
    titles += ["Straße", "STRASSE", "e\u0301", "é", "é ", "\0\n\t", "naïve 🦊", "हिन्दी", "ab\ud800"]
    names = Names()
    found = []
    for title in titles * 2:
        run = {"id": "r1", "prompt": "", "operation": "generate"}
        output = {"created": 1.8e9, "title": title, "role": "image", "position": 0}
        found.append(names.of(run, output, ".png").removeprefix("images/"))
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert not set('<>:"/\\|?*') & set(name)
        assert name.isprintable()
        assert not PureWindowsPath(name).is_reserved()
        assert name.endswith("-r1-1.png") or "-r1-1-" in name
        assert len(name.encode()) < 200
        assert name == name.strip(" .")


def test_what_is_missing_is_left_out_and_said(library: Library, other: Library, tmp_path: Path) -> None:
    """A file that is gone or has changed does not spoil the archive."""
    for kind, content in (("original", png(0)), ("input", png(9))):
        path = library.file(kind, hashlib.sha256(content).hexdigest())
        assert path is not None
        path.unlink()
    changed = library.file("original", hashlib.sha256(png(3)).hexdigest())
    assert changed is not None
    changed.write_bytes(png(4))
    archive = exported(library, tmp_path / "some.zip", [*all_ids(library, outputs), "gone-0"])
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
    said = manifest_of(archive)["missing"]
    assert sorted(str(one.get("output") or one.get("input"))[:12] for one in said) == sorted(
        ["gone-0", f"{FOX}-0"[:12], "edit1-0", *[hashlib.sha256(png(9)).hexdigest()[:12]] * 2]
    )
    done = import_zip(other, archive)
    assert (done.runs, done.outputs) == (2, 1)
    assert len(done.refused) == 3
    assert other.check(thorough=True).is_clean


def test_the_table_opens_in_spreadsheets_and_runs_no_formula(library: Library, tmp_path: Path) -> None:
    """One line an output or a run without; UTF-8 with its mark; what would be a formula is text."""
    with library.engine.begin() as connection:
        for place, title in enumerate(("=cmd|'/c calc'!A0", "@SUM(1)")):
            connection.execute(update(outputs).where(outputs.c.id == f"{FOX}-{place}").values(title=title))
        connection.execute(update(runs).where(runs.c.id == "edit1").values(prompt=" +1", owner="-1"))
    with zipfile.ZipFile(exported(library, tmp_path / "all.zip")) as opened:
        data = opened.read("manifest.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert sorted(line["output"] or line["run_id"] for line in lines) == sorted(
        [f"{FOX}-0", f"{FOX}-1", "edit1-0", "words1", "failed1"]
    )
    by_id = {line["output"] or line["run_id"]: line for line in lines}
    assert by_id[f"{FOX}-0"]["title"] == "'=cmd|'/c calc'!A0"
    assert by_id[f"{FOX}-1"]["title"] == "'@SUM(1)"
    assert (by_id["edit1-0"]["run_prompt"], by_id["edit1-0"]["run_owner"]) == ("' +1", "'-1")
    assert by_id[f"{FOX}-0"]["run_cost_usd"] == "0.04"
    assert by_id[f"{FOX}-1"]["tags"] == "animals, snow"
    assert by_id["failed1"]["run_error"] == "Refused No."
    assert not any(cell[:1] in "=+-@" for line in lines for cell in line.values() if cell)


def test_no_key_path_or_address_leaves(library: Library, tmp_path: Path) -> None:
    """What servers and disks say in an error stays here."""
    what = f"http://10.1.2.3:8080/v1 said: key sk-proj-abcdefgh1234 is wrong; see {library.folder}/x or 10.1.2.3:8080."
    library.update_run("failed1", error={"what": what}, answer={"data": [{"url": "https://inside.example/a.png"}]})
    with zipfile.ZipFile(exported(library, tmp_path / "all.zip")) as opened:
        told = opened.read("manifest.json").decode() + opened.read("manifest.csv").decode()
    for secret in ("10.1.2.3", "sk-proj", str(library.folder), "inside.example", library.lease.process):
        assert secret not in told
    assert "is wrong; see (folder)/x" in told


def test_memory_does_not_grow_with_the_pictures(data_folder: Path) -> None:
    """An export of 300 MB takes less than 8 MB of memory."""
    library = Library.open(data_folder)
    body = secrets.token_bytes(1_000_000)
    for number in range(100):
        begin(library, f"run{number}", ask(prompt=f"{number} foxes"))
        for place in range(3):
            data = body + bytes((number, place))
            scratch = library.scratch / "picture"
            scratch.write_bytes(data)
            picture = Picture("png", 40, 30, "RGB", 1, False, len(data))
            digest = hashlib.sha256(data).hexdigest()
            library.add_output(f"run{number}", place, scratch, digest, picture, thumbnail=None, synced=True)
    ids = all_ids(library, outputs)
    total = 0
    tracemalloc.start()
    try:
        for piece in export_zip(library, ids, run_ids=all_ids(library, runs)):
            total += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        library.close()
    assert total > 300_000_000
    assert peak < 8_000_000, peak


def test_an_export_can_be_given_up(library: Library) -> None:
    """A browser that goes away leaves nothing behind."""
    pieces = export_zip(library, all_ids(library, outputs))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert list(library.scratch.iterdir()) == []


# ZIPs that nobody should trust


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
    assert list(other.scratch.iterdir()) == []


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
    monkeypatch.setattr(archive_unpack, "LARGEST_MANIFEST", 100_000)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 5_000_000)
    with pytest.raises(ArchiveRefused, match="at most"):
        import_zip(other, path)
    path.write_bytes(path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (90_000).to_bytes(4, "little")))
    with pytest.raises(ArchiveRefused, match="broken"):
        import_zip(other, path)


RUN_NONSENSE: dict[str, Any] = {
    "id": ["../x", "", "a-b", "x" * 33, 7, None, {"a": 1}, "é"],
    "operation": ["dance", "edit", None, 3],
    "model": ["m" * 201, None, ["x"]],
    "state": ["happy", "x" * 17, None],
    "created": [1e308, -1, None, "now", True, 10**400],
    "ended": [1e300, "x", [1]],
    "n": [10**30, -1, 1.5, True, "4"],
    "prompt": [5, None, "x" * 1_000_001],
    "recipe": [None, [], "x", {"image_workbench": 1}, {"image_workbench": 99}],
    "usage": [[1], "x", 3],
    "cost_micros": [10**30, -5, "1", 0.5],
    "answer": [[], "x"],
    "error": [[], "x"],
    "extra": [[], 1],
    "outputs": [7, {"a": 1}, [7] * 1001],
    "inputs": [7, "x"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, all_ in RUN_NONSENSE.items() for value in all_])
def test_nonsense_in_a_run_refuses_that_run(
    name: str, value: Any, library: Library, other: Library, tmp_path: Path
) -> None:
    """With a sentence; the other runs come in."""
    archive = altered(
        exported(library, tmp_path / "all.zip"),
        tmp_path / "x.zip",
        lambda manifest: run_of(manifest).update({name: value}),
    )
    done = import_zip(other, archive)
    assert (done.runs, done.outputs) == (3, 1)
    assert len(done.refused) == 1
    assert len(done.refused[0]) < 300
    assert FOX not in all_ids(other, runs)


OUTPUT_NONSENSE: dict[str, Any] = {
    "id": ["../x-0", f"{FOX}-01", "edit1-0", f"{FOX}-99999", f"{FOX}-0-kept", 7, None, f"{FOX}-1"],
    "role": ["composite", "boss", 7],
    "sha256": ["f" * 64, "x", None, "../../../etc", "F" * 64],
    "file": [None, 7, "nothing.png", "manifest.csv", "manifest.json"],
    "title": [7, "x" * 1_000_001],
    "starred": ["yes", 1],
    "created": [None, 1e300],
    "facts": [[1], "x"],
    "tags": ["x", {"a": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, all_ in OUTPUT_NONSENSE.items() for value in all_])
def test_nonsense_in_an_output_refuses_that_output(
    name: str, value: Any, library: Library, other: Library, tmp_path: Path
) -> None:
    """With a sentence; its run and the others come in, and the library is clean."""
    archive = altered(
        exported(library, tmp_path / "all.zip"),
        tmp_path / "x.zip",
        lambda manifest: run_of(manifest)["outputs"][0].update({name: value}),
    )
    done = import_zip(other, archive)
    assert (done.runs, done.outputs, len(done.refused)) == (4, 2, 1)
    assert len(done.refused[0]) < 300
    assert other.check(thorough=True).is_clean


def test_odd_values_inside_json_are_made_harmless(library: Library, other: Library, tmp_path: Path) -> None:
    """Pages read what is inside a run's JSON, so it is of the types that they take it to be."""

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest).update(
            usage={"output_tokens": "many", "input_tokens": 3, "details": {"a": [1]}},
            error={"what": "x", "title": {"a": 1}},
            extra={"batch": {"id": 7, "of": "x", "place": 2}, "checks": [1, {"a": 2}], "schema": 7, "new": "kept"},
            text="half \ud800 and \0",
        )

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change)
    assert import_zip(other, archive).refused == ()
    run = other.run(FOX)
    assert run is not None
    assert run.usage == {"input_tokens": 3, "details": {}}
    assert run.error == {"what": "x"}
    assert run.extra == {"batch": {"place": 2}, "checks": ["1", "{'a': 2}"], "new": "kept"}
    assert run.text == "half ? and "


def test_what_a_picture_is_comes_from_its_file(library: Library, other: Library, tmp_path: Path) -> None:
    """The manifest may say what it likes."""

    def change(manifest: dict[str, Any]) -> None:
        told = {"width": 9999, "height": "x", "format": "exe", "frames": 10**40, "has_alpha": None, "bytes": -1}
        run_of(manifest)["outputs"][0].update(told, position=77, run_id="other", deleted_at="x")

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change)
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a picture at all", "not a picture"),
        (b"", "empty"),
        (png(1)[:-20], "broken"),
        (png(1, (200, 200)), "megapixels"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><svg width="1" height="1"/>', "."),
    ],
)
def test_what_is_no_picture_is_refused(
    data: bytes, says: str, library: Library, other: Library, tmp_path: Path
) -> None:
    """Though its SHA-256 is right."""

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest)["outputs"][0].update(file="odd", sha256=hashlib.sha256(data).hexdigest())
        run_of(manifest, "edit1")["inputs"][0].update(file="odd", sha256=hashlib.sha256(data).hexdigest())

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "x.zip", change, {"odd": data})
    done = import_zip(other, archive)
    assert (done.runs, done.outputs, len(done.refused)) == (4, 2, 2)
    assert all(says in sentence for sentence in done.refused)
    assert len(other.inputs("edit1")["image"]) == 1
    assert other.check(thorough=True).is_clean


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

    monkeypatch.setattr(archive_unpack, "LARGEST_ENTRY", 1_000_000)
    large = bomb("large.zip", zipfile.ZIP_DEFLATED, 3_000_000)
    assert "at most 1 MB" in import_zip(other, large).refused[0]
    lies = tmp_path / "lies.zip"
    lies.write_bytes(large.read_bytes().replace((3_000_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little")))
    assert "broken" in import_zip(other, lies).refused[0]
    assert "packed in a way" in import_zip(other, bomb("bz2.zip", zipfile.ZIP_BZIP2, 900_000)).refused[0]
    monkeypatch.setattr(archive_unpack, "EXPANSION_MORE", -50_000)
    with pytest.raises(ArchiveRefused, match="far more than it holds"):
        import_zip(other, bomb("many.zip", zipfile.ZIP_DEFLATED, 900_000))
    assert list(other.scratch.iterdir()) == []
    assert other.check(thorough=True).is_clean


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
    monkeypatch.setattr(archive_unpack, "LARGEST_DIRECTORY", 1_000_000)
    with pytest.raises(ArchiveRefused, match="more entries"):
        import_zip(other, archive)


def test_other_content_under_a_known_id_is_refused(library: Library, other: Library, tmp_path: Path) -> None:
    """What is there stays, and the person is told."""
    begin(other, FOX)
    mine = add(other, FOX, 0, png(5))
    other.update_run(FOX, state="done")
    done = import_zip(other, exported(library, tmp_path / "all.zip"))
    assert (done.outputs, done.known, len(done.refused)) == (2, 0, 1)
    assert "other content" in done.refused[0]
    assert other.outputs(FOX)[0] == mine
    assert other.check(thorough=True).is_clean


# Stops in the middle


class _Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_stop_in_the_middle_leaves_no_half(
    stop: int, library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run is there with all its outputs and inputs, or not at all; the next import completes it."""
    archive = exported(library, tmp_path / "all.zip")
    steps = iter(range(1, 10_000))

    def counted(real: Callable[..., Any], after: bool) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            done = real(*given, **named) if after else None
            if next(steps) == stop:
                raise _Killed
            return done if after else real(*given, **named)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(type(other.files), "adopt", counted(type(other.files).adopt, after=True))
        patch.setattr(archive_in, "_insert_output", counted(archive_in._insert_output, after=True))
        with pytest.raises(_Killed):
            import_zip(other, archive)
    whole, half = everything(library), everything(other)
    for run_id in all_ids(other, runs):
        for table, key in (("outputs", "run_id"), ("inputs", "run_id")):
            of_run = [row for row in half[table] if row[key] == run_id]
            assert of_run == [row for row in whole[table] if row[key] == run_id]
    again = import_zip(other, archive)
    assert again.refused == ()
    assert again.outputs + again.known == 3
    assert everything(other) == whole
    assert other.check(thorough=True).is_clean


def test_a_check_during_an_import_takes_no_file_for_a_stray(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture's file is there a moment before its row, and must not be set aside in that moment."""
    real = archive_in._Import._write

    def looked_at(work: Any, *given: Any) -> None:
        assert other.check(repair=True).is_clean
        real(work, *given)

    monkeypatch.setattr(archive_in._Import, "_write", looked_at)
    import_zip(other, exported(library, tmp_path / "all.zip"))
    assert other.check(thorough=True).is_clean


# Without the app


def test_the_folder_explains_itself(library: Library) -> None:
    """A text in the folder tells what is what; a person's changes to it stay."""
    readme = library.folder / "README.txt"
    for word in ("originals/", "inputs/", "thumbnails/", "workbench.sqlite3", "SHA-256", "components.library export"):
        assert word in readme.read_text(encoding="utf-8")
    readme.write_text("mine")
    Library.open(library.folder).close()
    assert readme.read_text() == "mine"


def test_the_command_line(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    """Export, import and check without the app; the check's end tells whether anything was found."""
    target = tmp_path / "out.zip"
    assert main(["export", str(target)]) == 0
    assert len(manifest_of(target)["runs"]) == 2
    assert main(["export", str(target)]) == 2
    assert "is there already" in capfd.readouterr().err
    assert main(["export", "--all", str(tmp_path / "all.zip")]) == 0
    assert len(manifest_of(tmp_path / "all.zip")["runs"]) == 4
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(tmp_path / "third"))
    assert main(["check"]) == 2
    assert "no library" in capfd.readouterr().err
    assert main(["import", str(tmp_path / "all.zip")]) == 0
    assert "4 runs and 3 outputs taken in; 0 outputs were there." in capfd.readouterr().out
    assert main(["import", __file__]) == 2
    assert "no ZIP file" in capfd.readouterr().err
    assert main(["check", "--thorough"]) == 0
    assert "nothing is wrong" in capfd.readouterr().out
    next((tmp_path / "third" / "thumbnails").glob("*/*")).unlink()
    assert main(["check", "--repair"]) == 1
    assert "no thumbnail" in capfd.readouterr().out
    assert main(["check", str(tmp_path / "third")]) == 0
    with Library.open(tmp_path / "third").engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(outputs)).scalar() == 3
