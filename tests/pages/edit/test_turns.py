"""Editing over several turns without a browser: what goes out, the steps, and what the page says happens."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library import check_library
from components.runs import RunView
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.pages.edit.test_edit import add, inputs_of, png, press, wish
from tests.pages.forms.test_generate import components, labeled, labels, texts, wait_for_end
from tests.pages.states import state_of
from tests.wire.client_fixtures import PNG, b64
from tests.wire.loopback import Loopback, error_answer, json_answer

TURNS = {"model": "gpt-image-2.6-flare", "context": "turns", "main_model": "gpt-6.1-terra", "quality": "low"}


def next_turn(page: AppTest, view: RunView) -> None:
    """Press "Next turn" below a run's first image."""
    actions = importlib.import_module("components.ui.results.stage.image_actions")
    page.session_state["deferred.actions"] = [partial(actions.on_image_action, "next-turn", view.images[0].id)]
    page.run()
    assert not page.exception


def steps(page: AppTest) -> list[tuple[str, bool]]:
    """The titles of the steps, and which is the current one."""
    rows: list[Any] = [one for one in components(page, "numbered") if one["numbered"]]
    return [(one["title"], one["current"]) for row in rows for one in row["runs"]]


def test_a_turn_after_a_turn(page: AppTest, workbench: Workbench) -> None:
    """The next turn has an empty prompt and the image; the engine knows the turn before; so it does when run again."""
    add(page, png())
    wish(page, **{**TURNS, "prompt": "a red sky"})
    assert "the text model's tokens on top" in texts(page)
    first = press(page, workbench)
    assert steps(page) == []
    assert (first.state, first.answer and first.answer["response"]["object"]) == ("done", "response")
    assert "gpt-6.1-terra: " in str([one["facts"] for one in components(page, "facts")])
    next_turn(page, first)
    assert [one.sha256 for one in inputs_of(page)] == [first.images[0].sha256]
    assert (labeled(page, "Prompt").value, labeled(page, "Context").value) == ("", "turns")
    assert "Write something here first" not in texts(page)
    assert "through /responses, where gpt-6.1-terra reads them" in texts(page)
    assert steps(page) == [("Step 1: a red sky", False), ("Step 2: not sent yet", True)]
    labeled(page, "Prompt").set_value("the same again").run()
    second = press(page, workbench)
    assert second.parent_output == first.images[0].id
    assert steps(page) == [("Step 1: a red sky", False), ("Step 2: the same again", True)]
    revised = "the same again (a red sky). Keep everything else as it is."
    assert second.images[0].revised_prompt == revised
    assert revised in texts(page)
    labeled(page, "Run again").click().run()
    again = workbench.runner.view(wait_for_end(page, workbench))
    page.run()
    assert again is not None
    assert again.id != second.id
    assert (again.extra, again.images[0].revised_prompt) == (second.extra, revised)
    labeled(page, "Load these settings").click().run()
    assert press(page, workbench).images[0].revised_prompt == revised
    assert check_library(workbench.library, thorough=True).is_clean


def test_a_server_without_responses_gets_the_image(page: AppTest, workbench: Workbench) -> None:
    """The run ends well, says what was sent instead, and the next turn says so before it is sent."""
    with Loopback() as remote:
        remote.answer(json_answer({"data": [{"id": "gpt-image-2.6-flare"}]}), path="/v1/models")
        remote.answer(error_answer(404), path="/v1/responses")
        remote.answer(json_answer({"created": 1, "data": [{"b64_json": b64(PNG)}]}), path="/v1/images/edits")
        own = Connection("own:plain", "Plain", remote.base_url, api_key="sk-test-plain")
        state_of(page, ConnectionsState).own, state_of(page, ConnectionsState).chosen = [own], own.id
        add(page, png())
        wish(page, **{**TURNS, "prompt": "a red sky"})
        first = press(page, workbench)
        assert first.state == "done"
        assert any("only the image was sent, through /images/edits" in one.value for one in page.info)
        next_turn(page, first)
        assert labeled(page, "Context").value == "image"
        assert "Only the image is sent" in texts(page)
        wish(page, **TURNS)
        assert "Plain has no /responses with the image tool" in texts(page)
        labeled(page, "Send it anyway").click().run()
        assert "Plain has no /responses with the image tool" not in texts(page)
    assert [one.path for one in remote.requests if one.method == "POST"] == ["/v1/responses", "/v1/images/edits"]


def test_a_turn_that_cannot_be_sent_says_why(page: AppTest, workbench: Workbench) -> None:
    """Several images, and an empty text model, are refused at their fields; a model without turns has no such field."""
    add(page, png())
    wish(page, **{**TURNS, "n": 2, "main_model": ""})
    labeled(page, "Edit").click().run()
    assert "a run makes only 1 image" in texts(page)
    assert "Write something here first." in texts(page)
    assert workbench.library.recent() == []
    wish(page, **{**TURNS, "model": "dall-e-2"})
    assert not {"Context", "Text model"} & labels(page)


def test_a_refusal_says_its_stage_and_categories(page: AppTest, workbench: Workbench) -> None:
    """The card of a refused turn says what was stopped, and why."""
    add(page, png())
    wish(page, **{**TURNS, "prompt": "a nude"})
    refused = press(page, workbench)
    assert refused.state == "failed"
    assert "It stopped the prompt or an input image; categories: sexual." in texts(page)
