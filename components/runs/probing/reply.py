"""What came back from one request of a probe, and what it says of the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from components.client import ApiError
from components.client.events import Completed, Event, ImageArrived, PartialImage, ResponseMetadata, ResponseStarted
from components.images.decoding.probe import inspect
from components.images.masks.compare import DifferentAspect, changed_outside
from components.parameters import Request, cost
from components.parameters.capabilities import NO, OUTSIDE_SHARE, YES
from components.runs.probing.plan import Values


@dataclass
class Reply:
    """One response as far as it arrived: files of images, previews, and whether it was a stream or had links."""

    images: list[Path] = field(default_factory=list)
    previews: int = 0
    streams: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    error: ApiError | None = None

    def add(self, event: Event) -> None:
        """Take what an event brings."""
        match event:
            case ResponseStarted(streams=streams):
                self.streams = streams
            case PartialImage():
                self.previews += 1
            case ImageArrived(path=path):
                self.images.append(path)
            case ResponseMetadata(usage=usage, answer=answer) | Completed(usage=usage, answer=answer):
                self.usage, self.facts = usage, answer

    @property
    def has_links(self) -> bool:
        """Return whether an image came as a link."""
        data = self.facts.get("data")
        return isinstance(data, list) and any(isinstance(one, dict) and one.get("url") for one in data)

    def cost(self, model: str) -> Decimal | None:
        """Return what the response cost in dollars, None if unknown."""
        return cost(model, self.usage, self.facts.get("svg_usage"))


@dataclass(frozen=True)
class ReplyVerdict:
    """What a reply shows: values of capabilities, and how. Unless it is `final`, another try may do better."""

    values: Values
    note: str = ""
    final: bool = True


def judge(capability: str, reply: Reply, request: Request, found: Values, *, max_pixels: int) -> ReplyVerdict:
    """Return what an accepted request shows; `found` is what acceptance alone says. Images must open."""
    try:
        formats = [inspect(path, max_pixels=max_pixels).format for path in reply.images]
        judged = _JUDGES.get(capability)
        return judged(reply, request, found) if judged else _format(formats, request, found)
    except (OSError, ValueError) as problem:
        return ReplyVerdict({}, f"What it sent cannot be opened: {problem}")


def _format(formats: Sequence[str], request: Request, found: Values) -> ReplyVerdict:
    wanted = str(request.values.get("output_format", ""))
    if f"output_{wanted}" not in found or formats[:1] == [wanted]:
        return ReplyVerdict(found)
    return ReplyVerdict({f"output_{wanted}": NO}, f"It sent {formats[0]} instead.")


def _generate(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    if reply.has_links:
        return ReplyVerdict({**found, "links": "only"}, "Images come as links.", final=False)
    return ReplyVerdict(found)


def _several(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    count = len(reply.images)
    return ReplyVerdict(found) if count > 1 else ReplyVerdict({"several_images": NO}, f"{count} image came, not 2.")


def _stream(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    return ReplyVerdict(found) if reply.streams else ReplyVerdict({"stream": NO}, "It answered all at once.")


def _previews(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    return ReplyVerdict(found) if reply.previews else ReplyVerdict({"partial_images": NO}, "No partial image came.")


def _links(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    return (
        ReplyVerdict({"links": YES})
        if reply.has_links
        else ReplyVerdict({"links": NO}, "It sent data instead of a link.")
    )


def _mask(reply: Reply, request: Request, found: Values) -> ReplyVerdict:
    assert request.mask is not None
    try:
        share = changed_outside(request.images[0].path, reply.images[0], request.mask.path).share
    except DifferentAspect as framing:
        return ReplyVerdict({"mask": "ignored"}, str(framing))
    note = f"{share:.0%} changed outside the mask."
    return ReplyVerdict({"mask": "honored" if share <= OUTSIDE_SHARE else "ignored"}, note)


_JUDGES: Mapping[str, Callable[[Reply, Request, Values], ReplyVerdict]] = {
    "generate": _generate,
    "several_images": _several,
    "stream": _stream,
    "partial_images": _previews,
    "links": _links,
    "mask": _mask,
}
