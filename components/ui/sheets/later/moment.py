"""How cells are sent: now, at a time in the person's own time zone, or as a batch; and the panel to choose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from components.client import Connection
from components.ui.base.deferred import peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import moment_text
from components.ui.sheets.later.batch import batch_help

MOST_DAYS = 30
PANEL_WIDTH = 420  # of its sentences: a panel is as wide as they are, and would cover the form
NIGHT_HOUR = 2  # of the time that one click sets


@dataclass(frozen=True)
class Way:
    """How cells are sent: one by one, or as a batch; now, or at a time.

    The time is the `moment` in Unix seconds, else what the field with the key `time_key` holds. A field that is not
    drawn loses its value, so whatever waits for a yes keeps the moment itself.
    """

    as_batch: bool = False
    time_key: str = ""
    moment: float | None = None

    def at(self, moment: float | None) -> Way:
        """Return this way at a moment that no field changes any more; None for now."""
        return Way(self.as_batch, moment=moment)

    def text(self, moment: float | str | None) -> str:
        """Return how cells are sent this way at a moment: " as a batch, tomorrow at 02:00", "" for one by one now."""
        when = f", {moment_text(local_time(moment))}" if isinstance(moment, float) else ""
        return f"{' as a batch' if self.as_batch else ''}{when}"


NOW = Way()

# Draws a button that sends cells this way, with a label, a key and whether it is disabled.
DrawButton = Callable[[str, str, Way, bool], object]


def time_zone() -> ZoneInfo | None:
    """Return the time zone of the person's browser; None for that of the server, where the browser names none."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_time(moment: float) -> datetime:
    """Return a time in Unix seconds as the person's clock shows it."""
    zone = time_zone()
    return datetime.fromtimestamp(moment).astimezone() if zone is None else datetime.fromtimestamp(moment, zone)


def chosen_time(way: Way) -> float | str | None:
    """Return the time of a way in Unix seconds, None for now, or a sentence on why it cannot be that time."""
    moment = _time_in(way.time_key) if way.time_key else way.moment
    if moment is None:
        # Only a batch has a button that sends it now while the field is empty.
        return "Choose a time." if way.time_key and not way.as_batch else None
    return _why_not(moment) or moment


def _time_in(time_key: str) -> float | None:
    value = peek(time_key)
    if not isinstance(value, datetime):
        return None
    zone = time_zone()
    return (value.astimezone() if zone is None else value.replace(tzinfo=zone)).timestamp()


def _why_not(moment: float) -> str:
    now = datetime.now().timestamp()
    if moment <= now:
        return f"{moment_text(local_time(moment)).capitalize()} has passed. Choose a later time, or clear it."
    if moment > now + MOST_DAYS * 86_400:
        return f"A start can be planned for the next {MOST_DAYS} days."
    return ""


def fact_of_start(moment: float | None) -> dict[str, str]:
    """Return what the audit trail says of a planned start."""
    return {} if moment is None else {"start": datetime.fromtimestamp(moment).astimezone().isoformat(" ", "minutes")}


def draw_later(key: str, count: int, connection: Connection, no_batch: str, draw: DrawButton) -> None:
    """Draw the time, and the buttons that send `count` cells then or as a batch, each by `draw`.

    `no_batch` says why they cannot be a batch.
    """
    with st.container(gap="small", width=PANEL_WIDTH):
        _draw_later(key, count, connection, no_batch, draw)


def _draw_later(key: str, count: int, connection: Connection, no_batch: str, draw: DrawButton) -> None:
    time_key = f"{key}.time"
    if time_key not in st.session_state:
        st.session_state[time_key] = None
    zone = time_zone()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.datetime_input(
            "Start at",
            key=time_key,
            format="YYYY-MM-DD",
            width=260,
            persist_state="page",  # the panel may close, and a question may take its place
            help=f"Time zone: {escape(str(zone))}. Leave empty to start now."
            if zone
            else "Server time. Leave empty to start now.",
        )
        st.button("Tonight", key=f"{key}.tonight", on_click=_take_night, args=(time_key,), help=_NIGHT)
    moment = chosen_time(Way(True, time_key))
    is_set = isinstance(moment, float)
    if isinstance(moment, str):
        st.markdown(f":red[:material/error: {escape(moment)}]")
    at = moment_text(local_time(moment)) if isinstance(moment, float) else ""
    with st.container(horizontal=True, gap="small"):
        draw(f"Run {count} {at}" if at else f"Run {count} at this time", f"{key}.at", Way(False, time_key), not is_set)
        if not no_batch:
            label = f"Batch {at}" if at else "Batch (up to 24 h)"
            draw(label, f"{key}.batch", Way(True, time_key), isinstance(moment, str))
    st.caption(escape(no_batch or batch_help(connection)))


_NIGHT = f"The next {NIGHT_HOUR:02}:00."


def _take_night(time_key: str) -> None:
    now = local_time(datetime.now().timestamp()).replace(tzinfo=None)
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    st.session_state[time_key] = night if night > now else night + timedelta(days=1)
