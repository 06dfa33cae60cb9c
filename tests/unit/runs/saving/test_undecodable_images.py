"""Answers that came as images and cannot be opened here: had from their run for as long as it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from components.client.events import Sent
from components.library import Library, check_library, open_library
from components.library.trash import empty_trash, move_to_trash
from components.runs.saving.unsaved import find_unsaved
from components.runs.view import stored_view
from tests.unit.library.library_fixtures import begin, crash, half_saved
from tests.unit.runs.fake_client import DONE, RunnerHarness, arrives, ask, png

HEIC = b"\0\0\0\x18ftypheic" + bytes(100)


def test_what_cannot_be_shown_stays_with_its_run(harness: Callable[..., RunnerHarness]) -> None:
    """An answer of a format that cannot be opened is had from its run after a restart; it goes with the run."""
    app = harness([Sent(), arrives(0, HEIC), arrives(1, png(1)), DONE])
    view = app.end(app.submit(ask(2)))
    had_from_its_run(app.library, view.id)
    app.runner.stop()
    app.library.close()
    library = open_library(app.library.folder)
    path = had_from_its_run(library, view.id)
    move_to_trash(library, [output.id for output in library.outputs(view.id)])
    empty_trash(library)
    assert path.exists(), "it is its run's, which is not in the trash"
    move_to_trash(library, [], run_ids=[view.id])
    empty_trash(library)
    assert not path.exists()
    library.close()


def had_from_its_run(library: Library, run_id: str) -> Path:
    """The file of the first answer of a run, which cannot be opened."""
    stored = stored_view(library, run_id)
    assert stored is not None
    (one,) = stored.unsaved
    assert (one.index, one.is_image) == (0, False)
    path = find_unsaved(library, None, run_id, one.token)
    assert isinstance(path, Path)
    assert (path.suffix, path.read_bytes()) == (".heic", HEIC)
    assert find_unsaved(library, None, run_id, stored.images[0].sha256) is None, "nothing else is had by it"
    assert not list(library.staging.iterdir())
    assert check_library(library, thorough=True).is_clean
    return path


def test_what_cannot_be_shown_outlives_a_crash(library: Library) -> None:
    """It came whole when the app died: the next start keeps it with its run."""
    begin(library, "r1")
    library.update_run("r1", state="running")
    half_saved(library, "r1", 0, HEIC)
    crash(library)
    again = open_library(library.folder)
    stored = stored_view(again, "r1")
    assert stored is not None
    found = find_unsaved(again, None, "r1", stored.unsaved[0].token)
    assert isinstance(found, Path)
    assert found.read_bytes() == HEIC
    assert list((library.folder / "scratch").iterdir()) == [again.staging]
    assert not (library.folder / "lost-and-found").exists()
    again.close()
