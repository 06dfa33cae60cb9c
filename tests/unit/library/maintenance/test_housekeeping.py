"""What a library does by itself: it settles the runs of others that died, and throws away only what is old for sure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from components.library import Library, open_library, trash
from components.library.__main__ import main
from components.library.db.tables.team_tables import drafts
from components.library.maintenance import housekeeping
from components.library.maintenance.housekeeping import LOOK_SECONDS, Housekeeper, tidy
from components.library.maintenance.use_clock import DAY, HOUR, Gap, Use, note_use
from components.library.team.audit import AuditFilter, audit_page
from components.library.team.drafts import keep_draft
from components.parameters import InputImage
from components.runs.run_clock import RunClock
from tests.servers.stores import store_of
from tests.setup.environment import ROOT
from tests.unit.library.library_fixtures import add, an_input, ask, begin, half_saved
from tests.unit.runs.fake_client import png

NOW = 1_800_000_000.0

RUNS = """
import json, sys, time
from pathlib import Path
from components.library import open_library
from tests.unit.library.library_fixtures import begin, half_saved
from tests.unit.runs.fake_client import png
library = open_library(Path(sys.argv[1]), **json.loads(sys.argv[2]), heartbeat_seconds=4)
begin(library, "r1")
library.update_run("r1", state="running")
half_saved(library, "r1", 0, png(1))
print("running", flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")
def test_one_of_two_processes_dies(library: Library) -> None:
    """The other one settles its runs at one of its looks by itself, and takes in what had arrived."""
    housekeeper = Housekeeper(library)
    housekeeper.start()
    command = [sys.executable, "-c", RUNS, str(library.folder), json.dumps(store_of(library.folder))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "running\n"
        time.sleep(0.2)
        assert state(library) == "running", "as long as it lives"
        other.send_signal(signal.SIGKILL)
        other.wait()
    end = time.monotonic() + 60
    while state(library) == "running" and time.monotonic() < end:
        time.sleep(0.1)
    housekeeper.stop()
    assert state(library) == "interrupted"
    assert LOOK_SECONDS < 5
    assert [output.index for output in library.outputs("r1")] == [0]


def state(library: Library) -> str | None:
    """How the run stands."""
    run = library.run("r1")
    return run and run.state


def test_what_cannot_be_settled_is_not_tried_all_the_time(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A staging folder that cannot be recovered is retried after some minutes."""
    dead = library.staging.parent / "dead"
    (dead / "r1").mkdir(parents=True)
    tries: list[int] = []
    monkeypatch.setattr(housekeeping, "settle", lambda library: len(tries.append(1) or tries))  # type: ignore[func-returns-value]
    housekeeper = Housekeeper(library)
    for _ in range(3):
        housekeeper._look()
    assert len(tries) == 1


def test_what_dead_processes_leave_is_looked_for_each_minute(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the batches of a server that dies go on at another one, and not only after its restart."""
    housekeeper, calls = Housekeeper(library), list[str]()
    housekeeper.each_minute = lambda: calls.append("called")
    housekeeper._look()
    assert calls == []
    monkeypatch.setattr(housekeeping, "NOTE_SECONDS", 0.0)
    housekeeper._look()
    assert calls == ["called"]


def test_a_worker_settles_and_deletes_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Retention is the app servers': a worker may lack their settings."""
    done: list[str] = []
    monkeypatch.setattr(housekeeping, "TIDY_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "unsettled", lambda library: done.append("settled"))
    monkeypatch.setattr(housekeeping, "tidy", lambda library: done.append("tidied"))
    Housekeeper(library, removes=False)._look()
    assert done == ["settled"]
    Housekeeper(library)._look()
    assert done == ["settled", "settled", "tidied"]


def test_a_cleanup_keeps_nobody_waiting(library: Library) -> None:
    """While one process cleans up, another neither does so too nor waits with its recovery."""
    done: list[dict[str, int]] = []

    def look() -> None:
        done.append(tidy(library))
        housekeeping.settle(library)

    with housekeeping.alone(library) as is_alone:
        assert is_alone
        other = threading.Thread(target=look, daemon=True)
        other.start()
        other.join(60)
        assert not other.is_alive(), "it waits until the cleanup has ended"
        assert not any(done[0].values())
    with housekeeping.alone(library) as is_alone:
        assert is_alone


def at(monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    """Set the clock."""
    monkeypatch.setattr(time, "time", lambda: moment)


def in_trash(library: Library) -> int:
    """Return the number of outputs in the trash."""
    return trash.count_trash(library)


def test_one_wrong_clock_throws_nothing_away(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is 40 days or 50 years ahead at a start, or behind, empties no trash; nor does its correction."""
    at(monkeypatch, NOW)
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    trash.move_to_trash(library, ["r1-0"])
    library.close()
    for wrong in (40 * DAY, 50 * 365 * DAY, -40 * DAY, -50 * 365 * DAY):
        for moment in (NOW + wrong, NOW + 60, NOW + HOUR):
            at(monkeypatch, moment)
            open_library(data_folder).close()
    library = open_library(data_folder)
    assert in_trash(library) == 1
    library.close()


@pytest.mark.parametrize("what", ["no note", "a broken note"])
def test_a_wrong_clock_where_nothing_was_noted(data_folder: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Nor does it where the library comes from an older version or a backup: its newest run says when it was used."""
    at(monkeypatch, NOW)
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    trash.move_to_trash(library, ["r1-0"])
    library.close()
    note = data_folder / "processes" / "use.json"
    note.unlink() if what == "no note" else note.write_text("{")
    at(monkeypatch, NOW + 40 * DAY)
    library = open_library(data_folder)
    assert in_trash(library) == 1
    library.close()


def test_items_moved_to_the_trash_by_a_clock_behind(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted while the clock stood at 1970, it is not 50 years old when the clock is right."""
    at(monkeypatch, 1000.0)
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    trash.move_to_trash(library, ["r1-0"])
    library.close()
    at(monkeypatch, NOW)
    library = open_library(data_folder)
    assert in_trash(library) == 1
    library.close()


@pytest.mark.parametrize("step", [HOUR / 2, DAY])
def test_the_trash_is_emptied_after_its_time(data_folder: Path, monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    """Whether the app runs all the time or starts once a day, the trash is emptied after 30 days, not before."""
    at(monkeypatch, NOW)
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    trash.move_to_trash(library, ["r1-0"])
    passed = 0.0
    while in_trash(library):
        passed += step
        note_use(data_folder, NOW + passed)
        if not passed % DAY:
            at(monkeypatch, NOW + passed)
            tidy(library)
        assert passed < 40 * DAY
    assert 30 * DAY < passed <= (32 if step == DAY else 31) * DAY
    library.close()


def test_how_old_something_is() -> None:
    """Of a gap only a part counts; what was noted of a time to come is dropped when the clock is put back."""
    use = Use(NOW).at(NOW + 10 * DAY)
    assert use.gaps == (Gap(NOW, NOW + 10 * DAY),)
    assert use.before(2 * DAY, gap_counts=0) == NOW - 2 * DAY
    assert use.before(2 * DAY, gap_counts=DAY) == NOW - 2 * DAY, "its clock may have been wrong"
    twice = use.at(NOW + 15 * DAY)
    assert twice.before(2 * DAY, gap_counts=DAY) == NOW - DAY, "of the other one a day counts"
    back = use.at(NOW + HOUR)
    assert (back.seen, back.gaps) == (NOW + HOUR, ())
    assert use.at(NOW + 10 * DAY + HOUR).gaps == use.gaps
    late = use.at(NOW + 10 * DAY + HOUR)
    assert late.before(HOUR / 2, gap_counts=0) == late.seen - HOUR / 2


def given(library: Library, folder: Path, seed: int) -> InputImage:
    """An image that somebody brought; its file is two days old."""
    image = library.keep_input(an_input(folder, f"{seed}.png", seed))
    old = time.time() - 2 * DAY
    os.utime(image.path, (old, old))
    return image


@pytest.mark.folder  # `test_files` does the same on S3
def test_an_input_that_no_run_used_leaves_the_disk(library: Library, tmp_path: Path) -> None:
    """An unused input is removed after a day; inputs of runs, of open forms and of today stay."""
    unused, used, held = (given(library, tmp_path, seed) for seed in (1, 2, 3))
    today = library.keep_input(an_input(tmp_path, "today.png", 4))
    begin(library, "r1", ask(images=(used,)))
    os.utime(used.path, (1, 1))
    library.files.hold([held.sha256])
    tidy(library)
    assert not unused.path.exists()
    assert used.path.exists()
    assert held.path.exists()
    assert today.path.exists()
    with pytest.raises(Exception, match=r"no longer in the library\. Add it again"):
        begin(library, "r2", ask(images=(unused,)))
    assert library.run("r2") is None


@pytest.mark.folder  # `test_files` does the same on S3
def test_an_input_that_is_used_in_this_moment_stays(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that begins while its old input is about to go keeps it."""
    image = given(library, tmp_path, 1)
    replace, done = os.replace, []

    def meanwhile(source: Path, target: Path) -> None:
        if Path(target).name.startswith("gone-") and not done:
            done.append(True)
            begin(library, "r1", ask(images=(image,)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", meanwhile)
    tidy(library)
    assert done
    assert image.path.exists()


@pytest.mark.folder  # `test_files` does the same on S3
def test_an_input_whose_removal_was_cut_short_comes_back(library: Library, tmp_path: Path) -> None:
    """What a process that died had moved aside is looked at anew."""
    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    image.path.rename(image.path.with_name(f"gone-0123abcd-{image.path.name}"))
    tidy(library)
    assert image.path.exists()


def test_a_duration_does_not_follow_a_clock_that_is_moved() -> None:
    """A run took as long as it did, wherever the clock went meanwhile."""
    wall, steady = [NOW], [5.0]
    clock = RunClock(lambda: wall[0], lambda: steady[0])
    assert clock.now() == clock.start() == NOW
    wall[0] -= 40 * DAY
    steady[0] += 2.5
    assert clock.now() == NOW + 2.5


def test_partly_saved_images_are_not_inputs(library: Library) -> None:
    """Cleaning up touches only the trash and inputs."""
    begin(library, "r1")
    path = half_saved(library, "r1", 0, png(1))
    tidy(library)
    assert path.exists()


def test_retention_by_settings_first_as_a_dry_run(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Failed runs go to the trash only where the setting says so, and only those that nothing else shows."""
    library = open_library(data_folder)
    ago = time.time() - 12 * DAY
    for run_id in ("old", "made", "new"):
        begin(library, run_id)
        library.update_run(run_id, state="failed", created=time.time() if run_id == "new" else ago)
    add(library, "made", 0, png(1))
    keep_draft(library, "token", "", (), "{}")
    with library.engine.begin() as connection:
        connection.execute(update(drafts).values(saved=ago))
    note_use(data_folder, time.time() - 20 * DAY)
    for hour in range(20 * 24 + 1):
        note_use(data_folder, time.time() - (20 * 24 - hour) * 3600)
    library.close()
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(data_folder))
    assert main(["retention", "--dry-run"]) == 0
    assert "0 failed runs" in capsys.readouterr().out, "off by default"
    monkeypatch.setenv("IMAGE_WORKBENCH_FAILED_DAYS", "10")
    for _ in range(2):
        assert main(["retention", "--dry-run"]) == 0
        said = capsys.readouterr().out
        assert "1 failed runs without outputs would be moved to the trash." in said
        assert "1 drafts would be deleted." in said
    assert main(["retention"]) == 0
    assert "1 failed runs without outputs were moved to the trash." in capsys.readouterr().out
    library = open_library(data_folder)
    assert trash.count_trashed_runs(library) == 1
    (entry,) = audit_page(library, AuditFilter(action="output.purged")).entries
    assert entry.detail == {"failed_runs": 1, "drafts": 1}
    library.close()
