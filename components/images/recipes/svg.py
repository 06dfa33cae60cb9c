"""A recipe in an SVG: a metadata element, the first thing in the root (SVG 2, 5.8). The rest of the text stays."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import BinaryIO
from xml.sax.saxutils import escape

from components.images.recipes.notation import KEYWORD, MOST_BYTES, Odd, Piece

# The root must begin and end in so many bytes; only these are looked at.
HEAD_BYTES = 3 * MOST_BYTES
_BOM = b"\xef\xbb\xbf"
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)svg(?=[\s/>])")
_OURS = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?metadata\s[^<>]*?\bid\s*=\s*[\"']" + KEYWORD.encode() + rb"[\"'][^<>]*>([^<]*)</[^<>]*>"
)

# What may stand before the root, by how it begins and ends; a document type may have brackets.
_BEFORE = ((b"<?", b"?>"), (b"<!--", b"-->"))


@dataclass(frozen=True)
class _Root:
    """The root's start tag: its name's prefix with the colon, where it ends, and whether it ends the element too."""

    prefix: bytes
    end: int
    is_empty: bool


def _root(text: bytes) -> _Root:
    place = len(_BOM) if text.startswith(_BOM) else 0
    while True:
        place = _after_space(text, place)
        if tag := _ROOT.match(text, place):
            return _tag_end(text, tag)
        opening = next(((start, end) for start, end in _BEFORE if text.startswith(start, place)), None)
        if opening is not None:
            place = _after(text, opening[1], place + len(opening[0]))
        elif text[place : place + 9].upper() == b"<!DOCTYPE":
            place = _after_doctype(text, place)
        else:
            raise Odd("This is no SVG.")


def _after_space(text: bytes, place: int) -> int:
    while text[place : place + 1].isspace():
        place += 1
    return place


def _after(text: bytes, mark: bytes, place: int) -> int:
    found_at = text.find(mark, place)
    if found_at < 0:
        raise Odd("Something that does not end stands before the root.")
    return found_at + len(mark)


def _after_doctype(text: bytes, place: int) -> int:
    end = _after(text, b">", place)
    opening = text.find(b"[", place, end)
    return end if opening < 0 else _after(text, b">", _after(text, b"]", opening))


def _tag_end(text: bytes, tag: re.Match[bytes]) -> _Root:
    quote = b""
    for place in range(tag.end(), len(text)):
        sign = text[place : place + 1]
        if quote:
            quote = b"" if sign == quote else quote
        elif sign in (b'"', b"'"):
            quote = sign
        elif sign == b">":
            is_empty = text[place - 1 : place] == b"/"
            return _Root(tag[1], place - 1 if is_empty else place, is_empty)
    raise Odd("The root's tag does not end.")


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(HEAD_BYTES)


def planned(file: BinaryIO, size: int, text: str) -> list[Piece]:
    """The file with a recipe in it, and without an older one. Raises Odd."""
    head = _head(file)
    root = _root(head)
    prefix = root.prefix.decode("ascii", "replace")
    made = f'<{prefix}metadata id="{KEYWORD}">{escape(text)}</{prefix}metadata>'.encode()
    if root.is_empty:
        return [range(root.end), b">", made, b"</" + root.prefix + b"svg>", range(root.end + 2, size)]
    kept = root.end + 1
    pieces: list[Piece] = [range(kept), made]
    for older in _OURS.finditer(head, kept):
        pieces.append(range(kept, older.start()))
        kept = older.end()
    return [*pieces, range(kept, size)]


def found(file: BinaryIO, _: int) -> str | None:
    """The text of the recipe in it. Raises Odd."""
    head = _head(file)
    ours = _OURS.search(head, _root(head).end)
    return None if ours is None else html.unescape(ours[1].decode("utf-8", "replace"))
