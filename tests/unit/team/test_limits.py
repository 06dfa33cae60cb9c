"""What a person may use and ask for: connections, models, size, quality and number."""

from __future__ import annotations

import pytest

from components.team.limits import AccessRule, Limits, RoleLimit
from components.team.people import Role

CONNECTION = "team:x"
RULES = Limits(
    (
        AccessRule("1", CONNECTION, ("role:member",), ("gpt-image-1-mini", "dall-e-*")),
        AccessRule("2", CONNECTION, ("person:ann",)),
        AccessRule("3", "team:closed", ("person:ann",)),
    ),
    {Role.MEMBER: RoleLimit(1024 * 1024, "medium", 2)},
)


def refused(person: str, role: Role, model: str, connection: str = CONNECTION, **values: object) -> list[str]:
    """The parameters that are refused."""
    return [one.parameter for one in RULES.refusals(person, role, connection, model, values)]


@pytest.mark.parametrize(
    ("person", "role", "connection", "model", "expected"),
    [
        ("bob", Role.MEMBER, CONNECTION, "gpt-image-1-mini", []),
        ("bob", Role.MEMBER, CONNECTION, "dall-e-3", []),
        ("bob", Role.MEMBER, CONNECTION, "gpt-image-2", ["model"]),
        ("ann", Role.MEMBER, CONNECTION, "gpt-image-2", []),
        ("", Role.MEMBER, "team:closed", "gpt-image-2", ["model"]),
        ("bob", Role.ADMIN, "team:closed", "gpt-image-2", []),
        ("bob", Role.MEMBER, "team:open", "gpt-image-2", []),
        ("bob", Role.MEMBER, "own-1", "gpt-image-2", []),
    ],
)
def test_connections_and_models(person: str, role: Role, connection: str, model: str, expected: list[str]) -> None:
    """A rule opens a connection to those that it names; one without a rule is for everybody."""
    assert refused(person, role, model, connection) == expected
    assert RULES.may_use(person, role, connection) is (connection != "team:closed" or not expected)


@pytest.mark.parametrize(
    ("main_model", "context", "expected"),
    [
        ("gpt-5.5-pro", "turns", ["main_model"]),
        ("gpt-5.5-pro", "image", []),
        ("dall-e-3", "turns", []),
    ],
)
def test_the_main_model_of_an_edit_with_turns(main_model: str, context: str, expected: list[str]) -> None:
    """It is paid as well as the model that makes the image, so a rule has to name both."""
    assert refused("bob", Role.MEMBER, "gpt-image-1-mini", main_model=main_model, context=context) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"size": "1024x1024", "quality": "medium", "n": 2}, []),
        ({"size": "1536x1024"}, ["size"]),
        ({"size": "auto"}, ["size"]),
        ({"quality": "high"}, ["quality"]),
        ({"quality": "auto"}, ["quality"]),
        ({"quality": "unheard-of"}, ["quality"]),
        ({"quality": "standard", "n": "2"}, []),
        ({"quality": "hd", "n": 3, "size": "2048x2048"}, ["size", "quality", "n"]),
        ({"detail": "high"}, []),
    ],
)
def test_limits_of_a_role(values: dict[str, object], expected: list[str]) -> None:
    """Pixels, quality and number are limited for the role, at their fields; what the model may choose counts."""
    assert refused("ann", Role.MEMBER, "gpt-image-2", **values) == expected
    assert refused("ann", Role.ADMIN, "gpt-image-2", **values) == []
    assert refused("ann", Role.MEMBER, "gpt-image-2", "own-1", **values) == []


def test_the_sentence_says_what_is_allowed() -> None:
    """Both figures are named, so that nobody has to try."""
    found = {
        one.parameter: one.message for one in RULES.refusals("b", Role.MEMBER, CONNECTION, "dall-e-3", {"size": "auto"})
    }
    assert "1,048,576 pixels" in found["size"]
    assert "1,572,864" in found["size"]
