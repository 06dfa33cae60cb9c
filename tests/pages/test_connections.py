"""The Connections page: which there are, how they are tested, what becomes of one's own."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.ui.process.workbench import close_workbench
from tests.pages.test_generate import labelled, texts
from tests.wire.loopback import Loopback, error_answer, json_answer

PAGE = "../../pages/connections.py"


def opened(app: AppTest) -> AppTest:
    """The page, drawn."""
    return app.run().switch_page(PAGE).run()


def add(app: AppTest, base_url: str, *, name: str = "Mine", key: str = "sk-test-0123456789") -> AppTest:
    """Add a connection of one's own."""
    labelled(app, "Name").set_value(name)
    labelled(app, "Base URL").set_value(base_url)
    labelled(app, "API key").set_value(key)
    labelled(app, "Add").click().run()
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
    assert "The server cannot be reached" in texts(app)


def test_ones_own_connection_can_be_forgotten(app: AppTest) -> None:
    """Forget removes a connection and its key from the session; the built-in engine is in use again."""
    add(opened(app), "http://127.0.0.1:9/v1")
    assert "Mine" in texts(app)
    labelled(app, "Forget").click().run()
    assert "Mine" not in texts(app)
    app.switch_page("../../pages/generate.py").run()
    assert labelled(app, "Connection").value == "built-in"
