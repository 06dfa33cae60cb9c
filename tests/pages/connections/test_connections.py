"""The Connections page: which there are, how they are tested, what becomes of one's own."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.ui.process.workbench import close_workbench
from components.ui.session.connections import ConnectionsState
from tests.pages.forms.test_generate import labeled, texts
from tests.pages.states import state_of
from tests.wire.loopback import Loopback, error_answer, json_answer

PAGE = "../../pages/connections.py"


def opened(app: AppTest) -> AppTest:
    """The page, drawn."""
    return app.run().switch_page(PAGE).run()


def add(app: AppTest, base_url: str, *, name: str = "Mine", key: str = "sk-test-0123456789") -> AppTest:
    """Add a connection of one's own."""
    labeled(app, "Name").set_value(name)
    labeled(app, "Base URL").set_value(base_url)
    labeled(app, "API key").set_value(key)
    labeled(app, "Add").click().run()
    assert not app.exception
    return app


def test_the_teams_connections_are_offered_without_their_keys(app: AppTest) -> None:
    """What stands in secrets.toml can be chosen by everyone; its key is masked."""
    app.secrets["connections"] = {
        "proxy": {"name": "Team proxy", "base_url": "http://127.0.0.1:9/v1", "api_key": "sk-team-abcdefghijkl"},
        "warehouse": {"dialect": "postgresql"},
    }
    opened(app)
    shown = texts(app)
    assert "Team proxy" in shown
    assert "for the whole team" in shown
    assert "sk-team-abcdefghijkl" not in shown
    assert "warehouse" not in shown


def when_tested(app: AppTest) -> str:
    """Let the test in the background end, as a browser does that polls; return the texts of the page."""
    until = time.monotonic() + 60
    while "Testing: listing" in texts(app) and time.monotonic() < until:
        app.run()
    return texts(app)


@pytest.mark.parametrize(
    ("base_url", "key", "words"),
    [
        ("ftp://example.com", "sk-1", "must begin with https:// or http://"),
        ("https://user:pass@example.com/v1", "sk-1", "must not carry a user name or password"),
        ("https://example.com/v1", "sk-1 sk-2", "has a blank"),
    ],
)
def test_what_cannot_work_is_refused_at_once(app: AppTest, base_url: str, key: str, words: str) -> None:
    """An address or a key that can never work is not kept, and the reason is reported."""
    add(opened(app), base_url, key=key)
    assert words in texts(app).replace("\u2060", "")  # which keeps an address from becoming a link
    assert "Mine" not in texts(app)


def test_where_an_own_connection_may_lead_is_a_setting(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With private networks refused an address in one is not kept; a cloud's metadata service never is."""
    add(opened(app), "http://169.254.169.254/v1")
    assert "metadata service" in texts(app)
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_PRIVATE_CONNECTIONS", "refuse")
    add(app, "http://192.168.0.7/v1")
    assert "private network, which is not allowed here" in texts(app)
    assert "Mine" not in texts(app)


def test_a_connection_without_encryption_says_so(app: AppTest) -> None:
    """A key that goes to another host by http:// can be read on the way: its card and the form's picker warn."""
    app.secrets["connections"] = {"plain": {"base_url": "http://images.invalid/v1", "api_key": "sk-team-abcdefghijkl"}}
    assert "travel to images.invalid unencrypted" in texts(app.run())
    assert "travel to images.invalid unencrypted" in texts(opened(app))


def test_a_test_lists_models_or_says_what_failed(app: AppTest) -> None:
    """Test asks the server for its models; a refused key and a dead server are reported in plain words."""
    with Loopback() as server:
        server.answer(json_answer({"object": "list", "data": [{"id": "gpt-image-2", "shutdown_date": "2099-01-01"}]}))
        add(opened(app), f"{server.base_url}")
        tests = [one for one in app.button if one.label == "Test"]
        tests[0].click().run()
        assert "gpt-image-2" in texts(app)
        assert "Ends soon: gpt-image-2 on 2099-01-01" in texts(app)
        server.answer(error_answer(401, "invalid_api_key"))
        next(one for one in app.button if one.label == "Test").click().run()
        assert "The key was not accepted" in texts(app)
    next(one for one in app.button if one.label == "Test").click().run()
    assert "The server cannot be reached" in when_tested(app)


SECRET = "s3cret-header-value"


def add_azure(app: AppTest, server: Loopback, **given: str) -> AppTest:
    """Add a connection to Azure's deployments surface with a header, its API version given or not."""
    server.answer(json_answer({"data": [{"id": "gpt-image-2"}]}))
    labeled(opened(app), "Kind of server").set_value("azure-deployments").run()
    fields = {"Name": "Mine", "Base URL": server.origin, "API key": "sk-azure-0123456789", "API version": "2025-04-01"}
    for label, value in {**fields, "Header": "X-Team", "Header's value": SECRET, **given}.items():
        labeled(app, label).set_value(value)
    labeled(app, "Deployments").set_value("mine = gpt-image-2")
    labeled(app, "Add").click().run()
    assert not app.exception
    return app


def opened_form(app: AppTest) -> dict[str, Any]:
    """Return the text fields of the form in a card, by label; of the rows of headers the first."""
    return {one.label: one for one in reversed(app.text_input) if ".edit." in str(one.key)}


def test_a_connection_to_azure_is_added_tested_edited_and_copied(app: AppTest) -> None:
    """It is tested when it is added; an edit keeps the secrets that are not typed; a copy is another connection."""
    with Loopback() as server:
        assert "Works. 1 models: gpt-image-2" in when_tested(add_azure(app, server)).replace("\\", "")
        sent = server.requests[-1]
        assert sent.target == "/openai/models?api-version=2025-04-01"
        assert (sent.headers["api-key"], sent.headers["x-team"]) == ("sk-azure-0123456789", SECRET)
        labeled(app, "Edit").click().run()
        form = opened_form(app)
        assert (form["API key"].value, form["Header's value"].value, form["Header"].value) == ("", "", "X-Team")
        assert "unchanged (sk-…6789)" in form["API key"].placeholder
        form["Name"].set_value("Ours")
        labeled(app, "Save").click().run()
        (edited,) = state_of(app, ConnectionsState).own
        assert (edited.name, edited.api_key, edited.headers) == ("Ours", "sk-azure-0123456789", (("X-Team", SECRET),))
        labeled(app, "Copy").click().run()
        adds = [one for one in app.button if one.label == "Add"]
        adds[0].click().run()
        assert [one.name for one in state_of(app, ConnectionsState).own] == ["Ours", "Ours (copy)"]
        assert SECRET not in texts(app)


def test_a_form_tells_each_problem_at_its_field_and_keeps_what_was_typed(app: AppTest) -> None:
    """A missing version and a header with the length are told; nothing is added and nothing typed is lost."""
    with Loopback() as server:
        shown = texts(add_azure(app, server, **{"API version": "", "Header": "Content-Length"}))
        assert "Azure's deployments need an API version" in shown.replace("\\", "")
        assert "Content-Length is set for each request" in shown.replace("\\", "")
        assert state_of(app, ConnectionsState).own == []
        assert labeled(app, "Header's value").value == SECRET
        assert server.requests == []


def test_a_key_does_not_follow_to_another_server(app: AppTest) -> None:
    """Whoever changes the host types key and values again: what is stored goes to nobody else."""
    with Loopback() as server, Loopback() as other:
        add_azure(app, server)
        labeled(app, "Edit").click().run()
        form = opened_form(app)
        form["Base URL"].set_value(other.origin)
        labeled(app, "Save").click().run()
        assert "another server: type its key again" in texts(app)
        assert "Type the value of X" in texts(app)
        assert other.requests == []
        assert state_of(app, ConnectionsState).own[0].base_url == server.origin


def test_a_teams_connection_is_copied_without_its_secrets(app: AppTest) -> None:
    """The copy of a team's connection asks for a key of one's own."""
    team = {"base_url": "http://127.0.0.1:9/v1", "api_key": "sk-team-abcdefghijkl", "headers": {"X-Team": SECRET}}
    app.secrets["connections"] = {"proxy": team}
    opened(app)
    assert "header X-Team" in texts(app).replace("\\", "")
    labeled(app, "Copy").click().run()
    next(one for one in app.button if one.label == "Add").click().run()
    assert "Type the value of X" in texts(app)
    assert SECRET not in texts(app)


def test_what_was_lost_with_the_tab_is_entered_again(app: AppTest) -> None:
    """After a reload all but the secrets is there; with them, the connection has its old id and its old runs."""
    outline = Connection("own-1", "Mine", "http://127.0.0.1:9/v1", headers=(("X-Team", ""),))
    state_of(app, ConnectionsState).outlines = {"own-1": outline}
    assert "lost with the tab" in texts(opened(app))
    labeled(app, "Enter again").click().run()
    form = opened_form(app)
    form["Header's value"].set_value(SECRET)
    labeled(app, "Save").click().run()
    assert "lost with the tab" not in texts(app)
    assert state_of(app, ConnectionsState).own == [replace(outline, headers=(("X-Team", SECRET),))]


def test_ones_own_connection_can_be_forgotten(app: AppTest) -> None:
    """Forget removes a connection and its key from the session; the built-in engine is in use again."""
    add(opened(app), "http://127.0.0.1:9/v1")
    assert "Mine" in texts(app)
    labeled(app, "Forget").click().run()
    assert "Mine" not in texts(app)
    app.switch_page("../../pages/generate.py").run()
    assert labeled(app, "Connection").value == "built-in"
