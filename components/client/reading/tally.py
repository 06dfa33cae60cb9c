"""Count the images of a response: which arrived, what is wrong with the others, and the cost."""

from __future__ import annotations

from typing import Any

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.reading.body import ResponseReader
from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import ScannedObject
from components.client.reading.sse import EventStream
from components.client.reading.usage import sum_usage

_MAX_PROBLEMS_SHOWN = 3
_PARTLY = "What the server counted is billed; missing images may be billed as well."


class ImageTally:
    """Counts the images of one response. Each has a place, from 0 in its order, broken ones included."""

    def __init__(self, answer: ResponseReader, wanted: int) -> None:
        self.wanted = wanted
        self.members: list[dict[str, Any]] = []  # what the response says of each image, links included
        self.seen: list[dict[str, Any]] = []  # the same for images with data, good or broken
        self.arrived = 0
        self._answer = answer
        self._hashes: set[str] = set()
        self.place_count = 0  # of good and broken images together
        self._usages: list[Any] = []
        self._problems: list[tuple[int, ApiError]] = []

    @property
    def is_complete(self) -> bool:
        """Return whether the requested number of images arrived."""
        return len(self.members) >= self.wanted

    @property
    def all_differ(self) -> bool:
        """Return whether that many different images arrived: a server may send one twice before the next."""
        return len(self._hashes) >= self.wanted

    def has(self, sha256: str) -> bool:
        """Return whether an image with this content was counted."""
        return sha256 in self._hashes

    @property
    def usage(self) -> dict[str, Any]:
        """Return the usage of all images together; empty when the server sent none."""
        return sum_usage(self._usages)

    def place(self) -> int:
        """Return the next image's place."""
        self.place_count += 1
        return self.place_count - 1

    def add_missing(self) -> None:
        """Count an entry that holds neither image data nor a link."""
        self.add_failed(self.place(), self._answer.error(errors.EmptyImage, "It has no data."))

    def count_usage(self, members: dict[str, Any]) -> None:
        """Add the usage in a stream's event; a broken image is billed like a good one."""
        if isinstance(members.get("usage"), dict):
            self._usages.append(members["usage"])

    def add(self, members: dict[str, Any], file: ImageFile | None) -> None:
        """Count a complete image; ``file`` is None for a link."""
        self.members.append(members)
        if file is not None:
            self._hashes.add(file.sha256)

    def add_broken(self, place: int, entry: ScannedObject) -> None:
        """Count an image that cannot be used."""
        problem = entry.problem
        if problem is None:
            self.add_failed(place, self._answer.error(errors.EmptyImage, "It has no data."))
        elif isinstance(problem, OSError):
            self.add_failed(
                place, self._answer.error(errors.NotSaved, f"{problem.strerror or type(problem).__name__}.")
            )
        else:
            self.add_failed(
                place, self._answer.error(errors.InvalidBase64, f"Its data is not valid base64: {problem}.")
            )

    def add_failed(self, place: int, error: ApiError) -> None:
        """Record why an image failed."""
        self._problems.append((place, error))

    def missing(self, stream: EventStream | None) -> ApiError | None:
        """Return the error when fewer images arrived than requested, naming them and why; else None."""
        if self.arrived >= self.wanted:
            return None
        if self._problems:
            texts = [f"{self._name(place)}: {error.what}" for place, error in self._problems[:_MAX_PROBLEMS_SHOWN]]
            error = self._problems[0][1]
            error.what = " ".join(texts)
            return error
        if stream is not None and stream.problem is not None:
            count = "1 event" if stream.malformed == 1 else f"{stream.malformed} events"
            error = self._answer.unreadable(stream.problem)
            error.what = f"{count} of the stream could not be read. {error.what}"
            return error
        if stream is not None and not (stream.done and self.arrived):
            when = "too early" if self.arrived else "before the first image"
            return self._answer.error(errors.TruncatedResponse, f"The stream ended {when}.")
        return None

    def with_kept(self, error: ApiError, usage: Any, *, is_plain: bool) -> ApiError:
        """Return the error with a sentence on the kept images, and with what the usage says of the bill.

        `is_plain`: a plain response, whose usage counts all images.
        """
        if self.arrived:
            error.what = f"{error.what} {self._kept}"
        if usage and error.money is not Money.NOTHING_SPENT:
            if is_plain or self.place_count >= self.wanted:
                error.billed()
            elif error.money is Money.MAY_BE_BILLED:
                error.money_sentence = _PARTLY
        return error

    @property
    def _kept(self) -> str:
        verb = "is" if self.arrived == 1 else "are"
        if self.wanted <= 1 and self.arrived == 1:
            return "The image arrived and is kept."
        if self.arrived > self.wanted:
            return f"{self.arrived} images arrived and are kept."
        return f"{self.arrived} of {self.wanted} images arrived and {verb} kept."

    def _name(self, place: int) -> str:
        total = max(self.wanted, self.place_count)
        return f"Image {place + 1} of {total}" if total > 1 else "The image"
