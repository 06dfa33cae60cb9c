"""What is asked beside a form's own run is charged like it: probes, rewordings, and the votes of models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection, connections_from_secrets
from components.library.team import admission
from components.library.team.budget_store import save_budget, standings
from components.team.budgets import Budget, Period, Scope
from components.ui.connections.cards import CardsState
from components.ui.process.workbench import Workbench
from components.ui.prompts.wording import WordingState
from components.ui.session.team_rules import forget_rules
from tests.browser.vision_server import models, response_object
from tests.pages.forms.test_generate import labeled, texts
from tests.pages.sheets.test_vote import opened as opened_vote
from tests.pages.states import state_of
from tests.pages.team_worker import team_worker
from tests.support.await_run import wait_for_ends
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.wire.client.test_analyze import response
from tests.wire.client_fixtures import PNG, b64
from tests.wire.loopback import Loopback, json_answer

TEAM = "team:proxy"
LITTLE, MUCH = 1, 50_000_000  # millionths of a dollar


@pytest.fixture
def server(app: AppTest, workbench: Workbench) -> Iterator[Loopback]:
    """A server behind the team's connection, which the form's pages use."""
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        image = {"created": 1, "data": [{"b64_json": b64(PNG)}], "usage": USAGE}
        server.answer(json_answer(image), path="/v1/images/generations")
        app.secrets["connections"] = {
            "proxy": {"name": "Proxy", "base_url": server.base_url, "api_key": "sk-team-abcdefghijkl"}
        }
        with team_worker(app, workbench):
            yield server


USAGE = {"input_tokens": 20, "output_tokens": 200, "total_tokens": 220}


@pytest.fixture
def reserved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What runs reserve, in millionths of a dollar, as they begin."""
    amounts: list[int] = []
    real = admission.reserve

    def noted(connection: object, run_id: str, owner: str, connection_id: str, high: int | None, when: float) -> None:
        real(connection, run_id, owner, connection_id, high, when)  # type: ignore[arg-type]
        assert connection_id == TEAM
        amounts.append(high or 0)

    monkeypatch.setattr(admission, "reserve", noted)
    return amounts


def set_budget(workbench: Workbench, hard: int) -> None:
    """Let the team spend this much in a day."""
    save_budget(workbench.full_library, Budget(Scope.TEAM, "", Period.DAY, None, hard))
    forget_rules()


def posts(server: Loopback) -> int:
    """How many requests were sent that may cost something."""
    return sum(one.method == "POST" for one in server.requests)


def require_settled(workbench: Workbench, reserved: list[int], requests: int) -> None:
    """Check that each request had reserved something, and that what they cost is what is counted now."""
    assert len(reserved) == requests > 0
    assert all(reserved)
    library = workbench.full_library
    found = [library.run(one.id) for one in library.recent(limit=100, operation="analyze")]
    costs = [one.cost or Decimal(0) for one in found if one is not None]
    (standing,) = standings(workbench.full_library, None, None)
    assert standing.spent == round(sum(costs, Decimal(0)) * 1_000_000) > 0
    assert standing.reserved == 0


def proxy(app: AppTest) -> Connection:
    """The team's connection."""
    return next(one for one in connections_from_secrets(app.secrets) if one.id == TEAM)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def reworded(app: AppTest, workbench: Workbench) -> None:
    """Ask for another wording on Generate, and wait for the answer if there is a run."""
    app.session_state["generate.wording"] = True
    app.run()
    labeled(app, "Expand").click().run()
    assert not app.exception
    if run_id := state_of(app, WordingState, "generate").run_id:
        wait_for_ends(workbench.runner, run_id)
    app.run()


def test_a_rewording_is_charged_and_refused(
    app: AppTest, workbench: Workbench, server: Loopback, reserved: list[int]
) -> None:
    """The sentence of the budget stands beside the prompt; with room the answer counts what it cost."""
    answer = {**response("A red fox"), "usage": {"input_tokens": 50, "output_tokens": 20, "total_tokens": 70}}
    server.answer(json_answer(answer), path="/v1/responses")
    set_budget(workbench, LITTLE)
    app.run()
    labeled(app, "Prompt").set_value("A fox").run()
    reworded(app, workbench)
    assert "is left of the team's budget" in texts(app)
    assert "Nothing was sent" in texts(app)
    assert (posts(server), reserved, workbench.full_library.recent()) == (0, [], [])
    set_budget(workbench, MUCH)
    reworded(app, workbench)
    assert "is left of the team's budget" not in texts(app)
    require_settled(workbench, reserved, posts(server))


def test_the_votes_of_a_model_are_charged_and_refused(
    app: AppTest, workbench: Workbench, server: Loopback, reserved: list[int]
) -> None:
    """The page says that no more is asked; with room each of the questions counts."""
    answer = {**response_object(json.dumps({"better": "first", "reason": ""}))}
    answer["usage"] = {"input_tokens": 500, "output_tokens": 20, "total_tokens": 520}
    server.answer(json_answer(answer), path="/v1/responses")
    sheet_id, _ = filled_sheet(workbench.full_library)
    before = len(workbench.full_library.recent(limit=100))
    set_budget(workbench, LITTLE)
    opened_vote(app, sheet_id)
    app.button(key="vote.end").click().run()
    app.session_state["vote.model"] = True
    app.run()
    app.button(key="vote.model.ask").click().run()
    assert "No further questions are sent" in texts(app)
    assert "is left of the team's budget" in texts(app)
    assert (posts(server), reserved) == (0, [])
    assert len(workbench.full_library.recent(limit=100)) == before
    set_budget(workbench, MUCH)
    app.button(key="vote.model.ask").click().run()
    until(lambda: posts(server) == 30 and not workbench.runner.live_views())
    assert len(reserved) == 30
    (standing,) = standings(workbench.full_library, None, None)
    assert (standing.reserved, standing.spent > 0) == (0, True)


def test_a_probe_is_charged_and_refused(
    app: AppTest, workbench: Workbench, server: Loopback, reserved: list[int]
) -> None:
    """The card of the connection has the sentence; with room the probe's requests count what they cost."""
    server.answer(json_answer(response("4")), path="/v1/responses")
    set_budget(workbench, LITTLE)
    app.run()
    team = proxy(app)
    workbench.probes.start(team, ("generate", "responses"), "gpt-image-2", "gpt-6.1-terra")
    until(lambda: (view := workbench.probes.view(team)) is not None and view.state != "running")
    view = workbench.probes.view(team)
    assert view is not None
    assert (view.state, view.requests, posts(server), reserved) == ("failed", 0, 0, [])
    app.switch_page("../../pages/connections.py").run()
    state_of(app, CardsState).probed = TEAM
    app.run()
    assert "is left of the team's budget" in texts(app)
    assert "0 of 2 answered. 0 requests" in texts(app)
    set_budget(workbench, MUCH)
    workbench.probes.start(team, ("generate", "responses"), "gpt-image-2", "gpt-6.1-terra")
    until(lambda: (view := workbench.probes.view(team)) is not None and view.state != "running")
    done = workbench.probes.view(team)
    assert done is not None
    assert done.state == "done", done.error
    assert len(reserved) == posts(server) == done.requests > 0
    (standing,) = standings(workbench.full_library, None, None)
    assert standing.reserved == 0
    assert standing.spent >= round(done.cost * 1_000_000) > 0
