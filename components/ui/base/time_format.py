"""Moments as people read them, by the server's clock."""

from __future__ import annotations

import time


def when_text(moment: float) -> str:
    """The time of a moment of today, the day of any other."""
    at = time.localtime(moment)
    today = time.strftime("%Y-%m-%d", at) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d", at)


def full_text(moment: float) -> str:
    """Day and time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
