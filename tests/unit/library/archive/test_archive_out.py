"""What is in an archive of the library, and what the command line does with it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import secrets
import socket
import ssl
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from components.client.failures.network_failure import network_error
from components.images.decoding.probe import ImageInfo
from components.library import Library, check_library, open_library
from components.library.__main__ import main
from components.library.archive.exporter import export_zip
from components.library.archive.importer import import_zip
from components.library.archive.manifest import FileNames
from components.library.db.schema import outputs, runs
from components.library.team.audit import AuditFilter, audit_page
from tests.servers import stores
from tests.servers.stores import store_of
from tests.unit.library.archive.archives import FOX, all_ids, exported, manifest_of
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import ask, begin
from tests.unit.runs.fake_client import png

# What is in the ZIP


def test_images_are_exact_bytes_under_readable_names(library: Library, tmp_path: Path) -> None:
    """Names tell day, title or prompt, run and number; inputs come once; the manifest is last."""
    archive = exported(library, tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        images = {one["id"]: one["file"] for run in manifest_of(archive)["runs"] for one in run["outputs"]}
        for output_id, name in images.items():
            output = library.output(output_id)
            assert output is not None
            assert hashlib.sha256(opened.read(name)).hexdigest() == output.sha256
        assert all(info.compress_type == zipfile.ZIP_STORED for info in opened.infolist()[:-2])
        kept = hashlib.sha256(png(9)).hexdigest()
        assert [name for name in names if name.startswith("inputs/")] == [f"inputs/{kept}.png"]
        assert opened.read(f"inputs/{kept}.png") == png(9)
    assert names[-1] == "manifest.json"
    day = images[f"{FOX}-0"][7:17]
    assert images[f"{FOX}-0"] == f"images/{day}-a-red-fox-in-snow-abcdef-1.png"
    assert images[f"{FOX}-1"] == f"images/{day}-rotfuchs-abcdef-2.png"
    assert images["edit1-0"] == f"images/{day}-狐をもっと赤く-edit1-1.png"


def test_names_are_unique_and_good_on_windows() -> None:
    """Whatever a title is, the name is one that every system takes, and no two are the same there."""
    titles = ["CON", "nul.png", "a...", "..\\..\\x", "/etc/passwd", 'a<b>:"|?*', "\u202egnp.exe", "x" * 300, "", "…"]
    titles += ["Straße", "STRASSE", "e\u0301", "é", "é ", "\0\n\t", "naïve 🦊", "हिन्दी", "ab\ud800"]
    names = FileNames()
    found = []
    for title in titles * 2:
        run = {"id": "r1", "prompt": "", "operation": "generate"}
        output = {"created": 1.8e9, "title": title, "role": "image", "position": 0}
        found.append(names.of(run, output, ".png").removeprefix("images/"))
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert not set('<>:"/\\|?*') & set(name)
        assert name.isprintable()
        assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name, re.IGNORECASE)
        assert name.endswith("-r1-1.png") or "-r1-1-" in name
        assert len(name.encode()) < 200
        assert name == name.strip(" .")


def test_what_is_missing_is_left_out_and_said(library: Library, other: Library, tmp_path: Path) -> None:
    """A missing or changed file does not prevent the export."""
    place = place_of(library)
    for kind, content in (("original", png(0)), ("input", png(9))):
        place.harm(kind, hashlib.sha256(content).hexdigest(), None)
    place.harm("original", hashlib.sha256(png(3)).hexdigest(), png(4))
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
    assert check_library(other, thorough=True).is_clean


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
        reported = opened.read("manifest.json").decode() + opened.read("manifest.csv").decode()
    for secret in ("10.1.2.3", "sk-proj", str(library.folder), "inside.example", library.process_lock.process):
        assert secret not in reported
    assert "is wrong; see (folder)/x" in reported


@pytest.mark.parametrize("trouble", [httpx.ConnectTimeout(""), httpx.ReadTimeout(""), httpx.ProxyError("")])
@pytest.mark.parametrize("cause", [None, ssl.SSLCertVerificationError(), ssl.SSLError(), socket.gaierror()])
@pytest.mark.parametrize("sent", [True, False])
def test_no_server_is_named(
    trouble: Exception, cause: Exception | None, sent: bool, library: Library, tmp_path: Path
) -> None:
    """Whatever the way to it broke by, the client's sentence goes out without the server's name."""
    if cause is not None:
        trouble = httpx.ConnectError("")
        trouble.__cause__ = cause
    for one in (trouble, httpx.RemoteProtocolError(""), httpx.ConnectError(""), ConnectionResetError()):
        error = network_error(one, host="gpu-box:8080", sent=sent, costly=True, read_timeout=0.5).as_dict()
        assert "gpu-box" in error["what"]
        assert error["host"] == "gpu-box:8080"
        # Libraries of earlier versions have errors without the host.
        for stored in (error, {name: value for name, value in error.items() if name != "host"}):
            library.update_run("failed1", error=stored)
            (tmp_path / "x.zip").write_bytes(b"".join(export_zip(library, [], run_ids=["failed1"])))
            exported = manifest_of(tmp_path / "x.zip")["runs"][0]["error"]
            assert "gpu-box" not in json.dumps(exported)
            assert exported["what"] == error["what"].replace("gpu-box:8080", "(address)")


@pytest.mark.folder  # the tests' S3 server has its memory in this process
def test_memory_does_not_grow_with_the_images(data_folder: Path) -> None:
    """An export of 300 MB takes less than 8 MB of memory."""
    library = open_library(data_folder)
    body = secrets.token_bytes(1_000_000)
    for number in range(100):
        begin(library, f"run{number}", ask(prompt=f"{number} foxes"))
        for place in range(3):
            data = body + bytes((number, place))
            staged = library.staging / "image"
            staged.write_bytes(data)
            image = ImageInfo("png", 40, 30, "RGB", 1, False, len(data))
            digest = hashlib.sha256(data).hexdigest()
            library.add_output(f"run{number}", place, staged, digest, image, thumbnail=None, synced=True)
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
    assert list(library.staging.iterdir()) == []


# Without the app


def test_the_folder_explains_itself(library: Library) -> None:
    """A text in the folder tells what is what; a person's changes to it stay."""
    readme = library.folder / "README.txt"
    for word in ("originals/", "inputs/", "thumbnails/", "workbench.sqlite3", "SHA-256", "components.library export"):
        assert word in readme.read_text(encoding="utf-8")
    readme.write_text("mine")
    open_library(library.folder).close()
    assert readme.read_text() == "mine"


def test_the_command_line(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    """Export, import and check without the app; the check's end tells whether anything was found."""
    target = tmp_path / "out.zip"
    assert main(["export", str(target)]) == 0
    assert len(manifest_of(target)["runs"]) == 2
    assert main(["export", str(target)]) == 2
    assert "already exists" in capfd.readouterr().err
    assert main(["export", "--all", str(tmp_path / "all.zip")]) == 0
    assert len(manifest_of(tmp_path / "all.zip")["runs"]) == 4
    noted = audit_page(library, AuditFilter()).entries
    assert [(one.action, one.target) for one in noted] == [("exported", "all.zip"), ("exported", "out.zip")]
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(tmp_path / "third"))
    for name, value in store_of(tmp_path / "third").items():
        monkeypatch.setenv(f"IMAGE_WORKBENCH_{name.upper()}", value)
    if not stores.ON_POSTGRES:  # where the tests' empty databases have their tables already
        assert main(["check"]) == 2
        assert "no library" in capfd.readouterr().err
    assert main(["import", str(tmp_path / "all.zip")]) == 0
    assert "4 runs and 3 outputs imported; 0 outputs were already there." in capfd.readouterr().out
    assert main(["import", __file__]) == 2
    assert "not a ZIP file" in capfd.readouterr().err
    assert main(["check", "--thorough"]) == 0
    assert "no problems found" in capfd.readouterr().out
    third = open_library(tmp_path / "third")
    (imported,) = audit_page(third, AuditFilter()).entries
    assert imported.action == "imported"
    assert imported.detail == {"runs": 4, "outputs": 3, "by": "command line"}
    place = place_of(third)
    place.harm("thumbnail", min(place.names("thumbnail")), None)
    third.close()
    assert main(["check", "--repair"]) == 1
    assert "no thumbnail" in capfd.readouterr().out
    assert main(["check", str(tmp_path / "third")]) == 0
    with open_library(tmp_path / "third").engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(outputs)).scalar() == 3
