"""Help with words beside the prompt: asked for, shown as a difference, used, discarded; a reload loses nothing."""

from __future__ import annotations

from decimal import Decimal

from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library import StoredRun
from components.library.queries.question_groups import recent_questions
from components.ui.base.formatting.money import dollars
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.prompts.wording import WordingState
from components.ui.session.connections import ConnectionsState
from components.ui.session.state import draft_of
from tests.pages.edit.conftest import page
from tests.pages.edit.test_edit import add, inputs_of, png
from tests.pages.forms.test_generate import labeled, labels, texts, wait_for_end
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends
from tests.wire.client.test_analyze import response
from tests.wire.loopback import Loopback, error_answer, json_answer

__all__ = ["page"]


def asked(app: AppTest, workbench: Workbench, label: str, operation: str = "generate") -> StoredRun:
    """Open the popover, press one of its buttons, wait for the answer, and return the run."""
    app.session_state[f"{operation}.wording"] = True
    app.run()
    labeled(app, label).click().run()
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
    labeled(app, "Prompt").set_value("A fox at night").run()
    run = asked(app, workbench, "Expand")
    assert (run.operation, run.state, run.prompt.partition("Prompt:\n")[2]) == ("analyze", "done", "A fox at night")
    assert run.recipe["values"]["input_type"] == "none"
    assert "run" not in app.query_params, "the page still shows what it did"
    assert ":green[**, " in texts(app)
    assert "by the built-in engine’s rules, not a model" in texts(app)
    assert "Cost: nothing, built-in engine" in texts(app)
    assert labeled(app, "Prompt").value == "A fox at night"
    labeled(app, "Use").click().run()
    assert labeled(app, "Prompt").value == run.text
    assert "Use" not in labels(app)
    labeled(app, "Undo filling in").click().run()
    assert labeled(app, "Prompt").value == "A fox at night"


def test_variations_become_a_sheet(app: AppTest, workbench: Workbench) -> None:
    """All three as lines of the prompt, each a run, with one click; nothing is sent by it."""
    app.run()
    labeled(app, "Prompt").set_value("A fox").run()
    asked(app, workbench, "Three variations")
    assert [one.label for one in app.button].count("Use") == 3
    labeled(app, "Use all 3, one a line").click().run()
    assert len(labeled(app, "Prompt").value.splitlines()) == 3
    assert labeled(app, "Each line is a prompt").value is True
    assert app.button("generate.sheet.submit").label == "Run 3"
    assert [run.operation for run in workbench.library.recent()] == ["analyze"]
    labeled(app, "Prompt").set_value("A dog").run()
    assert "Generate" in labels(app), "one line is one run again"
    labeled(app, "Prompt").set_value("A {red|blue} fox").run()
    asked(app, workbench, "Three variations")
    labeled(app, "Use all 3, one a line").click().run()
    assert app.button("generate.sheet.submit").label == "Run 6", "each line with its choices"
    assert "generate.sheet.is_plain" in {one.key for one in app.toggle}


def test_variations_become_a_sheet_of_edits(page: AppTest, workbench: Workbench) -> None:
    """On Edit likewise: one image, three prompts."""
    add(page, png())
    labeled(page, "Prompt").set_value("Make the sky stormy").run()
    asked(page, workbench, "Three variations", "edit")
    labeled(page, "Use all 3, one a line").click().run()
    assert len(labeled(page, "Prompt").value.splitlines()) == 3
    assert page.button("edit.sheet.submit").label == "Run 3"


def test_discard_keeps_the_answer_in_the_library_only(app: AppTest, workbench: Workbench) -> None:
    """It is not among the runs of the page, nor among the recent questions."""
    app.run()
    labeled(app, "Prompt").set_value("A very stunning {red|blue} fox").run()
    run = asked(app, workbench, "Shorten")
    assert ":red[~~very stunning~~]" in texts(app)
    labeled(app, "Prompt").set_value("A fox").run()
    assert "The prompt has changed since" in texts(app)
    labeled(app, "Discard").click().run()
    assert not {"Use", "Discard"} & labels(app)
    assert labeled(app, "Prompt").value == "A fox"
    assert recent_questions(workbench.library, 10) == []
    (kept,) = workbench.library.recent(operation="analyze")
    assert kept.id == run.id


def test_lost_braces_and_a_changed_model_are_reported(app: AppTest, workbench: Workbench) -> None:
    """The model of the Analyze page is asked; what its answer leaves out is named, and its cost is shown."""
    with Loopback() as server:
        server.answer(json_answer(response("A fox on snow")), path="/v1/responses")
        state_of(app, ConnectionsState).own = [Connection("own:1", "Office", server.base_url, api_key="sk-test-1")]
        state_of(app, ConnectionsState).chosen = "own:1"
        state_of(app, FormState, "analyze").values["model"] = "gpt-6.1-sol"
        app.run()
        labeled(app, "Prompt").set_value("A {red|blue} fox in {{place}}").run()
        run = asked(app, workbench, "Expand")
        (sent,) = [one.json() for one in server.requests if one.method == "POST"]
    assert (sent["model"], run.model) == ("gpt-6.1-sol", "gpt-6.1-sol")
    assert sent["input"][0]["content"] == [{"type": "input_text", "text": run.prompt}]
    assert "Not in this wording: {red|blue}, {{place}}" in texts(app)
    assert f"Cost: {dollars(run.cost or Decimal(0))}" in texts(app)
    assert run.cost
    assert "by gpt-6.1-sol" in texts(app)


def test_an_error_says_what_it_means_and_is_asked_again(app: AppTest, workbench: Workbench) -> None:
    """The same words as below a failed run; the prompt stays as it was."""
    with Loopback() as server:
        server.answer(error_answer(401, "invalid_api_key"), path="/v1/responses")
        state_of(app, ConnectionsState).own = [Connection("own:1", "Office", server.base_url, api_key="sk-test-1")]
        state_of(app, ConnectionsState).chosen = "own:1"
        app.run()
        labeled(app, "Prompt").set_value("A fox").run()
        first = asked(app, workbench, "Expand")
        assert first.state == "failed"
        assert str((first.error or {})["money_sentence"]) in texts(app)
        assert labeled(app, "Prompt").value == "A fox"
        server.answer(json_answer(response("A red fox")), path="/v1/responses")
        labeled(app, "Ask again").click().run()
        run_id = state_of(app, WordingState, "generate").run_id
        assert run_id != first.id
        wait_for_ends(workbench.runner, run_id)
        app.run()
    assert ":green[**red**]" in texts(app)


def test_what_cannot_be_sent_is_said(app: AppTest, workbench: Workbench) -> None:
    """Without a prompt the three are disabled, and a connection that was lost is asked nothing."""
    app.session_state["generate.wording"] = True
    app.run()
    assert app.button("generate.wording.expand.").disabled
    assert "show a run with an image here" in texts(app)
    labeled(app, "Prompt").set_value("A fox").run()
    state_of(app, ConnectionsState).chosen = "own:gone"
    labeled(app, "Expand").click().run()
    assert "is not available in this session" in texts(app)
    assert workbench.library.recent() == []


def test_a_prompt_from_an_input_image_and_from_a_result(page: AppTest, workbench: Workbench) -> None:
    """On Edit the input images can be described, and so can the result; the image is stored with the run."""
    add(page, png(), png(seed=1))
    page.session_state["edit.wording"] = True
    page.run()
    assert {"Input 1", "Input 2"} <= labels(page)
    run = asked(page, workbench, "Input 2", "edit")
    assert [image.name for image in workbench.library.inputs(run.id)["image"]] == ["2.png"]
    assert "the image was measured, not understood" in texts(page)
    labeled(page, "Use").click().run()
    assert labeled(page, "Prompt").value == run.text
    assert [image.name for image in inputs_of(page)] == ["1.png", "2.png"], "the input images stay"


def test_the_image_on_show_becomes_a_prompt(app: AppTest, workbench: Workbench) -> None:
    """The question belongs to the image's family."""
    app.run()
    labeled(app, "Prompt").set_value("A fox").run()
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    run = asked(app, workbench, "Result")
    assert run.parent_output == f"{run_id}-0"
    assert "Use" in labels(app)


def test_a_proposal_is_a_draft_that_outlives_the_session() -> None:
    """A reload starts a new session, which takes the run over from the former one."""
    assert draft_of(WordingState("run-1", "failure")) == WordingState("run-1")
