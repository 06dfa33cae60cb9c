"""What a person did is done whole and in their order, whatever else the browser asks for at that moment."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.parameters import InputImage
from components.settings import BUILT_IN_ID
from components.ui import page_frame
from components.ui.inputs.image_inputs import ImageEntry, InputsState, _apply_acts, input_images
from components.ui.library.page_state import GridState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import PICKER, ConnectionsState
from components.ui.session.drafts import restore
from components.ui.session.state import state_key
from tests.pages.forms.test_generate import labeled, texts, wait_for_end
from tests.pages.interruptions import interrupt
from tests.pages.results.test_next_steps import library, run
from tests.pages.states import state_of
from tests.wire.loopback import Loopback


@pytest.fixture
def remote() -> Iterator[Loopback]:
    """A server that would want to be paid."""
    with Loopback() as server:
        yield server


@pytest.fixture
def page(app: AppTest, remote: Loopback) -> AppTest:
    """The Generate page with a prompt, on a connection of the person's own to that server."""
    state_of(app, ConnectionsState).own = [Connection("own:paid", "Paid", remote.base_url, api_key="sk-test-paid")]
    app.run()
    assert app.selectbox(key=PICKER).value == "own:paid"
    labeled(app, "Prompt").set_value("a red boat").run()
    return app


def went_to(workbench: Workbench) -> list[str]:
    """The connections that runs went to, the newest first."""
    views = [workbench.runner.view(run.id) for run in workbench.library.recent()]
    return [view.connection_id for view in views if view is not None]


def test_a_form_is_filled_whole(app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else is requested after the form was emptied to be filled: it is filled all the same."""
    app.run()
    labeled(app, "Prompt").set_value("a red boat").run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    app.run()
    labeled(app, "Prompt").set_value("a green tree").run()
    assert labeled(app, "Prompt").value == "a green tree"
    form = importlib.import_module("components.ui.forms.form")  # not before the app runs
    fill = form.fill

    calls: list[Any] = []

    def slow(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            interrupt()
        fill(*args)

    monkeypatch.setattr(form, "fill", slow)
    labeled(app, "Load these settings").click().run()
    assert not app.exception
    assert labeled(app, "Prompt").value == "a red boat"


def interrupted_actions() -> None:
    """Draw one button for each kind of look at which Streamlit interrupts; each action is interrupted once, there."""
    import streamlit as st

    from components.ui.base.deferred import deferred, perform_deferred
    from tests.pages.interruptions import interrupt

    log: list[str] = st.session_state.setdefault("log", [])

    def act(kind: str) -> None:
        log.append(f"{kind} begins")
        if log.count(f"{kind} begins") == 1:
            interrupt()
        if kind == "look":
            st.session_state["looked"] = True
        elif kind == "toast":
            st.toast("Done")
        else:
            st.query_params["done"] = "yes"
        log.append(f"{kind} ends")

    perform_deferred()
    for kind in ("look", "toast", "query parameter"):
        st.button(kind, key=kind, on_click=deferred(act), args=(kind,))


@pytest.mark.parametrize("kind", ["look", "toast", "query parameter"])
def test_an_interrupted_action_is_performed_again(kind: str) -> None:
    """The rest of a callback would be lost there; a deferred action ends once, and then is not performed any more."""
    app = AppTest.from_function(interrupted_actions, default_timeout=120).run()
    app.button(key=kind).click().run()
    assert not app.exception
    assert app.session_state["log"] == [f"{kind} begins", f"{kind} begins", f"{kind} ends"]
    assert ("looked" in app.session_state, bool(app.toast), "done" in app.query_params) == (
        kind == "look",
        kind == "toast",
        kind == "query parameter",
    )
    app.run()
    assert app.session_state["log"].count(f"{kind} ends") == 1


def interrupt_submissions(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the browser request something else right after each submitted run."""
    submit = workbench.runner.submit

    def submit_and_interrupt(*args: Any, **more: Any) -> str:
        run_id = submit(*args, **more)
        interrupt()
        return run_id

    monkeypatch.setattr(workbench.runner, "submit", submit_and_interrupt)


def test_a_press_submits_one_run(app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press that is interrupted after its run began submits no second one; a second press does."""
    app.run()
    labeled(app, "Prompt").set_value("a red boat").run()
    interrupt_submissions(workbench, monkeypatch)
    for count in (1, 2):
        labeled(app, "Generate").click().run()
        assert not app.exception
        runs = workbench.library.recent()
        assert len(runs) == count
        assert app.query_params["run"] in (runs[0].id, [runs[0].id])


def test_a_page_is_opened_after_a_run_began(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“Run again” in the library, interrupted: one run begins, and the page that shows it is opened all the same."""
    app.run()
    labeled(app, "Prompt").set_value("a red boat").run()
    labeled(app, "Generate").click().run()
    first = wait_for_end(app, workbench)
    app.switch_page("../../pages/library.py")
    app.query_params.clear()
    app.query_params["output"] = f"{first}-0"
    app.run()
    interrupt_submissions(workbench, monkeypatch)
    app.button(key="output.again").click().run()
    assert not app.exception
    runs = workbench.library.recent()
    assert len(runs) == 2
    assert app.query_params["run"] in (runs[0].id, [runs[0].id])
    assert labeled(app, "Prompt").value == "a red boat"


def test_each_of_many_runs_is_submitted_once(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“Run again” for all that are selected, interrupted after each of them: each once, and nothing stays selected."""
    failed = [run(workbench, f"[server error] number {number}") for number in range(3)]
    library(app)
    state_of(app, GridState, "library").selected = [f"run:{run_id}" for run_id in failed]
    app.session_state["act.again"] = True
    app.run()
    interrupt_submissions(workbench, monkeypatch)
    app.button(key="act.again.now").click().run()
    assert not app.exception
    prompts = [one.prompt for one in workbench.library.recent()]
    assert sorted(prompts) == sorted(2 * [f"[server error] number {number}" for number in range(3)])
    assert not state_of(app, GridState, "library").selected
    assert "run" not in app.query_params


def test_one_request_of_a_session_after_the_other() -> None:
    """Two at once would write into one session, and the first would be left before its click was heard."""
    assert config.get_option("runner.fastReruns") is False


def test_a_run_goes_to_the_connection_that_was_chosen_just_before(page: AppTest, workbench: Workbench) -> None:
    """Choosing and pressing come in one message on a slow line: the button was drawn for the one before."""
    page.selectbox(key=PICKER).set_value(BUILT_IN_ID)
    labeled(page, "Generate").click().run()
    assert not page.exception
    assert went_to(workbench) == [BUILT_IN_ID]


def test_no_run_goes_to_a_connection_that_was_not_shown(page: AppTest, workbench: Workbench) -> None:
    """A form that is filled from a run chooses its connection; who presses before seeing that pays nobody else."""
    state_of(page, ConnectionsState).chosen = BUILT_IN_ID
    labeled(page, "Generate").click().run()
    assert not page.exception
    assert not workbench.library.recent()
    assert "just changed to Built-in engine, no AI" in texts(page)
    assert page.selectbox(key=PICKER).value == BUILT_IN_ID
    labeled(page, "Generate").click().run()
    assert went_to(workbench) == [BUILT_IN_ID]


def test_a_choice_counts_where_its_callback_was_never_called(page: AppTest) -> None:
    """The picker is not turned back to what it was before by the next drawing."""
    page.session_state[PICKER] = BUILT_IN_ID
    page.run()
    assert page.selectbox(key=PICKER).value == BUILT_IN_ID
    assert state_of(page, ConnectionsState).chosen == BUILT_IN_ID


def test_what_is_done_to_the_input_images_is_done_to_the_image_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of several quick clicks each names its image: told again it is done once, and nothing else stands in for it."""
    images = [InputImage(Path(), f"{name}.png", "image/png", 1, 1, 1, name, False) for name in "abcd"]
    kept = InputsState([ImageEntry(image) for image in images], handled=10)
    state: dict[str, Any] = {state_key(InputsState, "edit"): kept}
    monkeypatch.setattr(st, "session_state", state)
    acts = [
        {"act": "remove", "image": "b", "place": 1, "sequence": 11},
        {"act": "remove", "image": "b", "place": 1, "sequence": 12},
        {"act": "remove", "image": "c", "place": 2, "sequence": 13},
        {"act": "move", "image": "d", "place": 3, "to": 0, "sequence": 14},
    ]
    for reported in (acts[:1], acts, acts[3:]):
        _apply_acts("edit", reported)
    assert [image.sha256 for image in input_images("edit")] == ["d", "a"]


def test_a_former_sessions_drafts_come_back_once(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser names the former session while it asks for something else."""
    restore._drafts.note("former", {"analyze.fields": "prompt, color"})

    def frame(*, on_before_change: Callable[[], None], **_: object) -> SimpleNamespace:
        def reloaded() -> None:
            interrupt()
            on_before_change()

        st.button("Reloaded", key="reloaded", on_click=reloaded)
        return SimpleNamespace(dropped=None, former=None)

    monkeypatch.setattr(page_frame, "_FRAME", frame)
    monkeypatch.setattr(restore, "peek", lambda key: {"before": {"token": "former", "isLost": False}})
    app.run()
    labeled(app, "Reloaded").click().run()
    assert not app.exception
    assert app.session_state["analyze.fields"] == "prompt, color"
