"""Fetch images that a response links to: at once, since such links expire after an hour, and never blindly.

A link comes from a server and is followed from inside the team's network, so it could point at private hosts. Every
address that its name resolves to must be public, or the address and port of the response itself; see
``address_filter``. No credentials are sent, and redirects are refused.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import httpx

from components.client.errors import ForbiddenLink, LinkFailed, ResponseTooLarge
from components.client.http.address_filter import Endpoint, ForbiddenAddress, public_only
from components.client.http.pool import Transport
from components.client.reading.image_file import ImageFile
from components.client.wire import USER_AGENT

_SCHEMES = ("http", "https")


class LinkFetcher:
    """Fetches the links of one response.

    ``own`` is the IP address and port of the response, None behind a proxy; ``own_name`` is the connection's host and
    port. ``limit`` is the maximum size of an image in bytes.
    """

    def __init__(
        self, own: Endpoint | None, own_name: Endpoint, *, connect_timeout: float, read_timeout: float, limit: int
    ) -> None:
        self._limit = limit
        self._timeouts = {
            "connect": connect_timeout,
            "read": read_timeout,
            "write": read_timeout,
            "pool": None,
        }
        self._transport = Transport(public_only(own, own_name))

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def fetch(self, link: str, file: ImageFile) -> None:
        """Write the link's content into the file. Raise LinkFailed, ForbiddenLink, ResponseTooLarge, OSError."""
        if link[:5].lower() == "data:":
            file.write(_data_of(link))
            return
        host = _checked_host(link)
        by_hand = f"Open the link yourself within an hour: {link}"
        try:
            response = await self._get(link)
            try:
                if response.status_code != 200:
                    what = f"{host} answered with HTTP {response.status_code} instead of the image."
                    raise LinkFailed(what, next_step=by_hand, status=response.status_code)
                async for piece in response.aiter_raw():
                    file.write(piece)
                    if file.bytes > self._limit:
                        raise ResponseTooLarge(f"The image at {host} is larger than {self._limit} bytes.")
            finally:
                await response.aclose()
        except ForbiddenAddress:
            raise ForbiddenLink(f"The link points at {host}, which is inside a private network.") from None
        except (httpx.InvalidURL, UnicodeError):
            raise LinkFailed("The response holds a link that is not a URL.") from None
        except httpx.TransportError:
            raise LinkFailed(f"The image at {host} could not be fetched.", next_step=by_hand) from None
        if not file.bytes:
            raise LinkFailed(f"{host} answered with nothing.", next_step=by_hand)

    async def _get(self, link: str) -> httpx.Response:
        request = httpx.Request(
            "GET",
            link,
            headers={"Accept": "image/*,*/*;q=0.5", "Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            extensions={"timeout": self._timeouts},
        )
        return await self._transport.handle_async_request(request)


def _data_of(link: str) -> bytes:
    """Return the bytes of a percent-encoded data URL; base64 ones were extracted on arrival."""
    _, comma, data = link.partition(",")
    if not comma or not data:
        raise LinkFailed("The response holds a data URL without data.")
    return unquote_to_bytes(data)


def _checked_host(link: str) -> str:
    try:
        parts = urlsplit(link)
        host = parts.hostname if parts.port != 0 else None  # reading the port checks it
    except ValueError:
        raise LinkFailed("The response holds a link that is not a URL.") from None
    if parts.scheme.lower() not in _SCHEMES:
        raise ForbiddenLink("The response holds a link that is neither http nor https.")
    if not host:
        raise LinkFailed("The response holds a link without a server name.")
    return host.lower()
