"""What is retried, when, and how often: the last column of the reference's error table.

The official clients retry every 5xx, 408 and 409. That may pay twice for one image, so here a failure that may have
cost something is never retried, and ``x-should-retry: true`` cannot change that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from components.client.errors import ApiError, RateLimited, ServerBusy, ServerError, Unreachable

MAX_RETRIES = 2
FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
LONGEST_RETRY_AFTER = 120.0
JITTER = 0.25
_A_YEAR = 365 * 86400.0  # beyond it a header means "never", and JSON has no infinity

_ALWAYS: tuple[type[ApiError], ...] = (RateLimited, ServerBusy, Unreachable)
_WHEN_NOTHING_CAN_BE_MADE: tuple[type[ApiError], ...] = (*_ALWAYS, ServerError)


def wait_before_retry(
    error: ApiError, *, attempt: int, costly: bool, should_retry: str | None, random: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before the given attempt (1 for the first retry), or None to give up.

    ``costly``: the call makes something that is paid for. ``should_retry`` is the header ``x-should-retry``; "false" is
    obeyed. ``random`` returns numbers from 0 to 1.
    """
    if attempt > MAX_RETRIES or should_retry == "false":
        return None
    if not isinstance(error, _ALWAYS if costly else _WHEN_NOTHING_CAN_BE_MADE):
        return None
    requested = error.retry_after
    if requested is not None and requested > LONGEST_RETRY_AFTER:
        return None
    if requested is not None and requested > 0:
        return requested
    return min(FIRST_DELAY * 2.0 ** (attempt - 1), LONGEST_DELAY) * (1 - JITTER * random())


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of ``retry-after-ms`` or ``retry-after`` (seconds or an HTTP date), or None.

    ``now`` is Unix time.
    """
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers.get(name, "")) / per_second
        except ValueError:
            continue
        if not math.isnan(seconds):
            return min(max(seconds, 0.0), _A_YEAR)
    try:
        seconds = parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now
        return min(max(seconds, 0.0), _A_YEAR)
    except (ValueError, TypeError, OverflowError):
        return None


def duration(seconds: float) -> str:
    """Return seconds in words, rounded up as a person would: "40 seconds", "5 minutes", "1 hour"."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds > size * 1.5 or seconds == size:
            count = math.ceil(seconds / size)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    count = math.ceil(seconds)
    return "1 second" if count == 1 else f"{count} seconds"
