"""The kinds of parameter values. Each kind parses one raw value from a widget, a link or a file.

`parse` returns the value in its own type, or raises Invalid with a sentence that names the limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit


class Invalid(ValueError):
    """A raw value that its kind refuses. `message` is a sentence for the person who entered it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Kind(Protocol):
    """The interface of every kind."""

    def parse(self, raw: Any) -> Any:
        """Return the parsed value, or raise Invalid."""


def shorten(text: str) -> str:
    """Shorten foreign text for a message: one line of printable characters, at most 41 of them."""
    text = " ".join(text[:200].split())
    text = f"{text[:40]}…" if len(text) > 41 else text
    return "".join(character if character.isprintable() else "�" for character in text)


def quoted(raw: Any) -> str:
    """Quote and shorten a raw value for a message."""
    if raw is None or raw == "":
        return "An empty field"
    try:
        return f'"{shorten(str(raw))}"'
    except ValueError:  # Python refuses to convert an integer of more than 4300 digits
        return "A number of that many digits"


def text_of(raw: Any) -> str:
    """Return a raw value as text. Raise Invalid unless JSON, databases and shells can carry it."""
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise Invalid("This must be text.")
    try:
        text = str(raw)
        text.encode()
    except ValueError:  # a lone surrogate, or a number with too many digits
        text = "\0"
    if "\0" in text:
        raise Invalid("This contains broken characters. Type them again.")
    return text


@dataclass(frozen=True)
class Text:
    """Free text of at most `max_length` characters; None for no limit."""

    max_length: int | None = None
    multiline: bool = False

    def parse(self, raw: Any) -> str:
        """Return the text; a single line without surrounding whitespace."""
        text = "" if raw is None else text_of(raw)
        if not self.multiline:
            text = text.strip()
        if self.max_length is not None and len(text) > self.max_length:
            raise Invalid(f"This has {len(text)} characters; the model takes at most {self.max_length} characters.")
        return text


@dataclass(frozen=True)
class ModelName(Text):
    """A model's id, from the catalogue or any other."""

    max_length: int | None = 200

    def parse(self, raw: Any) -> str:
        """Return the id without surrounding whitespace; it must have none inside."""
        name = super().parse(raw)
        if not name:
            raise Invalid("Choose a model, or type the name of one.")
        if not name.isprintable() or any(c.isspace() for c in name):
            raise Invalid(f"{quoted(name)} is not a model's name: it contains a space.")
        return name


@dataclass(frozen=True)
class FieldName(Text):
    """The name of a data field, as in n8n."""

    max_length: int | None = 64

    def parse(self, raw: Any) -> str:
        """Return a name of letters, digits, `_` and `-`."""
        name = super().parse(raw)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise Invalid("A field's name has at least one character: letters, digits, _ and -.")
        return name


@dataclass(frozen=True)
class Choice:
    """One of several fixed options."""

    options: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    def parse(self, raw: Any) -> str:
        """Return the option."""
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
        """Return the number. Text such as "4" is accepted, True and 1.5 are not."""
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
    """Return a whole number or None. Text must be digits only, because int() reads "1_0" as 10."""
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
        """Return True or False, also from words such as "on" in a link."""
        if isinstance(raw, bool):
            return raw
        word = raw.strip().lower() if isinstance(raw, str) else "1" if raw == 1 else "0" if raw == 0 else ""
        if word in SWITCH_WORDS:
            return SWITCH_WORDS[word]
        raise Invalid(f"{quoted(raw)} is neither on nor off.")


# Limits of free sizes in pixels. Source: the row "size" of the API reference.
SIZE_STEP = 16
MAX_RATIO = 3
MAX_EDGE = 3840
MIN_PIXELS = 655_360
MAX_PIXELS = 8_294_400


@dataclass(frozen=True)
class Size:
    """Width x height in pixels such as "1024x1024", or "auto".

    With `free`, any size within the API's limits is allowed. Without `bounded` any size at all is, because the limits
    of a model that is not in the catalogue are unknown.
    """

    choices: tuple[str, ...]
    free: bool = False
    bounded: bool = True

    def parse(self, raw: Any) -> str:
        """Return the size with a lowercase x between the numbers and no spaces."""
        text = (raw if isinstance(raw, str) else "").strip().lower().replace("×", "x").replace(" ", "")
        if text in self.choices:
            return text
        if not self.free:
            raise Invalid(f"{quoted(raw)} is not one of this model's sizes: {', '.join(self.choices)}.")
        match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
        if match is None:
            raise Invalid(f"{quoted(raw)} is not a size. Write auto, or width x height in pixels, such as 1536x864.")
        width, height = int(match[1]), int(match[2])
        if problem := size_problem(width, height) if self.bounded else _unbounded_size_problem(width, height):
            raise Invalid(problem)
        return f"{width}x{height}"


def _unbounded_size_problem(width: int, height: int) -> str | None:
    if 0 < width < 100_000 and 0 < height < 100_000:
        return None
    return f"{width}x{height} is not an image size: width and height must be from 1 to 99,999 pixels."


def _nearest_multiple(edge: int) -> int:
    return max(1, round(edge / SIZE_STEP)) * SIZE_STEP


def size_problem(width: int, height: int) -> str | None:
    """Return a sentence that names the API limit that width x height breaks; None if it keeps all limits.

    The sentence proposes the nearest size only if that one keeps all limits.
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


# A comma separates two URLs only before the start of another URL or at the end, because URLs may contain commas.
_URL_SEPARATOR = re.compile(r"\s+|,(?=[a-z][a-z0-9+.-]*://|data:|\s|,|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Urls:
    """Image URLs, separated by commas or lines."""

    maximum: int

    def parse(self, raw: Any) -> tuple[str, ...]:
        """Return the URLs in order; each is http, https, or a data URL of an image."""
        parts = raw if isinstance(raw, list | tuple) else _URL_SEPARATOR.split(text_of(raw or ""))
        urls = tuple(url for part in parts if (url := text_of(part).strip().strip(",")))
        if len(urls) > self.maximum:
            raise Invalid(f"There are {len(urls)} URLs; at most {self.maximum} are allowed.")
        for number, url in enumerate(urls, 1):
            if problem := _url_problem(url):
                raise Invalid(f"URL {number}, {quoted(url)}, {problem}")
        return urls


def _url_problem(url: str) -> str | None:
    if url.startswith("data:"):
        return None if url.startswith("data:image/") else "is a data URL, but not of an image."
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None  # reading an invalid port raises ValueError
    except ValueError:
        return "cannot be read as a URL."
    if parts.scheme not in {"http", "https"} or not host:
        return "does not begin with http:// or https:// and a host name."
    return "is longer than 2000 characters." if len(url) > 2000 else None


@dataclass(frozen=True)
class Images:
    """Input images: how many, the size limit of each in bytes, and the accepted content types."""

    minimum: int
    maximum: int
    max_bytes: int
    content_types: tuple[str, ...] = ("image/png", "image/webp", "image/jpeg")
    square: bool = False

    def parse(self, raw: Any) -> tuple[()]:
        """Return nothing: `resolve` gets images separately, and raw values are ignored."""
        return ()


@dataclass(frozen=True)
class MaskImage:
    """A PNG of the first image's size, under `max_bytes`. The image is edited where the mask's alpha is 0."""

    max_bytes: int

    def parse(self, raw: Any) -> None:
        """Return nothing: `resolve` gets masks separately, and raw values are ignored."""


@dataclass(frozen=True)
class MarkupImage(MaskImage):
    """A transparent PNG of the first image's size, drawn over it to show what to change."""
