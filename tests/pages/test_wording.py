"""Help with words beside the prompt: asked for, shown as a difference, used, discarded; a reload loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.library import StoredRun
from components.library.queries.batches import recent_questions
from components.ui.process.workbench import Workbench
from components.ui.prompts.wording import WordingState
from tests.await_run import wait_for_ends
from tests.pages.states import state_of
from tests.pages.test_generate import labelled, labels, texts, wait_for_end


def asked(app: AppTest, workbench: Workbench, label: str, operation: str = "generate") -> StoredRun:
    """Open the popover, press one of its buttons, wait for the answer, and return the run."""
    app.session_state[f"{operation}.wording"] = True
    app.run()
    labelled(app, label).click().run()
    assert not app.exception, app.exception
    run_id = state_of(app, WordingState, operation).run_id
    wait_for_ends(workbench.runner, run_id)
    app.run()
    run = workbench.library.run(run_id)
    assert run is not None
    return run


def test_expand_is_shown_used_and_undone(app: AppTest, workbench: Workbench) -> None:
    """The request is a stored analysis without an image; nothing changes before Use, and Undo brings it back."""
    app.run()
    labelled(app, "Prompt").set_value("A fox at night").run()
    run = asked(app, workbench, "Expand")
    assert (run.operation, run.state, run.prompt.partition("Prompt:\n")[2]) == ("analyze", "done", "A fox at night")
    assert run.recipe["values"]["input_type"] == "none"
    assert "run" not in app.query_params, "the page still shows what it did"
    assert ":green[**, " in texts(app)
    assert "by the built-in engine’s rules, not a model" in texts(app)
    assert "Cost: nothing, built-in engine" in texts(app)
    assert labelled(app, "Prompt").value == "A fox at night"
    labelled(app, "Use").click().run()
    assert labelled(app, "Prompt").value == run.text
    assert "Use" not in labels(app)
    labelled(app, "Undo filling in").click().run()
    assert labelled(app, "Prompt").value == "A fox at night"


