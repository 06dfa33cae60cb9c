"""End the process on SIGINT or SIGTERM, whatever it is doing.

A signal handler interrupts code that may hold any lock, so it takes none: it writes one byte to a pipe. A thread that
reads the pipe does the rest, and ends the process if something delays the end, such as a slow download.

With `drain` the server does not learn of the first signal until what is under way has ended: it goes on answering, and
pages can say what happens. A second signal ends the process at once.
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
# How long the work has to be stopped after a second signal, in seconds.
HURRY_SECONDS = 3.0

Handler = Callable[[int, FrameType | None], object]
Drain = Callable[[threading.Event], None]


class _Passing:
    """Whether handlers pass a signal on to the server. Handlers read and write it without a lock."""

    def __init__(self, now: bool) -> None:
        self.now = now
        self.is_own = False  # the next signal is this module's own


def watch_signals(
    stop: Callable[[], None], last: Callable[[], None], *, drain: Drain | None = None, grace: float = GRACE_SECONDS
) -> None:
    """Call `stop` in a thread of its own when SIGINT or SIGTERM comes, beside the handlers that are there already.

    `drain` comes before `stop`, and has to return early once its event is set: a second signal came. If the process is
    still alive `grace` seconds after `stop` returned, call `last` and end it with status 0. Does nothing outside the
    main thread, where Python takes no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)  # a full pipe says enough
    passing = _Passing(drain is None)
    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)
        if callable(previous):
            signal.signal(number, _writing_before(previous, writer, passing))
    hurry, stopped = threading.Event(), threading.Event()

    def wait() -> None:
        number = os.read(reader, 1)[0]
        threading.Thread(target=wait_again, name="stopping at once", daemon=True).start()
        if drain is not None:
            _guarded(lambda: drain(hurry))
        _guarded(stop)
        stopped.set()
        if not passing.now and not hurry.is_set():  # a hurried process ends without the server
            passing.now = passing.is_own = True
            os.kill(os.getpid(), number)
        time.sleep(grace)
        log.warning("Connections were still open %s s after the stop signal; the process ends without them.", grace)
        _guarded(last)
        os._exit(0)

    def wait_again() -> None:
        os.read(reader, 1)
        hurry.set()
        stopped.wait(HURRY_SECONDS)
        log.warning("A second stop signal: the process ends at once.")
        os._exit(0)

    threading.Thread(target=wait, name="stopping", daemon=True).start()


def _writing_before(previous: Handler, writer: int, passing: _Passing) -> Handler:
    def handle(number: int, frame: FrameType | None) -> None:
        if passing.is_own:
            passing.is_own = False
        else:
            with contextlib.suppress(OSError):
                os.write(writer, bytes([number]))
        if passing.now:
            previous(number, frame)

    return handle


def _guarded(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        log.exception("Could not stop the app cleanly")
