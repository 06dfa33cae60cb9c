"""Pictures that an answer only links to: fetched at once, since such links die after an hour, and never
blindly.

A link comes from a server and is followed from inside the team's network, so it could point at what only we
can reach. Every address that its name resolves to must therefore be a public one, and the connection goes to
the very addresses that were checked, so that a second look-up cannot answer differently. Only the
connection's own host may be private: it is where the request itself went. Nothing that identifies us is sent
along, and redirects are refused.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore
import httpx

from components.client.errors import AnswerTooLarge, ForbiddenLink, LinkFailed
from components.client.files import ImageFile
from components.client.transport import LargeReads, Transport, is_local, proxy_for
from components.client.wire import USER_AGENT

_SCHEMES = ("http", "https")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class LinkFetcher:
    """Fetches the links of one answer. ``own_host`` is the connection's host; ``limit`` the largest picture
    in bytes.
    """

    def __init__(self, own_host: str, *, connect_timeout: float, read_timeout: float, limit: int) -> None:
        self._own_host = own_host.lower()
        self._limit = limit
        self._timeouts = {
            "connect": connect_timeout,
            "read": read_timeout,
            "write": read_timeout,
            "pool": None,
        }
        self._transport = Transport(PublicOnly(self._own_host))

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def fetch(self, link: str, file: ImageFile) -> None:
        """Writes what the link gives into the file. Raises LinkFailed, ForbiddenLink, AnswerTooLarge,
        OSError.
        """
        if link[:5].lower() == "data:":
            file.write(_data_of(link))
            return
        host = _checked_host(link)
        by_hand = f"Open the link yourself within an hour: {link}"
        try:
            response = await self._get(link, host)
            try:
                if response.status_code != 200:
                    what = f"{host} answered with HTTP {response.status_code} instead of the picture."
                    raise LinkFailed(what, next_step=by_hand, status=response.status_code)
                async for piece in response.aiter_raw():
                    file.write(piece)
                    if file.bytes > self._limit:
                        raise AnswerTooLarge(f"The picture at {host} is larger than {self._limit} bytes.")
            finally:
                await response.aclose()
        except NotPublic:
            raise ForbiddenLink(f"The link points at {host}, which is inside a private network.") from None
        except (httpx.InvalidURL, UnicodeError):
            raise LinkFailed("The answer holds a link that is no address.") from None
        except httpx.TransportError:
            raise LinkFailed(f"The picture at {host} could not be fetched.", next_step=by_hand) from None
        if not file.bytes:
            raise LinkFailed(f"{host} answered with nothing.", next_step=by_hand)

    async def _get(self, link: str, host: str) -> httpx.Response:
        if proxy_for(urlsplit(link).scheme, host) and not await self._may_go_by_proxy(host):
            raise NotPublic
        request = httpx.Request(
            "GET",
            link,
            headers={"Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            extensions={"timeout": self._timeouts},
        )
        return await self._transport.handle_async_request(request)

    async def _may_go_by_proxy(self, host: str) -> bool:
        """Whether a proxy may be asked. Behind one, names often cannot be resolved here; then it is the proxy
        that decides.
        """
        if same_host(host, self._own_host):
            return True
        try:
            addresses = await _addresses(host, 0)
        except OSError:
            return not is_local(host)
        return all(is_public(address) for address in addresses)


class NotPublic(Exception):
    """The name resolves to an address inside a private network."""


def _data_of(link: str) -> bytes:
    """The bytes of a data URL in percent encoding; those in base64 were taken out on arrival."""
    _, comma, data = link.partition(",")
    if not comma or not data:
        raise LinkFailed("The answer holds a data URL without data.")
    return unquote_to_bytes(data)


def _checked_host(link: str) -> str:
    try:
        parts = urlsplit(link)
        host = parts.hostname if parts.port != 0 else None  # reading the port checks it
    except ValueError:
        raise LinkFailed("The answer holds a link that is no address.") from None
    if parts.scheme.lower() not in _SCHEMES:
        raise ForbiddenLink("The answer holds a link that is neither http nor https.")
    if not host:
        raise LinkFailed("The answer holds a link without a server name.")
    return host.lower()


def same_host(host: str, own_host: str) -> bool:
    """Whether two names mean one machine as far as names can tell; "localhost" and 127.0.0.1 do."""
    return host.lower() == own_host or (is_local(host) and is_local(own_host))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it hides inside an IPv6 one."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _in_nat64(ip) or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _in_nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


async def _addresses(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses and to the own host; to the addresses that were checked, not to the name
    again.
    """

    def __init__(self, own_host: str, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._own_host = own_host
        self._inner = inner or LargeReads()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        hosts = [host]
        if not same_host(host, self._own_host):
            hosts = await _checked_addresses(host, port, timeout)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in hosts:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure


async def _checked_addresses(host: str, port: int, seconds: float | None) -> list[str]:
    try:
        async with asyncio.timeout(seconds):
            addresses = await _addresses(host, port)
    except (OSError, UnicodeError) as exc:  # TimeoutError is an OSError
        raise httpcore.ConnectError(str(exc)) from exc
    if not all(is_public(address) for address in addresses):
        raise NotPublic
    return addresses
