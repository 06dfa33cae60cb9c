"""The network between a browser and the app, which a test can cut and mend, as when a laptop sleeps."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65_536


class NetworkProxy:
    """Passes connections on to a port on loopback while it is whole. `port` is where the browser goes."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._refused: bytes | None = None  # what begins so does not get through; None lets all through
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._take, daemon=True).start()

    def cut(self) -> None:
        """Break every connection; new ones are refused until `mend`."""
        with self._lock:
            self._refused = b""
            ends, self._ends = self._ends, set()
        for end in ends:
            _close(end)

    def mend(self, *, but: str | None = None) -> None:
        """Let new connections through again, all of them or all `but` those that begin with this path."""
        with self._lock:
            self._refused = None if but is None else f"GET {but}".encode()

    def close(self) -> None:
        """Break everything for good."""
        self.cut()
        _close(self._listening)  # shut down first, which wakes the thread that waits for a connection

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            asked = near.recv(PIECE)
            with self._lock:
                if self._refused is not None and asked.startswith(self._refused):
                    _close(near)
                    return
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends |= {near, far}
            with far:
                far.sendall(asked)
                back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
                back.start()
                _pass_on(near, far)
                back.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(PIECE):
            other.sendall(piece)
    _close(one)
    _close(other)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def network_proxy(to: int) -> Iterator[NetworkProxy]:
    """Yield a proxy to this port that passes everything on; close it at the end."""
    found = NetworkProxy(to)
    try:
        yield found
    finally:
        found.close()
