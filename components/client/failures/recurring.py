"""Errors that the same request meets again, so that nothing offers to send it unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.client import errors

# Without those that somebody can fix outside the request: the key, the account's money, its verification.
RECURRING = frozenset(
    error.kind
    for error in (
        errors.RequestRefused,
        errors.ModerationBlocked,
        errors.InvalidParameter,
        errors.PermissionDenied,
        errors.ModelNotFound,
        errors.EndpointNotFound,
        errors.RequestTooLarge,
        errors.ResponseTooLarge,
        errors.ForbiddenLink,
    )
)


def recurs(error: Mapping[str, Any] | None) -> bool:
    """Return whether a run with this stored error would fail with it again."""
    return bool(error) and str((error or {}).get("kind")) in RECURRING
