"""What a tab had not sent yet, kept by the process for the tab's next session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.client import Connection
from components.parameters import InputImage
from components.ui.analyze.page_state import TEXTS
from components.ui.forms.form_state import FormState, form_texts
from components.ui.inputs.image_inputs import ImageEntry, InputsState
from components.ui.session.connections import ConnectionsState
from components.ui.session.drafts import restore
from components.ui.session.drafts.restore import Drafts, RestoreState
from components.ui.session.drafts.typed_texts import LONGEST, lay_over
from components.ui.session.state import refill, state_key
from components.ui.sheets.state import SheetState, sheet_texts

ENTRY = ImageEntry(InputImage(Path(), "a.png", "image/png", 1, 1, 1, "a", False))


def test_a_new_session_takes_what_the_one_before_held() -> None:
    """Also what changed after it was noted, and nothing that is not meant to be kept."""
    drafts = Drafts()
    before: dict[str, Any] = {
        "analyze.fields": {"prompt": "a cat"},
        "analyze.checks": ["one"],
        "somewhere.else": ["not kept"],
    }
    drafts.note("a", before)
    before["analyze.checks"].append("two")
    assert drafts.take("a") == {"analyze.fields": {"prompt": "a cat"}, "analyze.checks": ["one", "two"]}


def test_two_sessions_of_one_token_do_not_share() -> None:
    """A tab that was duplicated goes its own way."""
    drafts = Drafts()
    before: dict[str, Any] = {"analyze.checks": ["one"]}
    drafts.note("a", before)
    drafts.take("a")["analyze.checks"].append("two")
    assert before["analyze.checks"] == ["one"]
    assert drafts.take("a") == {"analyze.checks": ["one"]}


def test_only_so_many_for_so_long() -> None:
    """The oldest go first, and those that nobody used for long; an unknown token gives nothing."""
    drafts = Drafts(most=2, seconds=10)
    for moment, token in enumerate("abc"):
        drafts.note(token, {"analyze.checks": [token]}, now=moment)
    assert [bool(drafts.take(token)) for token in "abcd"] == [False, True, True, False]
    drafts.note("d", {"analyze.checks": ["d"]}, now=30)
    assert [bool(drafts.take(token)) for token in "abcd"] == [False, False, False, True]


def test_of_a_page_s_state_only_drafts_are_kept() -> None:
    """What was given comes back; what the page said about it does not."""
    drafts, key = Drafts(), state_key(InputsState, "edit")
    before = InputsState(refused=["too large"], uploader=3)
    drafts.note("a", {key: before})
    before.entries.append(ENTRY)
    kept = drafts.take("a")[key]
    assert (kept.entries, kept.refused, kept.uploader) == ([ENTRY], [], 0)


def test_no_key_is_among_what_is_kept() -> None:
    """Of the connections only the choice and the names outlive the session; the keys are gone with it."""
    drafts, key = Drafts(), state_key(ConnectionsState)
    own = Connection("own-1", "Mine", "https://api.example.com/v1", api_key="sk-test-1")
    drafts.note("a", {key: ConnectionsState([own], "own-1", {"own-1": "Mine"})})
    assert drafts.take("a")[key] == ConnectionsState([], "own-1", {"own-1": "Mine"})


@pytest.mark.parametrize(("is_lost", "prompt"), [(True, "a cat"), (False, "")])
def test_what_a_browser_repeats_does_not_hide_the_draft(
    monkeypatch: pytest.MonkeyPatch, *, is_lost: bool, prompt: str
) -> None:
    """A page whose session was lost reports the widgets it had as if they were entered; after a reload they are."""
    key = state_key(FormState, "edit")
    session: dict[str, Any] = {key: FormState({"prompt": ""}, drawn={"prompt": ("edit.prompt", "a cat")})}
    monkeypatch.setattr(restore.st, "session_state", session)
    monkeypatch.setattr(restore, "note_draft", lambda: None)  # needs the page that tests/pages has
    monkeypatch.setattr(restore, "_signed_in", lambda: "")
    restore._drafts.note("lost", {key: FormState({"prompt": "a cat"})})
    restore._restore("lost", is_lost=is_lost)
    assert session[key].values == {"prompt": prompt}
    assert bool(session[key].drawn) is not is_lost


@pytest.mark.parametrize("is_lost", [True, False])
def test_texts_that_the_browser_has_lie_over_the_draft(monkeypatch: pytest.MonkeyPatch, *, is_lost: bool) -> None:
    """Only those of the page's draft fields, and none that is no text or is longer than any field takes."""
    key = state_key(FormState, "edit")
    session: dict[str, Any] = {}
    monkeypatch.setattr(restore.st, "session_state", session)
    monkeypatch.setattr(restore, "note_draft", lambda: None)  # needs the page that tests/pages has
    monkeypatch.setattr(restore, "_signed_in", lambda: "")
    restore._drafts.note("lost", {key: FormState({"prompt": "a", "n": "2", "user": "me"})})
    texts = {"edit.prompt": "a cat", "edit.n": 7, "edit.user": "x" * (LONGEST + 1), "edit.model": "other", "a": "b"}
    restore._restore("lost", is_lost=is_lost, typed={"whose": "", "texts": texts}, homes=form_texts("edit"))
    assert session[key].values == {"prompt": "a cat", "n": "2", "user": "me"}
    assert "prompt" in session[key].touched
    if is_lost:  # what is filled again later has the text too
        assert session[state_key(RestoreState)].drafts[key].values["prompt"] == "a cat"


@pytest.mark.parametrize("texts", [None, [], "a cat", {"edit.prompt": None}, {1: 2}])
def test_what_is_no_text_is_left_out(texts: object) -> None:
    """A browser may say anything."""
    states: dict[str, Any] = {}
    lay_over(states, texts, {**form_texts("edit"), **sheet_texts("edit"), **TEXTS})
    assert states == {}


def test_texts_of_sheets_and_checks_have_their_places() -> None:
    """A sheet's rules and cap, and the fields and points of Analyze."""
    states: dict[str, Any] = {}
    homes = {**sheet_texts("edit"), **TEXTS}
    lay_over(states, {key: key for key in homes}, homes)
    state = states.pop(state_key(SheetState, "edit"))
    assert (state.rules, state.cap) == ("edit.sheet.skip_rules", "edit.sheet.cap")
    assert states == {"analyze.fields": "analyze.fields", "analyze.checks": "analyze.checks"}


def test_fields_that_became_empty_are_filled_again() -> None:
    """What is empty or at its default comes from the draft; what has another value stays."""
    draft = FormState(values={"prompt": "a fox", "n": 2}, touched={"prompt", "n"})
    now = FormState(values={"prompt": "", "n": 3})
    refill(now, draft)
    assert now.values == {"prompt": "a fox", "n": 3}
    assert now.touched == {"prompt", "n"}
