"""Pictures that an answer only links to: fetched at once, since such links die after an hour, and never
blindly.

A link comes from a server and is followed from inside the team's network, so it could point at what only we
can reach. Every address that its name resolves to must therefore be a public one, or the very address and port
that the answer came from; see ``address_filter``. Nothing that identifies us is sent along, and redirects are
refused.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import httpx

from components.client.errors import AnswerTooLarge, ForbiddenLink, LinkFailed
from components.client.http.address_filter import Endpoint, ForbiddenAddress, public_only
from components.client.http.pool import Transport
from components.client.reading.image_file import ImageFile
from components.client.wire import USER_AGENT

_SCHEMES = ("http", "https")


class LinkFetcher:
    """Fetches the links of one answer.

    ``own`` is the IP address and port that the answer came from, None where a proxy was between; ``own_name`` the
    connection's host and port. ``limit`` is the largest picture in bytes.
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
        """Writes what the link gives into the file. Raises LinkFailed, ForbiddenLink, AnswerTooLarge,
        OSError.
        """
        if link[:5].lower() == "data:":
            file.write(_data_of(link))
            return
        host = _checked_host(link)
        by_hand = f"Open the link yourself within an hour: {link}"
        try:
            response = await self._get(link)
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
        except ForbiddenAddress:
            raise ForbiddenLink(f"The link points at {host}, which is inside a private network.") from None
        except (httpx.InvalidURL, UnicodeError):
            raise LinkFailed("The answer holds a link that is no address.") from None
        except httpx.TransportError:
            raise LinkFailed(f"The picture at {host} could not be fetched.", next_step=by_hand) from None
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
