"""Restrict where connections lead: resolve each name once, check its addresses, and connect to those.

A second lookup could return other addresses (DNS rebinding), so the connection goes to an address, never to the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from components.client.http.pool import LargeReads, NetworkBackend
from components.network.addresses import is_local, is_metadata, is_public, parse_address

Endpoint = tuple[str, int]  # an IP address or a host name in lower case, and a port

# Names that lead to cloud metadata wherever they can be resolved, for the case that a proxy resolves them.
_METADATA_NAMES = ("metadata.google.internal", "metadata")


class ForbiddenAddress(Exception):
    """The name resolves to an address that the connection may not lead to; `host` is the name."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class AddressFilter(NetworkBackend):
    """Connects to addresses that `permits` accepts, and to those of `own` with exactly their ports.

    `own_names` are the same endpoints by name, for proxies that resolve names themselves.
    """

    def __init__(
        self,
        permits: Callable[[str], bool],
        *,
        own: frozenset[Endpoint] = frozenset(),
        own_names: frozenset[Endpoint] = frozenset(),
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._permits = permits
        self._own = frozenset((_normal(address), port) for address, port in own)
        self._own_names = own_names
        self._inner = inner or LargeReads()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that accepts. Raise ForbiddenAddress, httpcore.ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                found = await _addresses(host, port)
        except (OSError, UnicodeError, OverflowError) as exc:  # TimeoutError is an OSError
            raise httpcore.ConnectError(str(exc)) from exc
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._checked(host, port, found):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure

    async def check_before_proxy(self, host: str, port: int) -> None:
        """Check what can be resolved here; the proxy resolves the rest. Raise ForbiddenAddress."""
        if (host.lower(), port) in self._own_names:
            return
        try:
            found = await _addresses(host, port)
        except (OSError, UnicodeError, OverflowError):
            if is_local(host) or host.lower().rstrip(".") in _METADATA_NAMES:
                raise ForbiddenAddress(host) from None
            return
        self._checked(host, port, found)

    def _checked(self, host: str, port: int, found: list[str]) -> list[str]:
        """Return the addresses to use: the own ones if any, else all, provided that all are permitted."""
        if own := [address for address in found if (_normal(address), port) in self._own]:
            return own
        if not all(self._permits(address) for address in found):
            raise ForbiddenAddress(host)
        return found


def public_only(
    own: Endpoint | None, own_name: Endpoint, inner: httpcore.AsyncNetworkBackend | None = None
) -> AddressFilter:
    """Return the filter for links in a response: the public internet, and the response's own endpoint."""
    return AddressFilter(is_public, own=frozenset([own] if own else []), own_names=frozenset([own_name]), inner=inner)


def for_connections(*, private: bool) -> AddressFilter:
    """Return the filter for requests to a connection. It never permits cloud metadata."""
    return AddressFilter((lambda address: not is_metadata(address)) if private else is_public)


def _normal(address: str) -> str:
    ip = parse_address(address)
    return address if ip is None else str(ip)


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))
