"""Format times by the server's clock."""

from __future__ import annotations

import time
from datetime import date, timedelta


def when_text(moment: float) -> str:
    """Return the time for today, the date for any other day."""
    at = time.localtime(moment)
    today = time.strftime("%Y-%m-%d", at) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d", at)


def in_batch_text(since: float, until: float) -> str:
    """Return how long a run waits in a batch."""
    return f"in a batch, since {when_text(since)}, at most until {_until_text(until)}"


def _until_text(moment: float) -> str:
    day, clock = time.strftime("%Y-%m-%d", time.localtime(moment)), time.strftime("%H:%M", time.localtime(moment))
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    return {date.today().isoformat(): clock, tomorrow: f"tomorrow {clock}"}.get(day, f"{day} {clock}")


def full_text(moment: float) -> str:
    """Return date and time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
