"""Styles and presets: a person's own and the team's, and what a connection begins with."""

from __future__ import annotations

import pytest

from components.library import Library
from components.library.prompts import presets
from components.library.prompts.presets import (
    add_preset,
    add_style,
    default_preset,
    delete_preset,
    presets_of,
    set_default_preset,
    styles_of,
)
from components.parameters.prompts.styles import Style, with_styles


def test_styles_are_added_before_and_after_once() -> None:
    """In their order, with the punctuation that is missing; never twice, and never to an empty prompt."""
    ink, photo = Style("1", "Ink", "ink on paper"), Style("2", "Photo", "Photo of", is_before=True)
    assert with_styles("a fox", (ink, photo)) == "Photo of, a fox, ink on paper"
    assert with_styles("A fox.", (ink,)) == "A fox. ink on paper"
    assert with_styles("a fox, ink on paper", (ink,)) == "a fox, ink on paper"
    assert with_styles("  ", (ink,)) == "  "
    assert with_styles("a fox", ()) == "a fox"


def test_who_sees_which(library: Library) -> None:
    """The team's are everyone's, a person's own are theirs; a default is the team's and goes with its preset."""
    add_style(library, "Ink", "ink on paper")
    add_style(library, "Mine", "pencil", owner="anna", is_before=True)
    assert [style.name for style, _ in styles_of(library, "ben")] == ["Ink"]
    assert [(style.name, style.is_before) for style, _ in styles_of(library, "anna")] == [
        ("Ink", False),
        ("Mine", True),
    ]
    values = {"model": "gpt-image-2", "size": "1536x1024", "prompt": "not kept", "evil": 1}
    team = add_preset(library, "generate", "Wide", values)
    own = add_preset(library, "generate", "Own", {"quality": "low"}, owner="anna")
    assert [one.name for one in presets_of(library, "generate", "ben")] == ["Wide"]
    assert presets_of(library, "edit", "anna") == []
    set_default_preset(library, "c1", "generate", own)
    assert default_preset(library, "c1", "generate") is None
    set_default_preset(library, "c1", "generate", team)
    found = default_preset(library, "c1", "generate")
    assert found is not None
    assert found.values == {"model": "gpt-image-2", "size": "1536x1024"}
    assert default_preset(library, "c1", "edit") is None
    delete_preset(library, team)
    assert default_preset(library, "c1", "generate") is None


def test_what_is_no_style_is_refused(library: Library) -> None:
    """In a sentence, and nothing is stored."""
    for name, text, words in (("", "ink", "a name"), ("Ink", " ", "the text"), ("Ink", "x" * 2001, "2,001")):
        with pytest.raises(ValueError, match=words):
            add_style(library, name, text)
    with pytest.raises(ValueError, match="variables"):
        add_style(library, "Ink", "in {{color}}")
    assert styles_of(library, "") == []


def test_a_name_is_taken_once_by_a_person_and_once_by_the_team(library: Library) -> None:
    """Two of one name could not be told apart; those of others, and those of another kind, are elsewhere."""
    add_style(library, "Ink", "ink")
    add_style(library, "Ink", "ink", owner="anna")
    for owner, whose in (("anna", "You have"), ("", "The team has")):
        with pytest.raises(ValueError, match=f"{whose} a style “Ink” already"):
            add_style(library, " Ink ", "other ink", owner=owner)
    add_preset(library, "edit", "Ink", {})
    add_preset(library, "generate", "Ink", {}, owner="ben")
    with pytest.raises(ValueError, match="a preset “Ink” already"):
        add_preset(library, "generate", "Ink", {"quality": "low"}, owner="ben")
    assert [style.text for style, _ in styles_of(library, "anna")] == ["ink", "ink"]


def test_what_others_have_does_not_fill_ones_own(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for each person and for the team; everybody still sees all that is theirs and the team's."""
    monkeypatch.setattr(presets, "MOST", 3)
    for owner in ("anna", "ben", ""):
        for number in range(3):
            add_style(library, f"{owner} {number}", "ink", owner=owner)
        whose = "You have" if owner else "The team has"
        with pytest.raises(ValueError, match=f"{whose} 3 already"):
            add_style(library, "one more", "ink", owner=owner)
    assert len(styles_of(library, "ben")) == 6
    add_preset(library, "generate", "Wide", {"quality": "low"}, owner="anna")  # another kind
