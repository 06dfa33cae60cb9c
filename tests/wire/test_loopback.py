"""The server that tests ask sends each step before it goes on to the next."""

from __future__ import annotations

import socket

from tests.wire.loopback import Loopback, Reset

STEPS = [b"HTTP/1.1 200 OK\r\n\r\n", b"a part, ", b"and another"]


def test_what_was_sent_before_a_reset_arrives() -> None:
    """Check a client that confirms nothing until it reads: it gets what preceded the fault."""
    with Loopback() as server:
        server.answer([*STEPS, Reset()])
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            if hasattr(socket, "TCP_QUICKACK"):  # Linux confirms late only in a conversation that it takes for one
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            client.sendall(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
            assert _received(client) == b"".join(STEPS)


def _received(client: socket.socket) -> bytes:
    """Everything until the connection is reset."""
    received = b""
    try:
        while piece := client.recv(1000):
            received += piece
    except ConnectionResetError:
        return received
    raise AssertionError("the connection was closed, not reset")
