"""Keep images behind links on the engine's own port for 60 minutes, as the API reference says."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from components.engine.api.errors import ApiError

LIFETIME = 60 * 60  # seconds
MOST = 256  # pictures kept; the oldest goes first


@dataclass(frozen=True)
class _Kept:
    data: bytes
    content_type: str
    until: float


class Links:
    """Keep images in memory for as long as their links live."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, data: bytes, extension: str) -> str:
        """Keep an image and return its path under "/"."""
        name = f"img-{secrets.token_urlsafe(18)}.{extension}"
        self._kept[name] = _Kept(data, f"image/{extension}", self._clock() + LIFETIME)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return f"links/{name}"

    def find(self, name: str) -> Response:
        """Return the image. Raises ApiError (404) once its link is dead."""
        kept = self._kept.get(name)
        if kept is None or kept.until <= self._clock():
            self._kept.pop(name, None)
            raise ApiError(404, "This link is dead. Links to pictures live for 60 minutes.", code="link_expired")
        return Response(kept.data, media_type=kept.content_type)


async def show(request: Request) -> Response:
    """Serve `GET /links/{name}`."""
    links: Links = request.app.state.links
    return links.find(request.path_params["name"])
