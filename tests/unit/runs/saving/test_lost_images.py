"""What was in memory alone when the app ended: the page had offered it, and the log and the run say that it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from components.client.events import Sent, TextDone
from components.library import Library, open_library
from components.parameters import InputImage, Request, resolve
from components.runs.saving import save_output
from tests.unit.library.library_fixtures import crash
from tests.unit.runs.fake_client import DONE, RunnerHarness, arrives, ask, png
from tests.unit.runs.saving.test_full_disk import arrives_in_memory, full_disk, refuse_updates


def test_what_is_in_memory_and_never_reaches_the_disk_is_reported(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that stays full when the app stops: the log names what is lost, and so does the run afterwards."""
    monkeypatch.setattr(save_output, "sync_file", full_disk)
    app = harness([Sent(), arrives(0, png(0)), arrives_in_memory(1, png(1)), DONE])
    run_id = app.submit(ask(2))
    view = app.until(run_id, lambda view: view.has_ended)
    assert view.error is not None
    assert "keeps it" not in str(view.error), "nothing keeps it when the app ends"
    app.runner.stop()
    assert f"Lost image 2 of run {run_id}, whose {len(png(1))} bytes were only in memory" in caplog.text
    assert reported_after_restart(app.library, run_id) == ("Image 2 was not saved before the app ended, and is lost.")


def reported_after_restart(library: Library, run_id: str) -> str:
    """What a run says is to be done next, after the app was started anew."""
    library.close()
    again = open_library(library.folder)
    run = again.run(run_id)
    assert run is not None
    assert run.error is not None
    assert "unsaved" not in run.error, "it is settled once"
    again.close()
    return str(run.error["next"])


def test_what_was_in_memory_of_a_killed_app_is_reported(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An app that is killed can log nothing: the next start says what was lost, in the log and with the run."""
    monkeypatch.setattr(save_output, "sync_file", full_disk)
    app = harness([Sent(), arrives_in_memory(0, png(0)), DONE])
    run_id = app.submit()
    app.until(run_id, lambda view: view.has_ended)
    crash(app.library)
    again = open_library(app.library.folder)
    run = again.run(run_id)
    again.close()
    assert run is not None
    assert run.error is not None
    assert run.error["next"] == "Image 1 was not saved before the app ended, and is lost."
    assert f"Images [0] of run {run_id} were not saved before the app ended" in caplog.text


def test_an_answer_that_cannot_be_written_says_where_it_is(harness: Callable[..., RunnerHarness]) -> None:
    """The words of an analysis whose end the database refuses are in memory alone, and its page says just that."""
    app = harness([Sent(), TextDone("An ocelot."), DONE])
    refuse_updates(app.library, "NEW.state = 'done'")
    image = InputImage(Path("in.png"), "in.png", "image/png", 1, 1, 1, "0" * 64)
    question = resolve("analyze", "gpt-6.1-terra", {"text": "what?"}, images=(image,))
    assert isinstance(question, Request), question
    view = app.until(app.submit(replace(question, images=())), lambda view: view.has_ended)
    assert view.error is not None
    assert (view.is_written, view.is_final, view.text) == (False, False, "An ocelot.")
    assert "only in the app's memory: save it from this page now" in view.error["next"]
    assert "images are" not in view.error["next"], "it has none"
