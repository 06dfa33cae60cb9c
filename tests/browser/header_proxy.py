"""A reverse proxy on loopback that has checked who someone is, and says so in a header of each request."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress

PIECE = 65_536


class HeaderProxy:
    """Passes requests on to a port on loopback, with `user` in the header. `port` is where the browser goes."""

    def __init__(self, to: int, header: str = "X-Forwarded-User") -> None:
        self.user = ""
        self._to = to
        self._header = header
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._take, daemon=True).start()

    def __enter__(self) -> HeaderProxy:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a connection
        self._listening.close()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                if not (piece := near.recv(PIECE)):
                    return
                asked += piece
            head, _, body = asked.partition(b"\r\n\r\n")
            head = re.sub(rb"(?im)^(x-forwarded-[^\r]*|connection: keep-alive)\r\n", b"", head)  # as a proxy has to
            if not re.search(rb"(?im)^upgrade:", head):
                head += b"\r\nConnection: close"  # one request for each connection, so that each gets the header
            if self.user:
                head += f"\r\n{self._header}: {self.user}".encode()
            with socket.create_connection(("127.0.0.1", self._to)) as far:
                far.sendall(head + b"\r\n\r\n" + body)
                back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
                back.start()
                _pass_on(near, far, shut=False)
                back.join()


def _pass_on(source: socket.socket, target: socket.socket, *, shut: bool = True) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    if shut:
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
