"""What a parameter's value can be. Each kind parses one raw value, as a widget, a link or a file gives it.

`parse` returns the value in its own type or raises Invalid with a sentence that names the limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit


class Invalid(ValueError):
    """A raw value that its kind refuses; the message is for the person who gave it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Kind(Protocol):
    """What every kind can do."""

    def parse(self, raw: Any) -> Any:
        """The value, or Invalid."""


def shorten(text: str) -> str:
    """A foreign text inside a message: one short line of characters that any page can show."""
    text = " ".join(text[:200].split())
    text = f"{text[:40]}…" if len(text) > 41 else text
    return "".join(character if character.isprintable() else "�" for character in text)


def quoted(raw: Any) -> str:
    """A raw value inside a message, short and in quotes."""
    if raw is None or raw == "":
        return "An empty field"
    try:
        return f'"{shorten(str(raw))}"'
    except ValueError:  # Python writes out no integer of more than some thousand digits
        return "A number of that many digits"


def text_of(raw: Any) -> str:
    """A raw value as text, or Invalid for one that is no text or that no JSON, database or shell can carry."""
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise Invalid("This must be text.")
    try:
        text = str(raw)
        text.encode()
    except ValueError:  # half a character; or a number of more digits than Python writes out
        text = "\0"
    if "\0" in text:
        raise Invalid("This holds characters that are broken. Type them again.")
    return text


@dataclass(frozen=True)
class Text:
    """Free text of at most `max_length` characters; None for no limit."""

    max_length: int | None = None
    multiline: bool = False

    def parse(self, raw: Any) -> str:
        """The text as it is, except that surrounding blanks of a single line are cut off."""
        text = "" if raw is None else text_of(raw)
        if not self.multiline:
            text = text.strip()
        if self.max_length is not None and len(text) > self.max_length:
            raise Invalid(f"This has {len(text)} characters; the model takes at most {self.max_length} characters.")
        return text


@dataclass(frozen=True)
class ModelName(Text):
    """A model's id: one of the catalogue's, or any other."""

    max_length: int | None = 200

    def parse(self, raw: Any) -> str:
        """The id without surrounding blanks; an id has no blanks inside."""
        name = super().parse(raw)
        if not name:
            raise Invalid("Choose a model, or type the name of one.")
        if not name.isprintable() or any(c.isspace() for c in name):
            raise Invalid(f"{quoted(name)} is not a model's name: it has a blank in it.")
        return name


@dataclass(frozen=True)
class FieldName(Text):
    """A name for a field of data, as n8n uses it."""

    max_length: int | None = 64

    def parse(self, raw: Any) -> str:
        """Letters, digits, `_` and `-`."""
        name = super().parse(raw)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise Invalid("The name of a field is made of letters, digits, _ and -, with at least one of them.")
        return name


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    def parse(self, raw: Any) -> str:
        """The option itself."""
        if isinstance(raw, str) and raw in self.options:
            return raw
        raise Invalid(f"{quoted(raw)} is not one of {', '.join(self.options)}.")


@dataclass(frozen=True)
class Integer:
    """A whole number from `minimum` to `maximum`, a multiple of `step`."""

    minimum: int
    maximum: int
    step: int = 1

    def parse(self, raw: Any) -> int:
        """The number; text such as "4" is read, True and 1.5 are not."""
        limits = f"a whole number from {self.minimum} to {self.maximum}"
        if self.minimum == self.maximum:
            limits = f"{self.minimum}, the only number that this model takes"
        if self.step > 1:
            limits += f", a multiple of {self.step}"
        number = _integer(raw)
        if number is None or not self.minimum <= number <= self.maximum or number % self.step:
            raise Invalid(f"{quoted(raw)} is not {limits}.")
        return number


def _integer(raw: Any) -> int | None:
    """Text is read by its digits alone: Python's own int() takes "1_0" for 10."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else None
    if isinstance(raw, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", raw):
        return int(raw)
    return None


SWITCH_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True)
class Switch:
    """On or off."""

    def parse(self, raw: Any) -> bool:
        """True or False, also from the words of a link."""
        if isinstance(raw, bool):
            return raw
        word = raw.strip().lower() if isinstance(raw, str) else "1" if raw == 1 else "0" if raw == 0 else ""
        if word in SWITCH_WORDS:
            return SWITCH_WORDS[word]
        raise Invalid(f"{quoted(raw)} is neither on nor off.")


# Limits of free sizes, from the API reference's row "size".
SIZE_STEP = 16
MAX_RATIO = 3
MAX_EDGE = 3840
MIN_PIXELS = 655_360
MAX_PIXELS = 8_294_400


@dataclass(frozen=True)
class Size:
    """Width x height in pixels such as "1024x1024", or "auto".

    `free` allows any size inside the API's limits, and without `bounded` any at all, since the limits of a model
    that is not in the catalogue are its own.
    """

    choices: tuple[str, ...]
    free: bool = False
    bounded: bool = True

    def parse(self, raw: Any) -> str:
        """The size with a small x between the numbers and no blanks."""
        text = (raw if isinstance(raw, str) else "").strip().lower().replace("×", "x").replace(" ", "")
        if text in self.choices:
            return text
        if not self.free:
            raise Invalid(f"{quoted(raw)} is not one of this model's sizes: {', '.join(self.choices)}.")
        match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
        if match is None:
            raise Invalid(f"{quoted(raw)} is not a size. Write auto, or width x height in pixels, such as 1536x864.")
        width, height = int(match[1]), int(match[2])
        if broken := size_problem(width, height) if self.bounded else _unbounded_size_problem(width, height):
            raise Invalid(broken)
        return f"{width}x{height}"


def _unbounded_size_problem(width: int, height: int) -> str | None:
    if 0 < width < 100_000 and 0 < height < 100_000:
        return None
    return f"{width}x{height} is no picture's size: width and height have from 1 to 99,999 pixels."


def _nearest_multiple(edge: int) -> int:
    return max(1, round(edge / SIZE_STEP)) * SIZE_STEP


def size_problem(width: int, height: int) -> str | None:
    """Which limit of the API's free sizes width x height breaks, as a sentence; None when it keeps them all.

    A size next to it is proposed only where that one keeps all limits.
    """
    name = f"{width}x{height}"
    if width % SIZE_STEP or height % SIZE_STEP or not width or not height:
        near = (_nearest_multiple(width), _nearest_multiple(height))
        hint = "" if size_problem(*near) else f"; the nearest is {near[0]}x{near[1]}"
        return f"In {name}, width and height must both be multiples of {SIZE_STEP}{hint}."
    if max(width, height) > MAX_EDGE:
        return f"{name} is too long: the longest edge may have {MAX_EDGE} pixels."
    if max(width, height) > MAX_RATIO * min(width, height):
        return f"{name} is too narrow: the longer edge may be at most {MAX_RATIO} times the shorter, 1:3 to 3:1."
    pixels = width * height
    if not MIN_PIXELS <= pixels <= MAX_PIXELS:
        return f"{name} has {pixels:,} pixels; it must have between {MIN_PIXELS:,} and {MAX_PIXELS:,}."
    return None


# A comma parts two addresses only where one ends or another begins: addresses may have commas of their own.
_URL_SEPARATOR = re.compile(r"\s+|,(?=[a-z][a-z0-9+.-]*://|data:|\s|,|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Urls:
    """Addresses of pictures, separated by commas or lines."""

    maximum: int

    def parse(self, raw: Any) -> tuple[str, ...]:
        """The addresses in their order; each is http or https, or a data URL of a picture."""
        parts = raw if isinstance(raw, list | tuple) else _URL_SEPARATOR.split(text_of(raw or ""))
        urls = tuple(url for part in parts if (url := text_of(part).strip().strip(",")))
        if len(urls) > self.maximum:
            raise Invalid(f"These are {len(urls)} addresses; at most {self.maximum} are taken.")
        for place, url in enumerate(urls, 1):
            if broken := _url_problem(url):
                raise Invalid(f"Address {place}, {quoted(url)}, {broken}")
        return urls


def _url_problem(url: str) -> str | None:
    if url.startswith("data:"):
        return None if url.startswith("data:image/") else "is a data URL, but not of a picture."
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None  # a port that is no number is told by reading it
    except ValueError:
        return "cannot be read as an address."
    if parts.scheme not in {"http", "https"} or not host:
        return "does not begin with http:// or https:// and a server's name."
    return "is longer than 2000 characters." if len(url) > 2000 else None


@dataclass(frozen=True)
class Images:
    """Pictures that go in: how many, of how many bytes each, in which content types."""

    minimum: int
    maximum: int
    max_bytes: int
    content_types: tuple[str, ...] = ("image/png", "image/webp", "image/jpeg")
    square: bool = False

    def parse(self, raw: Any) -> tuple[()]:
        """Nothing: pictures are handed to `resolve` apart; a raw value is not looked at."""
        return ()


@dataclass(frozen=True)
class MaskImage:
    """A PNG of the first picture's size, under `max_bytes`; where its alpha is 0 the picture is edited."""

    max_bytes: int

    def parse(self, raw: Any) -> None:
        """Nothing: masks are handed to `resolve` apart; a raw value is not looked at."""


@dataclass(frozen=True)
class MarkupImage(MaskImage):
    """A transparent PNG of the first picture's size that is drawn over it to show what to change."""
