"""`POST /v1/images/generations`: a checked request, drawings from threads, one answer or a stream of events."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from components.engine import refusals, sse
from components.engine.brief import brief_of, chosen_quality, chosen_size
from components.engine.counting import drawing_tokens, image_usage
from components.engine.encode import Encoding, encode
from components.engine.pace import Pace
from components.engine.paint import render
from components.engine.partials import partial_image
from components.engine.studio import Studio
from components.engine.validate import Asked, check


@dataclass(frozen=True)
class Order:
    """A request that is ready to be worked on: `draw(index)` makes one picture, in a thread."""

    asked: Asked
    width: int
    height: int
    draw: Callable[[int], Image.Image]
    event: str = "image_generation"

    @property
    def quality(self) -> str:
        """The quality that is worked at."""
        return chosen_quality(self.asked)

    @property
    def encoding(self) -> Encoding:
        """How the pictures are written."""
        values = self.asked.values
        return Encoding(self.asked.output_format, int(values.get("output_compression", 100)))

    def facts(self) -> dict[str, Any]:
        """What an answer says of its pictures."""
        transparent = self.asked.values.get("background") == "transparent"
        return {
            "background": "transparent" if transparent else "opaque",
            "output_format": self.asked.output_format,
            "quality": self.quality,
            "size": f"{self.width}x{self.height}",
        }

    def usage(self, *, drawings: int, partials: int = 0, with_input: bool = True) -> dict[str, Any]:
        """Tokens of some of the pictures."""
        return image_usage(
            prompt=self.asked.prompt if with_input else "",
            inputs=[(image.width, image.height) for image in self.asked.images] if with_input else [],
            drawings=drawings,
            each=drawing_tokens(self.asked.model.id, self.width, self.height, self.quality),
            partials=partials,
        )

    def pace(self, studio: Studio) -> Pace:
        """How long it is to take."""
        return Pace(studio.pace, self.quality, self.asked.n, careful="careful" in self.asked.model.note)


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object, or 400."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise refusals.not_json() from None
    if not isinstance(body, dict):
        raise refusals.not_json()
    return body


async def generate(request: Request) -> Response:
    """Draw what is asked for."""
    asked = check("generate", await read_json(request))
    width, height = chosen_size(asked)
    played: Response | None = await request.app.state.mischief.play(asked.prompt)
    if played is not None:
        return played
    order = Order(asked, width, height, lambda index: render(brief_of(asked, index, (width, height))))
    return await answer(request, order)


async def answer(request: Request, order: Order) -> Response:
    """The pictures of an order, streamed or all at once."""
    studio: Studio = request.app.state.studio
    if order.asked.stream:
        return StreamingResponse(_stream(studio, order), headers=sse.HEADERS, media_type=sse.MEDIA_TYPE)
    pace = order.pace(studio)
    futures = [studio.begin(partial(_file, order, index)) for index in range(order.asked.n)]
    data = [{"b64_json": (await future)} for future in futures]
    await pace.reach(1)
    body: dict[str, Any] = {"created": int(time.time()), "data": data}
    if not order.asked.is_dall_e:
        body |= {**order.facts(), "usage": order.usage(drawings=len(data))}
    return JSONResponse(body)


def _file(order: Order, index: int) -> str:
    return _text(encode(order.draw(index), order.encoding))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


async def _stream(studio: Studio, order: Order) -> AsyncIterator[bytes]:
    pace = order.pace(studio)
    n, wanted = order.asked.n, int(order.asked.values.get("partial_images", 0))
    for index in range(n):
        image = await studio.begin(partial(order.draw, index))
        for number in range(wanted):
            text = await studio.begin(partial(_partial, order, image, number, wanted))
            await pace.reach((index + (number + 1) / (wanted + 1)) / n)
            yield sse.event(_event(order, "partial_image", text, partial_image_index=number))
        text = await studio.begin(lambda done=image: _text(encode(done, order.encoding)))  # type: ignore[misc]
        await pace.reach((index + 1) / n)
        usage = order.usage(drawings=1, partials=wanted, with_input=index == 0)
        yield sse.event(_event(order, "completed", text, usage=usage))


def _partial(order: Order, image: Image.Image, number: int, wanted: int) -> str:
    return _text(encode(partial_image(image, (number + 1) / (wanted + 1)), order.encoding))


def _event(order: Order, what: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "type": f"{order.event}.{what}",
        "b64_json": text,
        "created_at": int(time.time()),
        **order.facts(),
        **more,
    }
