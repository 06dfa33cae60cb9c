"""What a run of the client tells while it goes on, in this order:

    Sent, (Retrying, Sent)*, AnswerStarted, then for images (PartialImage | ImageArrived)*, for text
    TextDelta* TextDone, and at last Completed. AnswerFacts may come anywhere between. Anything that goes wrong is
    raised as an ApiError, after what did arrive.

Files named by events are the receiver's from then on: to move, keep or delete.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Sent:
    """The whole request has left; from now on it may cost money. Comes again with every new attempt."""


@dataclass(frozen=True)
class Retrying:
    """The attempt failed in a way that may be tried again; the client waits that many seconds first."""

    attempt: int  # 1 for the first attempt after the original one
    wait_seconds: float
    reason: str


@dataclass(frozen=True)
class AnswerStarted:
    """The server accepted the request and begins to answer."""

    request_id: str | None
    status: int


@dataclass(frozen=True)
class PartialImage:
    """A preview. ``index`` counts previews as the server does; with several pictures it does not say of
    which.
    """

    index: int
    path: Path


@dataclass(frozen=True)
class ImageArrived:
    """A whole picture, written and fsynced. ``index`` counts pictures from 0 in the order of the answer.

    ``data`` has its bytes where the disk did not take them; then nothing is at ``path``.
    """

    index: int
    path: Path
    sha256: str
    bytes: int
    revised_prompt: str | None = None
    data: builtins.bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class TextDelta:
    """The next piece of a text that is streaming in."""

    text: str


@dataclass(frozen=True)
class TextDone:
    """The whole text, also when it was streamed before."""

    text: str


@dataclass(frozen=True)
class AnswerFacts:
    """What the answer has said so far besides images and text; it counts also when the run fails afterwards.

    ``usage`` and ``answer`` are those of Completed, as far as they have come; a later one replaces an earlier one.
    """

    usage: dict[str, Any] | None
    answer: dict[str, Any]


@dataclass(frozen=True)
class Completed:
    """The answer is complete.

    ``answer`` is the server's JSON without image data. ``usage`` has OpenAI's newer names (``input_tokens``
    …) whatever the server called them. ``cut_off`` says why a text ended early: ``max_output_tokens``,
    ``content_filter``, or None.
    """

    request_id: str | None
    usage: dict[str, Any] | None
    answer: dict[str, Any]
    cut_off: str | None = None


Event = Sent | Retrying | AnswerStarted | PartialImage | ImageArrived | TextDelta | TextDone | AnswerFacts | Completed
