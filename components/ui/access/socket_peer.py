"""The other end of a connection, as reported by the socket.

For peers on 127.0.0.1, uvicorn rewrites `client` and `scheme` of a request by its forwarded headers. The socket's
values are kept in the request's state (see `header_deadline`).
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

STATE_KEY = "image_workbench.peer"


@dataclass(frozen=True)
class SocketPeer:
    """The other end's address, the address of this machine that it connected to, and "http" or "https"."""

    host: str | None
    local_address: str | None
    scheme: str


def peer_of(scope: Scope) -> SocketPeer:
    """Return the peer of a request; without a recorded one, what the request's scope says."""
    known = scope.get("state", {}).get(STATE_KEY)
    if isinstance(known, SocketPeer):
        return known
    client, server = scope.get("client"), scope.get("server")
    secure = scope.get("scheme") in ("https", "wss")
    return SocketPeer(client[0] if client else None, server[0] if server else None, "https" if secure else "http")
