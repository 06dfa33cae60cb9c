"""What a person did is done whole and in their order, whatever else the browser asks for at that moment."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.parameters import InputImage
from components.settings import BUILT_IN_ID
from components.ui.inputs.image_inputs import ImageEntry, _apply_acts, input_images
from components.ui.process.workbench import Workbench
from tests.pages.interruptions import interrupt
from tests.pages.test_generate import labelled, texts, wait_for_end
from tests.wire.loopback import Loopback

PICKER = "connections.picker"


@pytest.fixture
def remote() -> Iterator[Loopback]:
    """A server that would want to be paid."""
    with Loopback() as server:
        yield server


@pytest.fixture
def page(app: AppTest, remote: Loopback) -> AppTest:
    """The Generate page with a prompt, on a connection of the person's own to that server."""
    app.session_state["connections.own"] = [Connection("own:paid", "Paid", remote.base_url, api_key="sk-test-paid")]
    app.run()
    assert app.selectbox(key=PICKER).value == "own:paid"
    labelled(app, "Prompt").set_value("a red boat").run()
    return app


def went_to(workbench: Workbench) -> list[str]:
    """The connections that runs went to, the newest first."""
    views = [workbench.runner.view(run.id) for run in workbench.library.recent()]
    return [view.connection_id for view in views if view is not None]


def test_a_form_is_filled_whole(app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else is asked for after the form was emptied to be filled: it is filled all the same."""
    app.run()
    labelled(app, "Prompt").set_value("a red boat").run()
    labelled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    app.run()
    labelled(app, "Prompt").set_value("a green tree").run()
    assert labelled(app, "Prompt").value == "a green tree"
    form = importlib.import_module("components.ui.forms.form")  # not before the app runs
    fill = form.fill

    def slow(*args: Any) -> None:
        interrupt()
        fill(*args)

    monkeypatch.setattr(form, "fill", slow)
    labelled(app, "Load these settings").click().run()
    assert not app.exception
    assert labelled(app, "Prompt").value == "a red boat"


def test_one_request_of_a_session_after_the_other() -> None:
    """Two at once would write into one session, and the first would be left before its click was heard."""
    assert config.get_option("runner.fastReruns") is False


def test_a_run_goes_to_the_connection_that_was_chosen_just_before(page: AppTest, workbench: Workbench) -> None:
    """Choosing and pressing come in one message on a slow line: the button was drawn for the one before."""
    page.selectbox(key=PICKER).set_value(BUILT_IN_ID)
    labelled(page, "Generate").click().run()
    assert not page.exception
    assert went_to(workbench) == [BUILT_IN_ID]


def test_no_run_goes_to_a_connection_that_was_not_shown(page: AppTest, workbench: Workbench) -> None:
    """A form that is filled from a run chooses its connection; who presses before seeing that pays nobody else."""
    page.session_state["connections.chosen"] = BUILT_IN_ID
    labelled(page, "Generate").click().run()
    assert not page.exception
    assert not workbench.library.recent()
    assert "Built-in engine, no AI just before" in texts(page)
    assert page.selectbox(key=PICKER).value == BUILT_IN_ID
    labelled(page, "Generate").click().run()
    assert went_to(workbench) == [BUILT_IN_ID]


def test_a_choice_counts_where_its_callback_was_never_called(page: AppTest) -> None:
    """The picker is not turned back to what it was before by the next drawing."""
    page.session_state[PICKER] = BUILT_IN_ID
    page.run()
    assert page.selectbox(key=PICKER).value == BUILT_IN_ID
    assert page.session_state["connections.chosen"] == BUILT_IN_ID


def test_what_is_done_to_the_input_images_is_done_to_the_picture_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of several quick clicks each names its picture: told again it is done once, and nothing else stands in for it."""
    pictures = [InputImage(Path(), f"{name}.png", "image/png", 1, 1, 1, name, False) for name in "abcd"]
    state: dict[str, Any] = {"inputs.edit": [ImageEntry(image) for image in pictures], "inputs.heard.edit": 10}
    monkeypatch.setattr(st, "session_state", state)
    acts = [
        {"act": "remove", "image": "b", "place": 1, "turn": 11},
        {"act": "remove", "image": "b", "place": 1, "turn": 12},
        {"act": "remove", "image": "c", "place": 2, "turn": 13},
        {"act": "move", "image": "d", "place": 3, "to": 0, "turn": 14},
    ]
    for told in (acts[:1], acts, acts[3:]):
        _apply_acts("edit", told)
    assert [image.sha256 for image in input_images("edit")] == ["d", "a"]
