"""Which failures the same request meets again, so that nothing should offer to send it unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.client import errors

# Left out are those that somebody can mend outside the request: the key, the account's money, its verification.
RECURRING = frozenset(
    kind.__name__
    for kind in (
        errors.RequestRefused,
        errors.ModerationBlocked,
        errors.WrongParameter,
        errors.NotAllowed,
        errors.ModelNotFound,
        errors.EndpointNotFound,
        errors.RequestTooLarge,
        errors.AnswerTooLarge,
        errors.ForbiddenLink,
    )
)


def recurs(error: Mapping[str, Any] | None) -> bool:
    """Whether a run that ended with this error, in its stored form, would end with it again."""
    return bool(error) and str((error or {}).get("kind")) in RECURRING
