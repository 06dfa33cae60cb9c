"""Events of a run, in this order:

Sent, (Retrying, RetryDue, Sent)*, ResponseStarted, then (PartialImage | ImageArrived)* for images or TextDelta*
TextDone for text, and Completed. ResponseMetadata may come anywhere between. Failures are raised as ApiError, after
what did arrive.

The files that events name belong to the receiver, who moves, keeps or deletes them.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SENT_TO = "sent_to"


@dataclass(frozen=True)
class Sent:
    """The request has left and may cost money from now on. Repeated for each attempt."""


@dataclass(frozen=True)
class Retrying:
    """The attempt failed and will be repeated after ``wait_seconds``."""

    wait_seconds: float
    reason: str


@dataclass(frozen=True)
class RetryDue:
    """The wait is over. The attempt is made once the receiver asks for the next event; it may stop instead."""


@dataclass(frozen=True)
class ResponseStarted:
    """The server accepted the request and starts to respond, with a stream of events if ``streams``."""

    request_id: str | None
    status: int
    streams: bool = False


@dataclass(frozen=True)
class PartialImage:
    """A preview. ``index`` is the server's count of previews; with several images it does not say of which."""

    index: int
    path: Path


@dataclass(frozen=True)
class ImageArrived:
    """A complete image, written and fsynced. ``index`` counts images from 0 in the order of the response.

    ``data`` has its bytes when the disk did not take them; then there is no file at ``path``.
    """

    index: int
    path: Path
    sha256: str
    bytes: int
    revised_prompt: str | None = None
    data: builtins.bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class TextDelta:
    """The next piece of a streamed text."""

    text: str


@dataclass(frozen=True)
class TextDone:
    """The complete text, also when it was streamed before."""

    text: str


@dataclass(frozen=True)
class ResponseMetadata:
    """What the response has said so far besides images and text; it counts even if the run fails.

    ``usage`` and ``answer`` are those of Completed, as far as they have arrived; a later event replaces an earlier one.
    """

    usage: dict[str, Any] | None
    answer: dict[str, Any]


@dataclass(frozen=True)
class Completed:
    """The response is complete.

    ``answer`` is the server's JSON without image data. ``usage`` has OpenAI's newer names (``input_tokens`` …) whatever
    the server calls them. Under SENT_TO the answer names the endpoint that took the place of /responses. ``cut_off`` is
    why a text ended early: ``max_output_tokens``, ``content_filter``, or None.
    """

    request_id: str | None
    usage: dict[str, Any] | None
    answer: dict[str, Any]
    cut_off: str | None = None


Event = (
    Sent
    | Retrying
    | RetryDue
    | ResponseStarted
    | PartialImage
    | ImageArrived
    | TextDelta
    | TextDone
    | ResponseMetadata
    | Completed
)
