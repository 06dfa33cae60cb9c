"""Limit repeated log lines, so that an attacker cannot fill the disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

SECONDS = 60.0
# Loggers where any request or connection from a stranger can cause a line.
LOGGERS = ("asyncio", "uvicorn.error", "components.ui.access")
_KEY_LENGTH = 80
_MOST_KEYS = 500


class RepeatLimit(logging.Filter):
    """Pass a warning or error once in `seconds`; the next one says how many were left out.

    Two records count as the same when the first lines of their templates and the origins of their exceptions match.
    """

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write the record."""
        if record.levelno < logging.WARNING:
            return True
        key = _key(record)
        now = self._clock()
        with self._lock:
            since, left_out = self._seen.get(key, (-self._seconds, 0))
            if now - since < self._seconds:
                self._seen[key] = (since, left_out + 1)
                return False
            if len(self._seen) >= _MOST_KEYS:
                self._seen.clear()
            self._seen[key] = (now, 0)
        if left_out:
            record.msg = f"{record.msg} (and {left_out} more like this since the last such line)"
        return True


def _key(record: logging.LogRecord) -> str:
    first_line = str(record.msg).partition("\n")[0][:_KEY_LENGTH]
    kind, _, trace = record.exc_info or (None, None, None)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{record.name} {first_line} {kind} {trace and (trace.tb_frame.f_code.co_filename, trace.tb_lineno)}"


def limit_repeated_logs() -> None:
    """Install the limit on loggers that strangers can trigger."""
    limit = RepeatLimit()
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, RepeatLimit) for one in logger.filters):
            logger.addFilter(limit)
