"""What came of the images that were asked for: which arrived, what is wrong with the others, and what that cost."""

from __future__ import annotations

from typing import Any

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.reading.body import ResponseReader
from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import ScannedObject
from components.client.reading.sse import EventStream
from components.client.reading.usage import summed

_MOST_PROBLEMS_TOLD = 3
_PARTLY = "What the server has counted is billed; what is missing may be billed as well."


class ImageTally:
    """Counts the images of one answer. Each has a place, from 0 in the order of the answer, broken ones included."""

    def __init__(self, answer: ResponseReader, wanted: int) -> None:
        self.wanted = wanted
        self.members: list[dict[str, Any]] = []  # what the answer says of each image, links included
        self.seen: list[dict[str, Any]] = []  # the same of each that came with data, good or broken
        self.arrived = 0
        self._answer = answer
        self._hashes: set[str] = set()
        self.place_count = 0  # of good and broken images together
        self._usages: list[Any] = []
        self._problems: list[tuple[int, ApiError]] = []

    @property
    def is_complete(self) -> bool:
        """Whether as many images came as were asked for."""
        return len(self.members) >= self.wanted

    @property
    def all_differ(self) -> bool:
        """Whether as many different images came as were asked for: a server may send one twice before the next."""
        return len(self._hashes) >= self.wanted

    @property
    def usage(self) -> dict[str, Any]:
        """The usage of all images together; empty when the server said none."""
        return summed(self._usages)

    def place(self) -> int:
        """The next image's place."""
        self.place_count += 1
        return self.place_count - 1

    def lacking(self) -> None:
        """The answer has an entry for an image that holds neither its data nor a link."""
        self.failed(self.place(), self._answer.error(errors.EmptyImage, "It has no data."))

    def count_usage(self, members: dict[str, Any]) -> None:
        """Takes the usage that an event of a stream carries; a broken image is billed like a good one."""
        if isinstance(members.get("usage"), dict):
            self._usages.append(members["usage"])

    def came(self, members: dict[str, Any], file: ImageFile | None) -> None:
        """An image is whole; ``file`` is None for one that is only linked to."""
        self.members.append(members)
        if file is not None:
            self._hashes.add(file.sha256)

    def broken(self, place: int, entry: ScannedObject) -> None:
        """An image of the answer cannot be used."""
        problem = entry.problem
        if problem is None:
            self.failed(place, self._answer.error(errors.EmptyImage, "It has no data."))
        elif isinstance(problem, OSError):
            self.failed(place, self._answer.error(errors.NotSaved, f"{problem.strerror or type(problem).__name__}."))
        else:
            self.failed(place, self._answer.error(errors.NotBase64, f"Its data is not valid base64: {problem}."))

    def failed(self, place: int, error: ApiError) -> None:
        """An image could not be had, for this reason."""
        self._problems.append((place, error))

    def missing(self, stream: EventStream | None) -> ApiError | None:
        """The error when fewer images arrived than were asked for, saying which and why; None when none is missing."""
        if self.arrived >= self.wanted:
            return None
        if self._problems:
            told = [f"{self._name(place)}: {error.what}" for place, error in self._problems[:_MOST_PROBLEMS_TOLD]]
            error = self._problems[0][1]
            error.what = " ".join(told)
            return error
        if stream is not None and stream.problem is not None:
            count = "1 event" if stream.malformed == 1 else f"{stream.malformed} events"
            error = self._answer.unreadable(stream.problem)
            error.what = f"{count} of the stream could not be read. {error.what}"
            return error
        if stream is not None and not (stream.done and self.arrived):
            when = "too early" if self.arrived else "before the first image"
            return self._answer.error(errors.CutShort, f"The stream ended {when}.")
        return None

    def told(self, error: ApiError, usage: Any, *, is_plain: bool) -> ApiError:
        """The error with what arrived all the same, and what the usage that came with it says of the bill.

        `is_plain`: it is a plain answer, whose usage counts all images.
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
