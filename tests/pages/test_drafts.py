"""A page whose session was lost is drawn with its draft, and with the texts that its fields had."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.ui import page_frame
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.session.drafts import restore
from components.ui.session.drafts.restore import RestoreState
from components.ui.session.state import state_key
from tests.pages.forms.test_generate import labeled
from tests.pages.states import state_of

FORM = state_key(FormState, "generate")


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the browser's part of the drafts reports with each request."""
    said: dict[str, Any] = {"former": None, "dropped": None}
    monkeypatch.setattr(page_frame, "_FRAME", lambda **_: SimpleNamespace(**said))
    return said


def lost(token: str, texts: Mapping[str, object], whose: str = "") -> Mapping[str, object]:
    """What is reported after the session of this token was lost."""
    return {"token": token, "typed": {"whose": whose, "texts": texts}, "isConnected": True}


def test_a_lost_session_s_page_is_drawn_with_what_it_shows(app: AppTest, reported: dict[str, Any]) -> None:
    """In the first run of the new session: the draft, and over it the text that only the browser knew. Nothing runs."""
    restore._drafts.note("lost", {FORM: FormState({"prompt": "a red", "n": "3"}, {"prompt", "n"})})
    reported["former"] = lost("lost", {"generate.prompt": "a red fox", "generate.n": 4, "elsewhere": "x"})
    app.run()
    assert not app.exception
    assert labeled(app, "Prompt").value == "a red fox"
    assert state_of(app, FormState, "generate").values == {"prompt": "a red fox", "n": "3"}
    assert state_of(app, RestoreState).restored == "lost"

    # It is taken back once: what is typed from then on stays.
    labeled(app, "Prompt").set_value("a gray wolf").run()
    assert labeled(app, "Prompt").value == "a gray wolf"


def test_what_the_browser_hears_of_as_restored_is_kept(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """From then on it asks for the new session's draft, even if it is loaded again before this page is drawn."""
    heard: list[tuple[str, object]] = []

    def frame(data: Mapping[str, Any], **_: object) -> SimpleNamespace:
        kept = restore._drafts.take(data["draft"]["token"]).get(FORM)
        heard.append((data["draft"]["restored"], kept and kept.values["prompt"]))
        return SimpleNamespace(former=lost("lost", {}), dropped=None)

    restore._drafts.note("lost", {FORM: FormState({"prompt": "a red fox"}, {"prompt"})})
    monkeypatch.setattr(page_frame, "_FRAME", frame)
    app.run()
    assert heard == [("", None), ("lost", "a red fox")]


def test_texts_come_back_without_a_draft(app: AppTest, reported: dict[str, Any], workbench: Workbench) -> None:
    """The server died before it had written anything."""
    reported["former"] = lost("unknown", {"generate.prompt": "a red fox", "generate.sheet.cap": "2.50"})
    app.run()
    assert labeled(app, "Prompt").value == "a red fox"
    assert not workbench.library.recent()


def test_texts_of_another_person_stay_away(app: AppTest, reported: dict[str, Any]) -> None:
    """Somebody else signed in to the same tab."""
    reported["former"] = lost("unknown", {"generate.prompt": "a red fox"}, "ann@example.com")
    app.run()
    assert labeled(app, "Prompt").value == ""


@pytest.mark.parametrize("token", ["", None])
def test_a_session_that_goes_on_takes_nothing_back(app: AppTest, reported: dict[str, Any], token: str | None) -> None:
    """The connection was broken for a moment: the server has the session, and all that was handed in."""
    app.run()
    labeled(app, "Prompt").set_value("a gray wolf").run()
    own = state_of(app, RestoreState).token if token is None else token
    reported["former"] = lost(own, {"generate.prompt": "a red fox"})
    app.run()
    assert labeled(app, "Prompt").value == "a gray wolf"
