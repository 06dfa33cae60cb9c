"""What one run leads to the next with: a recipe that was dropped, a family that grows by itself, a name, a queue."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.library import StoredRun
from components.parameters import Invalid, Request, resolve
from components.parameters.recipes.recipe import recipe
from components.ui.forms.fill import take_form_prefills
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.session import owner
from components.ui.session.state import page_state
from tests.pages.library.test_library import run
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends


@pytest.fixture
def dropping(app: AppTest) -> ModuleType:
    """What uses dropped files; the canvas that it knows of can be imported when the app has been drawn once."""
    app.run()
    return importlib.import_module("components.ui.drop_anywhere")


@pytest.fixture
def session(dropping: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session's state without a session."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def stored(workbench: Workbench, run_id: str) -> StoredRun:
    """A run that is there."""
    found = workbench.library.run(run_id)
    assert found is not None
    return found


def are_cancelled(workbench: Workbench, run_ids: list[str]) -> bool:
    """Whether these runs end, and all because somebody stopped them."""
    wait_for_ends(workbench.runner, *run_ids)
    return {stored(workbench, run_id).state for run_id in run_ids} == {"cancelled"}


def test_a_recipe_fills_its_form_in_and_keeps_the_user(dropping: ModuleType, session: dict[str, Any]) -> None:
    """What was there before is replaced, but for who it is that runs."""
    page_state(FormState, "generate").values = {"prompt": "old", "user": "me", "quality": "high"}
    request = resolve("generate", "gpt-image-2", {"prompt": "a fox", "n": 3})
    assert isinstance(request, Request)
    assert dropping.fill_from_recipe(recipe(request)) == ("generate", 0)
    take_form_prefills("generate")
    filled = page_state(FormState, "generate").values
    # What the recipe leaves out is the API's default, not the value that a new form starts with.
    assert filled == {
        "prompt": "a fox",
        "n": 3,
        "model": "gpt-image-2",
        "user": "me",
        "stream": False,
        "partial_images": 0,
    }


@pytest.mark.parametrize("data", [None, {}, [], {"image_workbench": 99}, {"image_workbench": 1, "operation": "x"}])
def test_no_recipe_changes_nothing(dropping: ModuleType, session: dict[str, Any], data: Any) -> None:
    """It is refused with a sentence, and the form keeps what it holds."""
    page_state(FormState, "generate").values = {"prompt": "old"}
    with pytest.raises(Invalid):
        dropping.fill_from_recipe(data)
    assert page_state(FormState, "generate").values == {"prompt": "old"}


@pytest.mark.parametrize("inputs", ["nonsense", [1, None], [{"role": "image", "sha256": "../../etc/passwd"}]])
def test_hostile_inputs_are_missing_ones(dropping: ModuleType, session: dict[str, Any], inputs: Any) -> None:
    """Nothing in a recipe is trusted: what names no image of this library is counted as missing."""
    data = {
        "image_workbench": 1,
        "operation": "edit",
        "model": "gpt-image-2",
        "values": {"prompt": "p"},
        "inputs": inputs,
    }
    operation, missing = dropping.fill_from_recipe(data)
    assert operation == "edit"
    assert missing == (len(inputs) if isinstance(inputs, list) else 0)


@pytest.mark.parametrize(
    ("done", "summary"),
    [
        ({"outputs": 1, "known": 0}, "a.zip: 1 image imported."),
        ({"outputs": 0, "known": 2}, "a.zip: 0 images imported. 2 already in the library."),
        (
            {"outputs": 3, "refused": ["x.png is not an image."], "refusals": 1},
            "a.zip: 3 images imported. 1 refused: x.png is not an image.",
        ),
    ],
)
def test_an_import_is_summed_up(dropping: ModuleType, done: dict[str, Any], summary: str) -> None:
    """What came, what was there, what was refused and why."""
    assert dropping.import_summary("a.zip", done) == summary


def test_what_an_archive_says_is_no_markdown(app: AppTest, dropping: ModuleType) -> None:
    """Names in an archive that somebody sent are shown as they are; an image in one would call another server."""
    state_of(app, dropping.DropState).message = (
        "An input, ![x](http://elsewhere.invalid/x.png), is not taken.",
        ":material/error:",
    )
    app.run()
    assert "![" not in app.toast[0].value
    assert "http://" not in app.toast[0].value
    assert "http" in app.toast[0].value


def generate(app: AppTest, workbench: Workbench, prompt: str) -> str:
    """Press Generate with a prompt; return the run's id when it has ended."""
    app.text_area(key="generate.prompt").set_value(prompt)
    app.button(key="generate.submit").click().run()
    assert not app.exception
    run_id = app.query_params["run"]
    run_id = run_id[0] if isinstance(run_id, list) else run_id
    wait_for_ends(workbench.runner, run_id)
    return str(run_id)


def test_a_changed_word_makes_a_child(app: AppTest, workbench: Workbench) -> None:
    """A run whose prompt is nearly that of the run before comes from it; another prompt starts a new family."""
    app.run()
    first = generate(app, workbench, "a red boat on a calm lake at noon")
    second = generate(app, workbench, "a blue boat on a calm lake at noon")
    same = generate(app, workbench, "a blue boat on a calm lake at noon")
    other = generate(app, workbench, "nine dragons")
    assert stored(workbench, first).parent_output is None
    assert stored(workbench, second).parent_output == f"{first}-0"
    assert stored(workbench, same).parent_output == f"{first}-0", "the same once more has the same parent"
    assert stored(workbench, other).parent_output is None


def test_change_and_run_makes_a_child_whatever_is_changed(app: AppTest, workbench: Workbench) -> None:
    """The form was filled from that run, so even an other prompt comes from it."""
    app.run()
    first = generate(app, workbench, "a red boat")
    generate(app, workbench, "nine dragons")
    app.query_params["run"] = first
    app.run()
    app.button(key="change.generate").click().run()
    assert app.text_area(key="generate.prompt").value == "a red boat"
    assert stored(workbench, generate(app, workbench, "two old owls")).parent_output == f"{first}-0"


def test_a_name_is_kept_with_the_runs(app: AppTest, workbench: Workbench) -> None:
    """Given once, it stands on the button, is handed to the browser to remember, and is on every run."""
    app.run()
    app.text_input(key="generate.owner.name").set_value("  Anna   Ohlsson").run()
    assert state_of(app, owner.OwnerState).name == "Anna Ohlsson"
    cookies = [one for one in app.get("bidi_component") if owner.NAME_COOKIE in str(one.proto.json)]
    assert len(cookies) == 1
    assert "Anna%20Ohlsson" in cookies[0].proto.json
    assert stored(workbench, generate(app, workbench, "a red boat")).owner == "Anna Ohlsson"


def test_the_queue_shows_everyone_and_cancels_mine_alone(app: AppTest, workbench: Workbench) -> None:
    """Runs of others are in view and stay when all of mine are cancelled."""
    request = resolve("generate", "gpt-image-2", {"prompt": "[slow 60] a heron"})
    assert isinstance(request, Request)
    connection = workbench.built_in()
    mine = [workbench.runner.submit(connection, request, owner="Anna") for _ in range(2)]
    other = workbench.runner.submit(connection, request, owner="Ben")
    state_of(app, owner.OwnerState).name = "Anna"
    app.run().switch_page("../../pages/library.py").run()
    assert not app.exception
    shown = " ".join(one.value for one in app.markdown)
    assert "Anna" in shown
    assert "Ben" in shown
    app.button(key="queue.mine").click().run()
    assert are_cancelled(workbench, mine)
    assert {view.id for view in workbench.runner.live_views()} == {other}
    workbench.runner.cancel(other)


def test_without_a_name_only_the_own_runs_are_mine(app: AppTest, workbench: Workbench) -> None:
    """Nobody's name is not one person: who gave none cancels what this session began, and nothing of others."""
    request = resolve("generate", "gpt-image-2", {"prompt": "[slow 60] a heron"})
    assert isinstance(request, Request)
    other = workbench.runner.submit(workbench.built_in(), request)
    app.run()
    for _ in range(2):
        app.text_area(key="generate.prompt").set_value("[slow 60] a crane").run()
        app.button(key="generate.submit").click().run()
    mine = [view.id for view in workbench.runner.live_views() if view.id != other]
    assert len(mine) == 2
    app.switch_page("../../pages/library.py").run()
    app.button(key="queue.mine").click().run()
    assert are_cancelled(workbench, mine)
    assert {view.id for view in workbench.runner.live_views()} == {other}
    workbench.runner.cancel(other)


def test_a_run_again_of_the_run_of_another_has_its_parent(app: AppTest, workbench: Workbench) -> None:
    """Run again on an output's page: the same request, the same parent, its own run."""
    first = run(workbench, "a red boat")
    second = run(workbench, "a blue boat", parent_output=f"{first}-0")
    app.run().switch_page("../../pages/library.py")
    app.query_params["output"] = f"{second}-0"
    app.run()
    app.button(key="output.again").click().run()
    assert not app.exception
    newest = workbench.library.recent(limit=1)[0].id
    assert newest not in {first, second}
    assert stored(workbench, newest).parent_output == f"{first}-0"
