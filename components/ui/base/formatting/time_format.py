"""Format times by the server's clock, and times to come by a person's."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta


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


def moment_text(moment: datetime) -> str:
    """Return a time to come, by the clock of its time zone: "today at 23:30", "tomorrow at 02:00"."""
    today = datetime.now(moment.tzinfo).date()
    days = {today: "today", today + timedelta(days=1): "tomorrow"}
    return f"{days.get(moment.date(), f'on {moment:%Y-%m-%d}')} at {moment:%H:%M}"


def full_text(moment: float) -> str:
    """Return date and time to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
