"""Request bodies streamed from disk: JSON with images as data URLs, or a multipart form with files.

Every body knows its length, since some servers refuse chunked uploads. None is held in memory: 16 images of 50 MB take
a few hundred kilobytes.
"""

from __future__ import annotations

import binascii
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx

_BASE64_STEP = 3 * 64 * 1024  # a multiple of 3, so that the pieces' base64 can be put end to end

# httpx's names for what makes up a request's body
RequestArguments = dict[str, Any]


class InputUnreadable(Exception):
    """An input image cannot be read; the message names it."""


@dataclass(frozen=True)
class Base64:
    """Placeholder in a JSON body for the base64 of a file."""

    path: Path

    @property
    def prefix(self) -> str:
        """Return what stands before the base64."""
        return ""


@dataclass(frozen=True)
class DataUrl(Base64):
    """Placeholder in a JSON body for the data URL of a file."""

    content_type: str

    @property
    def prefix(self) -> str:
        """Return what stands before the base64."""
        return f"data:{self.content_type};base64,"


@dataclass(frozen=True)
class FilePart:
    """One file of a form, sent byte for byte."""

    field: str
    path: Path
    name: str
    content_type: str


@dataclass(frozen=True)
class JsonBody:
    """A JSON value whose Base64 objects become strings while they are sent."""

    value: Mapping[str, Any]

    @contextlib.contextmanager
    def opened(self) -> Iterator[RequestArguments]:
        """Yield the arguments for httpx.Request. Raise InputUnreadable."""
        pieces = _pieces(self.value)
        length = sum(len(piece) if isinstance(piece, bytes) else _base64_length(piece) for piece in pieces)
        yield {
            "headers": {"Content-Type": "application/json", "Content-Length": str(length)},
            "content": _stream(pieces),
        }


@dataclass(frozen=True)
class FormBody:
    """A multipart form: text parts first, then files, since some servers require that order."""

    fields: Mapping[str, str | list[str]]
    files: Sequence[FilePart]

    @contextlib.contextmanager
    def opened(self) -> Iterator[RequestArguments]:
        """Yield the arguments for httpx.Request, valid inside the context. Raise InputUnreadable."""
        with contextlib.ExitStack() as stack:
            files = []
            for part in self.files:
                try:
                    opened = stack.enter_context(open(part.path, "rb"))
                except OSError as exc:
                    raise InputUnreadable(_why(part.name, exc)) from None
                files.append((part.field, (part.name, opened, part.content_type)))
            yield {"headers": {}, "data": dict(self.fields), "files": files}


def form_fields(value: Mapping[str, Any], prefix: str = "") -> dict[str, str | list[str]]:
    """Return a nested body as form fields: ``svg[reasoning][effort]``, lists as ``name[]``, lower-case booleans."""
    fields: dict[str, str | list[str]] = {}
    for name, item in value.items():
        field = f"{prefix}[{name}]" if prefix else name
        if isinstance(item, Mapping):
            fields |= form_fields(item, field)
        elif isinstance(item, list | tuple):
            fields[f"{field}[]"] = [_form_text(member) for member in item]
        elif item is not None:
            fields[field] = _form_text(item)
    return fields


def _form_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def request(
    method: str, url: str, headers: Mapping[str, str], arguments: RequestArguments, extensions: Any
) -> httpx.Request:
    """Return an httpx request for an opened body."""
    return httpx.Request(
        method,
        url,
        **{**arguments, "headers": {**arguments.get("headers", {}), **headers}},
        extensions=extensions,
    )


def _pieces(value: Mapping[str, Any]) -> list[bytes | Base64]:
    """Return the JSON text, cut where files belong."""
    mark = secrets.token_hex(16)
    files: list[Base64] = []

    def stand_in(item: Any) -> str:
        if not isinstance(item, Base64):
            raise TypeError(f"{type(item).__name__} has no JSON form")
        files.append(item)
        return mark

    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=stand_in).encode()
    texts = text.split(mark.encode())
    pieces: list[bytes | Base64] = [texts[0]]
    for file, following in zip(files, texts[1:], strict=True):
        pieces += [file.prefix.encode(), file, following]
    return pieces


def _base64_length(file: Base64) -> int:
    try:
        return (os.stat(file.path).st_size + 2) // 3 * 4
    except OSError as exc:
        raise InputUnreadable(_why(file.path.name, exc)) from None


def write_json(file: BinaryIO, value: Mapping[str, Any]) -> None:
    """Write a JSON value whose Base64 objects become strings. Raise OSError, InputUnreadable."""
    for piece in _pieces(value):
        if isinstance(piece, bytes):
            file.write(piece)
            continue
        try:
            opened = open(piece.path, "rb")  # noqa: SIM115 - closed below; only opening it may be its file's fault
        except OSError as exc:
            raise InputUnreadable(_why(piece.path.name, exc)) from None
        with opened:
            while data := opened.read(_BASE64_STEP):
                file.write(binascii.b2a_base64(data, newline=False))


async def _stream(pieces: Sequence[bytes | Base64]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        try:
            with open(piece.path, "rb") as file:  # noqa: ASYNC230 - 192 KiB at a time, mostly from the page cache
                while data := file.read(_BASE64_STEP):
                    yield binascii.b2a_base64(data, newline=False)
        except OSError as exc:
            raise InputUnreadable(_why(piece.path.name, exc)) from None


def _why(name: str, exc: OSError) -> str:
    return f"{name} cannot be read: {exc.strerror or type(exc).__name__}."
