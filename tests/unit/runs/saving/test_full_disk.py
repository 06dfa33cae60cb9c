"""A run whose images or rows the disk does not take: nothing that was paid for is lost."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.client.errors import ServerError
from components.client.events import Event, ImageArrived, Sent
from components.images.decoding import probe
from components.library import Library, LibraryUnavailable, check_library, open_library
from components.runs import run_task as course_module
from components.runs.saving import save_output, save_retry
from tests.servers import stores
from tests.support.refusals import allow, refuse
from tests.unit.runs.fake_client import DONE, SECONDS, Gate, RunnerHarness, arrives, ask, png, previews, saved


def full_disk(*_: Any) -> None:
    """What a full disk says."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_offers_the_image_from_memory(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that cannot be filed can still be had from the page; the run says that the disk is full."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), DONE])
    run_id = app.submit()
    assert gate.reached.wait(SECONDS)
    monkeypatch.setattr(os, "replace", full_disk)
    gate.open()
    view = app.end(run_id)
    monkeypatch.undo()
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["kind"] == "NotSaved"
    assert "full" in view.error["what"]
    path = app.runner.unsaved(run_id, view.unsaved[0].token)
    assert isinstance(path, Path)
    assert path.read_bytes() == png(0)
    found = [one.kind for one in check_library(app.library, thorough=True).findings]
    # S3 has its bytes already, before the copy that this disk did not take; the next try adds their row.
    assert found == (["stray original"] if stores.ON_S3 else [])


def test_what_a_full_disk_refused_is_filed_at_the_next_start(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that could not be filed outlives the app's end, and is in the library after the next start."""
    gate = Gate()
    app = harness([Sent(), gate, arrives(0, png(0)), arrives(1, png(1)), DONE])
    run_id = app.submit(ask(2))
    assert gate.reached.wait(SECONDS)
    monkeypatch.setattr(os, "replace", full_disk)
    gate.open()
    assert len(app.end(run_id).unsaved) == 2
    monkeypatch.undo()
    app.runner.stop()
    app.library.close()
    again = open_library(app.library.folder)
    for output, data in zip(again.outputs(run_id), (png(0), png(1)), strict=True):
        path = again.file("original", output.sha256)
        assert path is not None
        assert path.read_bytes() == data
    assert check_library(again, thorough=True).is_clean
    again.close()


def test_what_the_disk_takes_nothing_of_is_kept_in_memory(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of which not a byte could be written is had from the page, and filed as soon as there is room."""
    soon(monkeypatch)
    disk_is_full = threading.Event()
    disk_is_full.set()

    def sync(path: Path) -> None:
        if disk_is_full.is_set():
            full_disk()

    monkeypatch.setattr(save_output, "sync_file", sync)
    app = harness([Sent(), arrives_in_memory(0, png(0)), DONE])
    view = app.until(app.submit(), lambda view: view.has_ended)
    (unsaved,) = view.unsaved
    assert unsaved.is_in_memory
    assert app.runner.unsaved(view.id, unsaved.token) == png(0)
    assert view.error is not None
    assert "full" in view.error["what"]
    disk_is_full.clear()
    app.runner.call(ended(app, view.id), SECONDS)
    view = app.end(view.id)
    assert view.state == "done"
    assert saved(app.library, view, png(0))
    found = app.runner.unsaved(view.id, unsaved.token)
    assert isinstance(found, Path), "pages that were drawn before still offer it"


def test_what_is_in_memory_is_written_when_the_app_stops(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If there is room by the time when the app stops, the next start has the image."""
    with monkeypatch.context() as patch:
        patch.setattr(save_output, "sync_file", full_disk)
        app = harness([Sent(), arrives_in_memory(0, png(0)), DONE])
        run_id = app.submit()
        app.until(run_id, lambda view: view.has_ended)
    app.runner.stop()
    app.library.close()
    again = open_library(app.library.folder)
    (output,) = again.outputs(run_id)
    assert output.bytes == len(png(0))
    assert check_library(again, thorough=True).is_clean
    again.close()


def arrives_in_memory(index: int, data: bytes) -> Callable[[Path], Event]:
    """A step: a whole image has come that the disk did not take."""

    def tell(staging: Path) -> Event:
        return ImageArrived(index, staging / "none.image", hashlib.sha256(data).hexdigest(), len(data), data=data)

    return tell


def test_no_room_sends_nothing(harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk has no room for is not ordered; a smaller run still is."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    with pytest.raises(LibraryUnavailable, match="100 MB left, and this run may need 256 MB"):
        app.submit(ask(10))
    assert app.client.requests == []
    assert app.end(app.submit()).state == "done"


def test_a_fault_while_saving_loses_nothing(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong in saving, the image can be had from the page."""
    monkeypatch.setattr(course_module, "save_output", lambda *_: 1 / 0)
    app = harness([Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    assert view.state == "failed"
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert isinstance(path, Path)
    assert path.read_bytes() == png(0)
    assert "ZeroDivisionError" in caplog.text


def refuse_updates(library: Library, condition: str) -> None:
    """The database refuses to change runs where a condition holds."""
    refuse(library, "UPDATE", "runs", "database is locked", condition)


def test_an_end_that_cannot_be_written_is_written_later(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database refuses a run's end the page says so; as soon as it can be written, it is."""
    soon(monkeypatch)
    app = harness([Sent(), arrives(0, png(0)), DONE])
    refuse_updates(app.library, "NEW.state = 'done'")
    run_id = app.submit()
    view = app.until(run_id, lambda view: view.has_ended)
    assert view.state == "done"
    assert view.error is not None
    assert "locked" in view.error["what"]
    stored = app.library.run(run_id)
    assert stored is not None
    assert stored.state == "running"
    allow(app.library, "runs")
    app.runner.call(ended(app, run_id), SECONDS)
    assert app.end(run_id).error is None


def test_an_end_that_is_never_written_does_not_keep_the_app(harness: Callable[..., RunnerHarness]) -> None:
    """An app that still tries to write an end stops at once; the next start settles the run."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    refuse_updates(app.library, "NEW.state = 'done'")
    run_id = app.submit()
    app.until(run_id, lambda view: view.has_ended)
    app.runner.stop()
    allow(app.library, "runs")
    app.library.close()
    again = open_library(app.library.folder)
    run = again.run(run_id)
    assert run is not None
    assert run.state == "interrupted"
    assert len(again.outputs(run_id)) == 1
    again.close()


def refuse_images(library: Library, condition: str = "true") -> None:
    """The database refuses rows of images where a condition holds."""
    refuse(library, "INSERT", "outputs", "database or disk is full", condition)


def allow_images(library: Library) -> None:
    """The database takes them again."""
    allow(library, "outputs")


def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is tried again at once, over and over."""
    monkeypatch.setattr(save_retry, "RETRY_DELAYS", (0.01,))


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_what_was_refused_is_filed_as_soon_as_it_can_be(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Images that the library refused come into it without a new start; a page that follows the run sees it."""
    soon(monkeypatch)
    if not links:
        monkeypatch.setattr(os, "link", full_disk)
    app = harness([Sent(), arrives(0, png(0)), arrives(1, png(1)), arrives(2, png(2)), DONE])
    refuse_images(app.library, "NEW.position != 1")
    run_id = app.submit(ask(3))
    before = app.until(run_id, lambda view: view.has_ended)
    assert (before.state, len(before.unsaved), len(before.images)) == ("failed", 2, 1)
    allow_images(app.library)
    view = app.until(run_id, lambda view: view.state == "done")
    assert view.unsaved == ()
    assert view.error is None
    assert view.version > before.version
    assert saved(app.library, view, png(0), png(1), png(2))
    for one, data in zip(before.unsaved, (png(0), png(2)), strict=True):
        path = app.runner.unsaved(run_id, one.token)
        assert path is not None, "pages that were drawn before offer it still"
        assert path.read_bytes() == data
    app.runner.call(ended(app, run_id), SECONDS)
    assert app.end(run_id).state == "done"
    assert not (app.library.staging / run_id).exists()


def test_a_failed_run_stays_failed_with_its_images_filed(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server failed as well, that is still said; only what there was to do about its images is not."""
    soon(monkeypatch)
    app = harness([Sent(), arrives(0, png(0)), ServerError("The stream broke.", next_step="Look at it.")])
    refuse_images(app.library)
    run_id = app.submit(ask(2))
    assert app.until(run_id, lambda view: view.has_ended).unsaved
    allow_images(app.library)
    view = app.until(run_id, lambda view: view.is_final and "afterwards" in str(view.error))
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["what"] == "The stream broke."
    assert view.error["next"] == "A received image was added to the library afterwards. Look at it."
    assert saved(app.library, view, png(0))
    assert app.end(run_id).error == view.error


def test_images_and_the_end_are_written_later(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that takes nothing for a while has everything afterwards, what it cost too."""
    soon(monkeypatch)
    app = harness([Sent(), arrives(0, png(0)), DONE])
    refuse_images(app.library)
    refuse_updates(app.library, "NEW.state IN ('done', 'failed')")
    run_id = app.submit()
    assert app.until(run_id, lambda view: view.has_ended).state == "failed"
    allow_images(app.library)
    app.until(run_id, lambda view: bool(view.images))
    allow(app.library, "runs")
    app.runner.call(ended(app, run_id), SECONDS)
    view = app.end(run_id)
    assert (view.state, view.error) == ("done", None)
    assert view.cost is not None
    assert saved(app.library, view, png(0))


def test_a_disk_that_removes_nothing_either_ends_the_run(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that has become read-only the run ends in words, though its previews cannot be removed."""

    def read_only(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    gate = Gate()
    app = harness([Sent(), previews(0, png(5)), previews(1, png(6)), gate, arrives(0, png(0)), DONE])
    run_id = app.submit(ask(2))
    assert gate.reached.wait(SECONDS)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", read_only)
        patch.setattr(Path, "unlink", read_only)
        gate.open()
        view = app.end(run_id)
    assert view.error is not None
    assert (view.state, view.error["what"]) == ("failed", "The disk of the library is read-only.")
    path = app.runner.unsaved(run_id, view.unsaved[0].token)
    assert isinstance(path, Path)
    assert path.read_bytes() == png(0)


def test_a_preview_that_cannot_be_removed_is_no_fault(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image takes the place of its preview, and the next preview that of the one before, whatever the disk says."""
    app = harness([Sent(), previews(0, png(5)), previews(0, png(6)), arrives(0, png(0)), DONE])
    unlink = Path.unlink

    def sticky(path: Path, **kwargs: Any) -> None:
        if path.name.startswith("partial"):
            raise OSError(errno.EIO, "Input/output error")
        unlink(path, **kwargs)

    monkeypatch.setattr(Path, "unlink", sticky)
    view = app.end(app.submit())
    assert (view.state, view.unsaved) == ("done", ())
    assert saved(app.library, view, png(0))


async def ended(app: RunnerHarness, run_id: str) -> None:
    """Wait in the runner's loop until nothing is done for a run any more."""
    if (task := app.runner._tasks.get(run_id)) is not None:
        await asyncio.wait([task])


def test_a_start_that_cannot_be_written_sends_nothing(harness: Callable[..., RunnerHarness]) -> None:
    """When it cannot be written down that a run begins, it is not sent, and nothing is spent."""
    app = harness([Sent(), arrives(0, png(0)), DONE])
    refuse_updates(app.library, "NEW.state = 'running'")
    view = app.end(app.submit())
    assert view.state == "failed"
    assert view.error is not None
    assert view.error["money"] == "nothing_spent"
    assert app.client.requests == []


def test_a_full_disk_at_the_thumbnail(harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full already when the thumbnail is written is no mistake of the app either."""
    monkeypatch.setattr(probe, "_write_thumbnail", full_disk)
    app = harness([Sent(), arrives(0, png(0)), DONE])
    view = app.end(app.submit())
    assert view.error is not None
    assert view.error["kind"] == "NotSaved"
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert isinstance(path, Path)
    assert path.read_bytes() == png(0)


def test_a_database_that_refuses_offers_the_image_too(harness: Callable[..., RunnerHarness]) -> None:
    """When the file was filed and its row was not, the image is still offered."""
    app = harness([Sent(), arrives(0, png(0)), arrives(1, png(1)), DONE])
    refuse_images(app.library, "NEW.position = 0")
    view = app.end(app.submit(ask(2)))
    assert view.state == "failed"
    assert [output.index for output in view.images] == [1]
    path = app.runner.unsaved(view.id, view.unsaved[0].token)
    assert isinstance(path, Path)
    assert path.read_bytes() == png(0)


def test_a_library_that_cannot_be_written_sends_nothing(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that cannot be written down does not start."""
    app = harness([DONE])
    refuse(app.library, "INSERT", "runs", "database or disk is full")
    with pytest.raises(LibraryUnavailable, match="full"):
        app.submit()
    assert app.client.requests == []
    assert app.runner.live_views() == []
