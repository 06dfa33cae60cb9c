"""What each connection's server lists as its models, requested in the background and cached for some minutes.

No page waits for a slow server. The test of a connection reads the same answers.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Any

from components.client import ApiError, Connection, RemoteModel
from components.ui.process.workbench import workbench

KEPT_SECONDS = 600.0
FAILED_SECONDS = 60.0
ANSWER_SECONDS = 20.0
# Wait this long for a first answer only; a slower server's list appears with a later rerun.
PATIENCE_SECONDS = 0.4
MOST = 500


@dataclass(frozen=True)
class Listing:
    """A server's answer: its models, or the error as `ApiError.as_dict` has it, empty without one."""

    models: tuple[RemoteModel, ...] = ()
    error: Mapping[str, Any] | None = None


_lock = threading.Lock()
_asked: dict[str, tuple[float, Future[Listing]]] = {}
_threads = ThreadPoolExecutor(2, thread_name_prefix="models")


def _mark(connection: Connection) -> str:
    """Return a cache key for a connection that contains none of its secrets."""
    server = connection.server
    secrets = (connection.api_key, connection.headers, connection.query)
    return hashlib.sha256(repr((connection.id, server.url("/models"), server.shape, secrets)).encode()).hexdigest()


def _ask(connection: Connection) -> Listing:
    bench = workbench()
    try:
        return Listing(tuple(bench.ask(bench.client.models(connection), ANSWER_SECONDS)))
    except ApiError as error:
        return Listing(error=error.as_dict())
    except TimeoutError:
        what = f"No answer in {ANSWER_SECONDS:.0f} seconds."
        return Listing(error={"title": "No response in time", "what": what, "next": "Nothing was spent."})
    except (RuntimeError, CancelledError):  # the app is stopping
        return Listing(error={"title": "Not tested", "what": "The app is stopping.", "next": "Nothing was spent."})


def ask_again(connection: Connection) -> None:
    """Request a server's list again, in the background."""
    if not connection.problem:
        with _lock:
            _ask_now(connection, _mark(connection))


def _ask_now(connection: Connection, mark: str) -> Future[Listing]:
    while len(_asked) >= MOST:
        del _asked[next(iter(_asked))]
    _asked.pop(mark, None)
    future = _threads.submit(_ask, connection)
    _asked[mark] = (time.monotonic(), future)
    return future


def listing(connection: Connection, patience: float | None = None) -> Listing | None:
    """Return what the connection's server lists; None before it has answered.

    Wait `patience` seconds at most; without it, only where the server was not asked before.
    """
    if connection.problem:
        return None
    mark = _mark(connection)
    with _lock:
        since, future = _asked.get(mark, (0.0, None))
        has_failed = future is not None and future.done() and future.result().error is not None
        if future is None or time.monotonic() - since > (FAILED_SECONDS if has_failed else KEPT_SECONDS):
            future = _ask_now(connection, mark)
            patience = PATIENCE_SECONDS if patience is None else patience
    try:
        return future.result(patience or 0.0)
    except NotYet:
        return None
