"""What a run says of its end: who stopped it, and what that means for the money."""

from __future__ import annotations

import pytest

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.failures.recurring import recurs
from components.runs.outcome import at_no_cost, cancelled


def test_a_stopped_run_says_who_stopped_it() -> None:
    """Never "you": whoever reads it may be somebody else."""
    assert cancelled(False)["what"] == "This run was stopped before it was sent."
    assert cancelled(True, "Ann")["what"].startswith("Ann stopped this run after it was sent.")


def test_a_failure_on_the_built_in_engine_cost_nothing() -> None:
    """Whatever the client assumes of servers in general; there is no account to look at either."""
    changed = at_no_cost(errors.ServerError("It failed.", money=Money.MAY_BE_BILLED).as_dict())
    assert changed is not None
    assert (changed["money"], changed["what"]) == ("nothing_spent", "It failed.")
    assert "billed" not in f"{changed['money_sentence']} {changed['next']}"
    assert "usage" not in changed["next"]
    assert at_no_cost(None) is None


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        (errors.ModerationBlocked, True),
        (errors.InvalidParameter, True),
        (errors.ModelNotFound, True),
        (errors.ServerError, False),
        (errors.InvalidApiKey, False),
        (errors.OrganizationNotVerified, False),
    ],
)
def test_which_failures_the_same_request_meets_again(kind: type[ApiError], again: bool) -> None:
    """What can be mended outside the request is worth another try; a refusal of the request itself is not."""
    assert recurs(kind("Why.").as_dict()) is again


def test_a_run_without_an_error_can_be_run_again() -> None:
    """No error, or one of another kind, stands in no way."""
    assert not recurs(None)
    assert not recurs({"kind": "Interrupted"})
