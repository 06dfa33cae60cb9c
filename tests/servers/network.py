"""Keeps the tests on this machine: a connection or a look-up that leads elsewhere fails its test."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

LOCAL_NAMES = ("", "localhost")
NEVER_A_NAME = ".invalid"  # reserved by RFC 2606: tests use it for a server that does not exist


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_local(host: str | bytes | None) -> bool:
    """Whether a host, as a name or an address, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host or ""
    address = _address(name)
    if address is None:
        return name.lower() in LOCAL_NAMES
    return address.is_loopback or address.is_unspecified


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class LoopbackOnly:
    """Refuses connections to other machines as a closed network would, and remembers each in `attempts`."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self._sockets: Any = socket.socket
        self._originals = socket.socket.connect, socket.socket.connect_ex
        self._getaddrinfo = socket.getaddrinfo

    def install(self) -> None:
        """Take the place of what opens connections and looks up names, in this process."""

        def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
            def call(sock: socket.socket, address: Any) -> Any:
                self._check(sock, address)
                return original(sock, address)

            return call

        self._sockets.connect, self._sockets.connect_ex = map(guarded, self._originals)
        socket.getaddrinfo = self._look_up

    def remove(self) -> None:
        """Put everything back."""
        self._sockets.connect, self._sockets.connect_ex = self._originals
        socket.getaddrinfo = self._getaddrinfo

    def _check(self, sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            self.attempts.append(f"connection to {address[0]}:{address[1]}")
            raise ConnectionRefusedError(f"tests reach this machine only, not {address[0]}")

    def _look_up(self, host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if is_local(name) or _address(name) is not None:
            return self._getaddrinfo(host, *arguments, **options)
        if not name.endswith(NEVER_A_NAME):
            self.attempts.append(f"look-up of {name}")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
