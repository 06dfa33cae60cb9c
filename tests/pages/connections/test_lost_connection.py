"""A connection of one's own that is gone: nobody's run goes to another key before they have agreed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library.maintenance.recovery import INTERRUPTED
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.pages.states import state_of
from tests.pages.team_worker import team_worker
from tests.support.await_run import wait_for_ends
from tests.unit.library.library_fixtures import ask
from tests.wire.loopback import Loopback, error_answer


@pytest.fixture
def team(app: AppTest) -> Iterator[Loopback]:
    """A server that the team's connection leads to, and a session whose own connection was lost by a reload."""
    with Loopback() as server:
        server.answer(error_answer(500, "server_error"), path="/v1/images/generations")
        app.secrets["connections"] = {
            "proxy": {"name": "Team proxy", "base_url": server.base_url, "api_key": "sk-team-abcdefghijkl"}
        }
        state_of(app, ConnectionsState).chosen = "own-1234"
        state_of(app, ConnectionsState).outlines = {"own-1234": Connection("own-1234", "My key")}
        yield server


def sent(server: Loopback) -> list[Any]:
    """What was asked of the server, but for its models."""
    return [one for one in server.requests if one.path.endswith("generations")]


def test_it_is_said_and_asked_before_the_first_run(app: AppTest, workbench: Workbench, team: Loopback) -> None:
    """The page tells that the key is gone; a press only asks; a no sends nothing, a yes sends and settles it."""
    app.run()
    assert "My key is gone." in texts(app)
    labeled(app, "Prompt").set_value("A boat").run()
    labeled(app, "Generate").click().run()
    assert not app.exception
    assert "the owner of its key would pay" in texts(app)
    assert workbench.library.recent() == []
    app.button(key="held.leave").click().run()
    assert "Send to Team proxy" not in labels(app)
    labeled(app, "Generate").click().run()
    app.button(key="held.send").click().run()
    assert not app.exception
    (run,) = workbench.library.recent()
    with team_worker(app, workbench):
        wait_for_ends(workbench.runner, run.id)
    assert len(sent(team)) == 1
    app.run()
    assert "My key is gone." not in texts(app)
    assert state_of(app, FormState, "generate").values["prompt"] == "A boat"


def test_a_run_of_a_connection_that_is_not_here_asks_before_it_is_run_again(
    app: AppTest, workbench: Workbench, team: Loopback
) -> None:
    """Another person's own connection is nobody else's: its run is not repeated on the team's key unasked."""
    state_of(app, ConnectionsState).chosen = "team:proxy"
    run_id = failed_run(workbench)
    app.query_params["run"] = run_id
    app.run()
    app.button(key="again.generate").click().run()
    assert "**Anna" in texts(app)
    assert sent(team) == []
    app.button(key="held.send").click().run()
    assert len(workbench.library.recent()) == 2


def failed_run(workbench: Workbench) -> str:
    """A run on a connection that only somebody else has."""
    library = workbench.library
    library.begin_run("r1", ask(), connection_id="own-5678", connection_name="Anna's key")
    library.update_run("r1", state="interrupted", error=dict(INTERRUPTED["queued"]))
    return "r1"
