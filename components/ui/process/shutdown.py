"""End the process on SIGINT or SIGTERM, whatever it is doing.

A signal handler interrupts code that may hold any lock, so it takes none: it writes one byte to a pipe. A thread that
reads the pipe does the rest, and ends the process if something delays the end, such as a slow download.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

log = logging.getLogger(__name__)

# How long the server has to end by itself once the work is stopped, in seconds.
GRACE_SECONDS = 10.0

Handler = Callable[[int, FrameType | None], object]


def watch_signals(stop: Callable[[], None], last: Callable[[], None], grace: float = GRACE_SECONDS) -> None:
    """Call `stop` in a thread of its own when SIGINT or SIGTERM comes, beside the handlers that are there already.

    If the process is still alive `grace` seconds after `stop` returned, call `last` and end it with status 0. Does
    nothing outside the main thread, where Python takes no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)  # a full pipe says enough
    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)
        if callable(previous):
            signal.signal(number, _writing_before(previous, writer))

    def wait() -> None:
        os.read(reader, 1)
        _guarded(stop)
        time.sleep(grace)
        log.warning("Connections were still open %s s after the stop signal; the process ends without them.", grace)
        _guarded(last)
        os._exit(0)

    threading.Thread(target=wait, name="stopping", daemon=True).start()


def _writing_before(previous: Handler, writer: int) -> Handler:
    def handle(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            os.write(writer, b"\0")
        previous(number, frame)

    return handle


def _guarded(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        log.exception("the app could not be stopped cleanly")
