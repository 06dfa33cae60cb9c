"""Typed session state: one dataclass for each page, some of whose fields outlive a reload."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import streamlit as st

from components.client import Connection
from components.library import LibraryUnavailable
from components.ui.session import connections
from components.ui.session.state import DRAFT, all_states, draft_of, page_state, restore_draft, state_key
from tests.setup.environment import ROOT

OWN = Connection("own-1", "Mine", api_key="sk-of-my-own")


@dataclass
class _State:
    names: list[str] = field(default_factory=list, metadata=DRAFT)
    mode: str = field(default="Mask", metadata=DRAFT)
    turn: int = 7


@dataclass
class _Plain:
    turn: int = 0


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return a session's state without a session."""
    state: dict[str, Any] = {"prompt": "a widget's value"}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_session_has_one_state_of_a_kind_for_each_part(session: dict[str, Any]) -> None:
    """The same object is returned again, and parts do not share."""
    page_state(_State, "edit").names.append("a")
    assert page_state(_State, "edit").names == ["a"]
    assert page_state(_State, "analyze").names == page_state(_State).names == []
    assert set(all_states(session)) == {state_key(_State, part) for part in ("edit", "analyze", "")}


def test_a_draft_fills_only_what_is_still_untouched() -> None:
    """What the new session has of its own stays, also where the field's default is not empty."""
    draft = draft_of(_State(["a"], "Markup", turn=9))
    untouched, own = _State(), _State([], "Extend")
    restore_draft(untouched, draft)
    restore_draft(own, draft)
    assert untouched == _State(["a"], "Markup", turn=7)
    assert own == _State(["a"], "Extend", turn=7)


def test_a_state_without_drafts_leaves_none() -> None:
    """Nothing of it is kept in the process."""
    assert draft_of(_Plain(3)) is None


def test_no_key_of_the_session_is_written_where_it_is_used() -> None:
    """A page's own state is a field of its dataclass; a widget's key is declared once, by a name."""
    modules = [path for folder in ("components", "pages") for path in (ROOT / folder).rglob("*.py")]
    literal = re.compile(r"""session_state(\[|\.(get|pop|setdefault)\()\s*f?["']""")
    assert [str(path.relative_to(ROOT)) for path in modules if literal.search(path.read_text())] == []


def test_kept_connections_are_read_again_when_the_library_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is away for a moment hides nobody's connections for good."""
    state, answers = connections.ConnectionsState(), [LibraryUnavailable("It is away.", "Wait."), ([OWN], 1)]

    def kept() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(connections, "page_state", lambda _kind: state)
    monkeypatch.setattr(connections.kept_connections, "kept", kept)
    assert not connections.is_kept(OWN.id)
    assert not connections.is_kept(OWN.id)
    assert len(answers) == 1, "it is not asked over and over"
    state.read_again = 0.0
    assert connections.is_kept(OWN.id)
    assert (state.own, connections.unreadable()) == ([OWN], 1)
