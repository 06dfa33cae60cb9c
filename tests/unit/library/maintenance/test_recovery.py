"""Recovery of the runs of dead processes, and of the images that they had received."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.library import check_library, open_library, trash
from components.library.files.content_store import digest
from components.library.maintenance.recovery import IN_QUEUE, settle
from components.parameters import InputImage, Request
from components.runs.saving.mask_compare import compare_outside, restore_outside
from tests.servers.stores import store_of
from tests.setup.environment import ROOT
from tests.unit.library.library_fixtures import add, ask, begin, crash, half_saved
from tests.unit.runs.fake_client import png


@pytest.mark.parametrize(("state", "money"), [("queued", "nothing_spent"), ("running", "may_be_billed")])
def test_runs_of_a_dead_process_are_interrupted(data_folder: Path, state: str, money: str) -> None:
    """What a process left open when it died is closed at the next opening, with what had arrived."""
    dead = open_library(data_folder)
    begin(dead, "r1")
    dead.update_run("r1", state=state)
    kept = add(dead, "r1", 0, png(1))
    (dead.staging / "half").write_bytes(b"\x89PNG")
    staging = dead.staging
    crash(dead)
    library = open_library(data_folder)
    run = library.run("r1")
    assert run is not None
    assert run.state == "interrupted"
    assert run.error is not None
    assert run.error["money"] == money
    assert run.ended is not None
    assert library.outputs("r1") == [kept]
    assert not staging.exists()
    assert check_library(library, thorough=True).is_clean
    library.close()


def test_a_run_from_a_queue_of_postgresql_is_interrupted(data_folder: Path) -> None:
    """A library that was restored or moved into a folder has no queue: its run ends unsent."""
    before = open_library(data_folder)
    before.begin_run("r1", ask(), connection_id="c1", connection_name="One", process=IN_QUEUE)
    before.close()
    library = open_library(data_folder)
    run = library.run("r1")
    assert run is not None
    assert run.error is not None
    assert (run.state, run.error["money"]) == ("interrupted", "nothing_spent")
    library.close()


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted"])
def test_ended_runs_stay_as_they_ended(data_folder: Path, state: str) -> None:
    """A death changes nothing about runs that had ended."""
    dead = open_library(data_folder)
    begin(dead, "r1")
    dead.update_run("r1", state=state, ended=5.0)
    crash(dead)
    library = open_library(data_folder)
    run = library.run("r1")
    assert run is not None
    assert (run.state, run.ended) == (state, 5.0)
    library.close()


def test_two_processes_leave_each_other_alone(data_folder: Path) -> None:
    """Two libraries on one folder see each other's runs and interrupt none of them."""
    one = open_library(data_folder)
    begin(one, "r1")
    (one.staging / "half").write_bytes(b"x")
    two = open_library(data_folder)
    begin(two, "r2")
    assert settle(one) == settle(two) == 0
    assert check_library(one, repair=True).is_clean
    assert check_library(two, repair=True).is_clean
    for library in (one, two):
        runs = [library.run(name) for name in ("r1", "r2")]
        assert [run and run.state for run in runs] == ["queued", "queued"]
    assert (one.staging / "half").exists()
    two.close()
    assert settle(one) == 1
    run = one.run("r2")
    assert run is not None
    assert run.state == "interrupted"
    one.close()


def test_received_images_are_recovered(data_folder: Path) -> None:
    """A completely received image becomes an output after a crash; partial files are removed."""
    dead = open_library(data_folder)
    begin(dead, "r1")
    dead.update_run("r1", state="running")
    saved = add(dead, "r1", 1, png(1))
    half_saved(dead, "r1", 0, png(0))
    half_saved(dead, "r1", 1, png(1))  # its row was written, and then the app died
    half_saved(dead, "r1", 2, png(2)[:50], hashlib.sha256(png(2)).hexdigest())
    (dead.run_staging("r1") / "fedcba9876543210.part").write_bytes(png(6)[:30])
    crash(dead)
    library = open_library(data_folder)
    outputs = library.outputs("r1")
    assert [output.index for output in outputs] == [0, 1]
    assert outputs[1] == saved
    path = library.file("original", outputs[0].sha256)
    assert path is not None
    assert path.read_bytes() == png(0)
    run = library.run("r1")
    assert run is not None
    assert run.error is not None
    assert run.error["next"].startswith("A received image was added to the library afterwards. Look at")
    assert check_library(library, thorough=True).is_clean
    assert list((data_folder / "scratch").iterdir()) == [library.staging]
    library.close()


@pytest.mark.parametrize("previews", [0, 2])
def test_received_images_that_were_not_renamed_yet(data_folder: Path, previews: int) -> None:
    """A complete file that was not renamed before a crash becomes the next image of its run; a preview does not."""
    dead = open_library(data_folder)
    begin(dead, "r1", ask(n=2, partial_images=previews))
    half_saved(dead, "r1", 1, png(1))
    for place in range(3):  # more than the run can have
        path = dead.run_staging("r1") / f"{place}123456789abcdef.image"
        path.write_bytes(png(5 + place))
        os.utime(path, (place + 1, place + 1))
    preview = dead.run_staging("r1") / "9123456789abcdef.preview"
    preview.write_bytes(png(9))
    os.utime(preview, (0, 0))
    crash(dead)
    library = open_library(data_folder)
    outputs = library.outputs("r1")
    assert [output.sha256 for output in outputs] == [hashlib.sha256(png(seed)).hexdigest() for seed in (5, 1)]
    assert check_library(library, thorough=True).is_clean
    assert list((data_folder / "scratch").iterdir()) == [library.staging]
    library.close()


def test_a_disk_without_hard_links(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can have one name alone, it is moved instead."""

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "link", refuse)
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(0))
    assert list(library.staging.iterdir()) == []
    assert check_library(library, thorough=True).is_clean
    library.close()


def test_unsaved_images_survive_an_orderly_end(data_folder: Path) -> None:
    """What the disk refused is taken in at the next start, and the run does not ask any more to save it by hand."""
    first = open_library(data_folder)
    begin(first, "r1")
    half_saved(first, "r1", 0, png(0))
    half_saved(first, "r1", 1, png(1))
    first.update_run("r1", state="failed", error={"kind": "NotSaved", "what": "Full.", "next": "Save it now."})
    first.discard_staging("r1")
    first.close()
    second = open_library(data_folder)
    assert [output.index for output in second.outputs("r1")] == [0, 1]
    run = second.run("r1")
    assert run is not None
    assert run.state == "failed"
    assert run.error is not None
    assert run.error["next"] == "2 received images were added to the library afterwards."
    second.close()
    assert staged_files(data_folder) == []


def test_a_disk_that_still_refuses_is_tried_again(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the library opens, and the image stays in staging until there is space."""
    dead = open_library(data_folder)
    begin(dead, "r1")
    path = half_saved(dead, "r1", 0, png(0))
    crash(dead)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    library = open_library(data_folder)
    assert library.outputs("r1") == []
    assert path.read_bytes() == png(0)
    library.close()
    monkeypatch.undo()
    library = open_library(data_folder)
    assert [output.index for output in library.outputs("r1")] == [0]
    assert not path.exists()
    library.close()


def test_what_has_no_place_is_set_aside(data_folder: Path) -> None:
    """A received image of an unknown run is moved to lost-and-found."""
    dead = open_library(data_folder)
    begin(dead, "r1")
    data = png(0)
    path = half_saved(dead, "nobody", 0, data)
    crash(dead)
    library = open_library(data_folder)
    assert library.outputs("r1") == []
    assert (data_folder / "lost-and-found" / path.name).read_bytes() == data
    assert check_library(library, thorough=True).is_clean
    library.close()


def staged_files(folder: Path) -> list[Path]:
    """Return what processes left in staging; on PostgreSQL each leaves an empty folder, to say that it was here."""
    return [path for path in (folder / "scratch").rglob("*") if path.is_file()]


OPENS = """
import json, sys
from pathlib import Path
from components.library import open_library, trash
library = open_library(Path(sys.argv[1]), **json.loads(sys.argv[2]))
print("open", flush=True)
sys.stdin.readline()
library.close()
"""


def test_processes_that_start_together(tmp_path: Path) -> None:
    """Several processes open the same empty folder at the same time: one makes the tables, all can use them."""
    command = [sys.executable, "-c", OPENS, str(tmp_path / "data"), json.dumps(store_of(tmp_path / "data"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
        library = open_library(tmp_path / "data")
        assert len(library.process_lock.alive_and_dead()[0]) == 4
        library.close()
    finally:
        for process in started:
            process.communicate("", timeout=60)
    assert [process.returncode for process in started] == [0, 0, 0]
    assert staged_files(tmp_path / "data") == []


def test_an_unnamed_image_takes_a_free_index(data_folder: Path) -> None:
    """An image that was received at the crash does not replace one in the library."""
    dead = open_library(data_folder)
    begin(dead, "r1", ask(n=3))
    saved = add(dead, "r1", 0, png(0))
    (dead.run_staging("r1") / "0123456789abcdef.image").write_bytes(png(1))
    crash(dead)
    library = open_library(data_folder)
    outputs = library.outputs("r1")
    assert outputs[0] == saved
    assert [(output.index, output.sha256) for output in outputs[1:]] == [(1, hashlib.sha256(png(1)).hexdigest())]
    library.close()


class Died(BaseException):
    """Stands for SIGKILL at a step."""


def dies(*_: Any, **__: Any) -> None:
    """A step at which the process dies."""
    raise Died


def masked(folder: Path) -> tuple[Request, bytes]:
    """An edit with a mask, and a result that differs from the input everywhere."""
    image, mask = folder / "image.png", folder / "mask.png"
    Image.effect_noise((64, 48), 40).convert("RGB").save(image)
    painted = Image.new("RGBA", (64, 48), (0, 0, 0, 255))
    painted.paste((0, 0, 0, 0), (0, 0, 20, 20))
    painted.save(mask)
    with Image.open(image) as opened:
        buffer = BytesIO()
        opened.point(lambda value: 255 - value // 2).save(buffer, "PNG")
    images = [
        InputImage(path, path.name, "image/png", 64, 48, path.stat().st_size, digest(path), has_alpha=path == mask)
        for path in (image, mask)
    ]
    return ask(images=(images[0],), mask=images[1]), buffer.getvalue()


@pytest.mark.parametrize(
    ("step", "is_whole"),
    [
        ("components.runs.saving.mask_compare.digest", False),
        ("components.runs.saving.mask_compare.inspect", True),
        ("components.library.files.content_store.os.link", True),
        ("components.library.files.content_store.os.replace", True),
        ("components.library.store.insert", True),
    ],
)
def test_killed_while_the_original_is_put_back(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, is_whole: bool
) -> None:
    """After a crash the composite is complete or absent, and its image is there."""
    request, result = masked(tmp_path)
    dead = open_library(data_folder)
    request = dead.begin_run("r1", request, connection_id="c1", connection_name="Test", extra={"restore_outside": 4})
    dead.update_run("r1", state="running")
    stored = compare_outside(dead, request, add(dead, "r1", 0, result))
    with monkeypatch.context() as patched:
        patched.setattr(step, dies)
        with pytest.raises(Died):
            restore_outside(dead, request, stored, {"restore_outside": 4})
    crash(dead)
    library = open_library(data_folder)
    roles = [output.role for output in library.outputs("r1")]
    assert library.outputs("r1")[0] == stored
    assert roles == (["image", "composite"] if is_whole else ["image"])
    if is_whole:
        kept = library.outputs("r1")[1]
        assert kept.facts == {"kept_outside": True, "scaled": False}
        path = library.file("original", kept.sha256)
        assert path is not None
        with Image.open(path) as made, Image.open(request.images[0].path) as before:
            assert made.getpixel((60, 40)) == before.getpixel((60, 40))
    run = library.run("r1")
    assert run is not None
    assert run.error is not None
    assert "put into the library" not in run.error["next"], "nothing came since"
    assert check_library(library, thorough=True).is_clean
    assert list((data_folder / "scratch").iterdir()) == [library.staging]
    assert not (data_folder / "lost-and-found").exists()
    library.close()


@pytest.mark.parametrize("step", ["components.library.trash.remove_orphans", "os.replace", "pathlib.Path.unlink"])
@pytest.mark.folder
def test_killed_while_the_trash_is_emptied(data_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """After a crash the files of purged outputs are removed at the next start; files in use stay."""
    dead = open_library(data_folder)
    begin(dead, "r1", ask(n=3))
    removed = [add(dead, "r1", place, png(place)) for place in range(2)]
    kept = add(dead, "r1", 2, png(0))  # of the same content as the first
    trash.move_to_trash(dead, [output.id for output in removed])
    with monkeypatch.context() as patched:
        patched.setattr(step, dies)
        with pytest.raises(Died):
            trash.empty_trash(dead)
    crash(dead)
    library = open_library(data_folder)
    assert library.outputs("r1") == [kept]
    assert [path.stem for path in (data_folder / "originals").glob("*/*")] == [kept.sha256]
    assert check_library(library, thorough=True).is_clean
    assert list((data_folder / "scratch").iterdir()) == [library.staging]
    assert not (data_folder / "lost-and-found").exists()
    library.close()
