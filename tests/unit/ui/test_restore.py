"""What a tab had not sent yet, kept by the process for the tab's next session."""

from __future__ import annotations

from typing import Any

from components.ui.session.restore import Drafts


def test_a_new_session_takes_what_the_one_before_held() -> None:
    """Also what changed after it was noted, and nothing that is not meant to be kept."""
    drafts = Drafts()
    before: dict[str, Any] = {
        "wishes.generate": {"prompt": "a cat"},
        "inputs.edit": ["one"],
        "connections.own": ["key"],
    }
    drafts.note("a", before)
    before["inputs.edit"].append("two")
    assert drafts.take("a") == {"wishes.generate": {"prompt": "a cat"}, "inputs.edit": ["one", "two"]}


def test_two_sessions_of_one_token_do_not_share() -> None:
    """A tab that was duplicated goes its own way."""
    drafts = Drafts()
    before: dict[str, Any] = {"inputs.edit": ["one"]}
    drafts.note("a", before)
    drafts.take("a")["inputs.edit"].append("two")
    assert before["inputs.edit"] == ["one"]
    assert drafts.take("a") == {"inputs.edit": ["one"]}


def test_only_so_many_for_so_long() -> None:
    """The oldest go first, and those that nobody used for long; an unknown token gives nothing."""
    drafts = Drafts(most=2, seconds=10)
    for moment, token in enumerate("abc"):
        drafts.note(token, {"inputs.edit": [token]}, now=moment)
    assert [bool(drafts.take(token)) for token in "abcd"] == [False, True, True, False]
    drafts.note("d", {"inputs.edit": ["d"]}, now=30)
    assert [bool(drafts.take(token)) for token in "abcd"] == [False, False, False, True]
