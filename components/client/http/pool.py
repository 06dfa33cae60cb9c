"""The connection pool: httpx requests in, httpx responses out, over httpcore.

It does three things that httpx's own client does not. It reads plain TCP in large pieces: with n=10 images, httpcore's
64 KiB reads were the slowest part of a call. It uses the environment's proxies for remote servers but never for
loopback, where a proxy could only fail. And it keeps nothing between requests: no cookies (they would go from one
person's key to another's), no redirects, no credentials from the URL.
"""

from __future__ import annotations

import contextlib
import ssl
import urllib.request
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

import httpcore
import httpx

from components.network.addresses import is_local

_READ_BYTES = 1024 * 1024
_IDLE_CONNECTIONS = 20
# Shorter than the 5 s after which uvicorn and Node close idle connections: a request sent at that very moment
# would be lost, and a lost request that may have been paid for is never repeated.
_IDLE_SECONDS = 3.0


class NetworkBackend(httpcore.AsyncNetworkBackend):
    """Opens connections. A subclass may restrict where they lead."""

    async def check_before_proxy(self, host: str, port: int) -> None:
        """Check an endpoint before a proxy is asked for it. Permit everything here."""


class Transport(httpx.AsyncBaseTransport):
    """One pool for all connections, made in the event loop that uses it.

    ``backend`` opens connections without a proxy, and is consulted before a proxy is used.
    """

    def __init__(self, backend: NetworkBackend | None = None) -> None:
        self._backend = backend or LargeReads()
        self._ssl_context = httpx.create_ssl_context()
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the response, to be read and closed by the caller.

        Raise httpx.TransportError, and what the backend raises for an endpoint that it does not permit.
        """
        assert isinstance(request.stream, httpx.AsyncByteStream)
        url = request.url
        if proxy_for(url.scheme, url.host):
            port = url.port or (443 if url.scheme == "https" else 80)
            await self._backend.check_before_proxy(url.host, port)
        with _as_httpx_errors():
            response = await self._pool(request.url).handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(response.stream, AsyncIterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=dict(response.extensions),
        )

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        proxy = proxy_for(url.scheme, url.host)
        if proxy not in self._pools:
            self._pools[proxy] = httpcore.AsyncConnectionPool(
                ssl_context=self._ssl_context,
                proxy=_proxy(proxy) if proxy else None,
                max_connections=None,
                max_keepalive_connections=_IDLE_CONNECTIONS,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=LargeReads() if proxy else self._backend,
            )
        return self._pools[proxy]


def proxy_for(scheme: str, host: str) -> str:
    """Return the environment's proxy for an endpoint as a URL; empty for none and for loopback."""
    if is_local(host):
        return ""
    proxies: Mapping[str, str] = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy(address: str) -> httpcore.Proxy:
    url = httpx.URL(address)
    auth = (url.username.encode(), url.password.encode()) if url.username or url.password else None
    return httpcore.Proxy(str(url.copy_with(username=None, password=None)), auth=auth)


class LargeReads(NetworkBackend):
    """Connects as httpcore does, and reads plain TCP in pieces as large as the event loop delivers."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        except (ValueError, OverflowError, ExceptionGroup) as exc:  # a name or port that no address can have
            raise httpcore.ConnectError(str(exc)) from exc
        return _LargeReadStream(stream)


class _LargeReadStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._inner.read(max(max_bytes, _READ_BYTES), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        # TLS records have 16 KiB, and larger reads only allocate more: keep httpcore's own sizes.
        return await self._inner.start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Body(httpx.AsyncByteStream):
    def __init__(self, inner: AsyncIterable[bytes]) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx_errors():
            async for piece in self._inner:
                yield piece

    async def aclose(self) -> None:
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            with _as_httpx_errors():
                await close()


@contextlib.contextmanager
def _as_httpx_errors() -> Iterator[None]:
    """Raise httpcore's errors as httpx's of the same name; the rest of the room knows only httpx."""
    try:
        yield
    except Exception as exc:
        if isinstance(exc, ImportError):  # SOCKS proxies need a package that is not installed
            raise httpx.ProxyError(str(exc)) from exc
        name = type(exc).__name__
        if type(exc).__module__ == "httpcore" and hasattr(httpx, name):
            raise getattr(httpx, name)(str(exc)) from exc
        raise
