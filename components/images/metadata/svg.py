"""Recipes in SVGs: an element <metadata id="image-workbench"> as the root's first child.

Only the file's beginning is looked at, as bytes: no parser that could be led to blow it up.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from components.images.metadata.edits import Edit, MalformedFile
from components.images.metadata.text import KEYWORD, LIMIT

SIGNATURE = b"<"
_BOM = b"\xef\xbb\xbf"
_WINDOW = 2 * LIMIT  # bytes of the file that are looked at

# Possessive throughout, so that no input makes them look twice at anything.
_QUOTED = rb""""[^"]*+"|'[^']*+'"""
_TAG = re.compile(rb"<(?:[^\"'<>]++|" + _QUOTED + rb")*+>")
_DOCTYPE = re.compile(
    rb"<!DOCTYPE(?:[^\"'<>\[]++|" + _QUOTED + rb")*+(?:\[(?:[^\]\"']++|" + _QUOTED + rb")*+\]\s*+)?+>"
)
_CLOSED_BY = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))
_ROOT = re.compile(rb"<((?:[\w.-]+:)?)svg[\s/>]")
_OURS = re.compile(rb"<((?:[\w.-]+:)?metadata)\s[^<>]{0,200}?\bid\s*=\s*[\"']" + KEYWORD.encode() + rb"[\"']")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")


class _Element(NamedTuple):
    start: int
    end: int
    text: bytes


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """What puts a recipe into an SVG. Raises Odd for a file that is none, or whose root is not found."""
    window = _window(file)
    end, prefix = _root(window)
    encoding = (found[1] if (found := _ENCODING.search(window[:200])) else b"utf-8").lower()
    if encoding.startswith((b"utf-16", b"utf-32", b"ucs")):
        raise MalformedFile("The SVG is not in the encoding that it names.")
    if encoding != b"utf-8":
        text = json.dumps(json.loads(text), separators=(",", ":"))  # in ASCII, which is in all the others
    name = prefix + b"metadata"
    element = b'<%b id="%b">%b</%b>' % (name, KEYWORD.encode(), html.escape(text, quote=False).encode(), name)
    if end + len(element) > _WINDOW:
        raise MalformedFile("The recipe would not be found again.")
    older = [Edit(found.start, found.end, b"") for found in _elements(window, end)]
    if window[end - 2 : end] == b"/>":
        return [Edit(end - 2, end, b">" + element + b"</%bsvg>" % prefix)]
    return [Edit(end, end, element), *older]


def texts(file: BinaryIO) -> Iterator[str]:
    """What may be recipes, in the order of the file. Raises Odd where there is no SVG."""
    window = _window(file)
    for element in _elements(window, _root(window)[0]):
        yield html.unescape(element.text.decode(errors="replace"))


def _window(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_WINDOW)


def _root(window: bytes) -> tuple[int, bytes]:
    """Where the root's first tag ends, and its prefix with the colon, which most have not."""
    before = window.partition(b"<")[0]
    for start, end in _markup(window, 0) if not before.removeprefix(_BOM).strip() else ():
        if window[start + 1 : start + 2] not in (b"?", b"!"):
            found = _ROOT.match(window, start, end)
            if found is None:
                break
            return end, found[1]
    raise MalformedFile("This is no SVG.")


def _elements(window: bytes, place: int) -> Iterator[_Element]:
    """The elements that hold recipes."""
    if KEYWORD.encode() not in window:
        return
    begun = None
    for start, end in _markup(window, place):
        if begun and window.startswith(b"</", start):
            yield _Element(begun[0], end, window[begun[1] : start])
        ours = _OURS.match(window, start, end) and window[end - 2 : end] != b"/>"
        begun = (start, end) if ours else None


def _markup(window: bytes, place: int) -> Iterator[tuple[int, int]]:
    """Where each tag, comment, declaration and the like begins and ends, up to the first that is broken."""
    while (start := window.find(b"<", place)) >= 0:
        pair = next((pair for pair in _CLOSED_BY if window.startswith(pair[0], start)), None)
        if pair:
            end = window.find(pair[1], start + len(pair[0]))
            if end < 0:
                return
            place = end + len(pair[1])
        else:
            pattern = _DOCTYPE if window.startswith(b"<!", start) else _TAG
            found = pattern.match(window, start)
            if found is None:
                return
            place = found.end()
        yield start, place
