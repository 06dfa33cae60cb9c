"""Format times by the server's clock."""

from __future__ import annotations

import time


def when_text(moment: float) -> str:
    """Return the time for today, the date for any other day."""
    at = time.localtime(moment)
    today = time.strftime("%Y-%m-%d", at) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d", at)


def full_text(moment: float) -> str:
    """Return date and time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
