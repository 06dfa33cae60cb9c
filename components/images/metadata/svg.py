"""Recipes in SVGs: one element <metadata id="image-workbench"> as the root's first child.

Only the file's beginning is read, as bytes, since an XML parser would expand entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import Block, Edit, MalformedFile, replacement
from components.images.metadata.recipe_json import KEYWORD, LIMIT

SIGNATURE = b"<"
_KEYWORD = KEYWORD.encode()
_WINDOW = 2 * LIMIT  # bytes of the file that are read

# Possessive throughout, so that no input is scanned twice.
_QUOTED = rb""""[^"]*+"|'[^']*+'"""
_MARKUP = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    rb"|<!DOCTYPE(?:[^\"'<>\[]++|" + _QUOTED + rb")*+(?:\[(?:[^\]\"']++|" + _QUOTED + rb")*+\]\s*+)?+>"
    rb"|(?P<tag><(?![!?])(?:[^\"'<>]++|" + _QUOTED + rb")*+>)",
    re.DOTALL,
)
_ROOT = re.compile(rb"<((?:[\w.-]+:)?)svg[\s/>]")
_OURS = re.compile(rb"<(?:[\w.-]+:)?metadata\s[^<>]{0,200}?\bid\s*=\s*[\"']" + _KEYWORD + rb"[\"']")


def edits(file: BinaryIO, text: str) -> list[Edit]:
    """Return the edits that put a recipe in. Raise MalformedFile."""
    root, *others = (block for block, _ in _blocks(file))
    prefix = root.head[1 : root.head.index(b"svg")]
    name = prefix + b"metadata"
    element = b'<%b id="%b">%b</%b>' % (name, _KEYWORD, html.escape(text, quote=False).encode(), name)
    if root.end + len(element) > _WINDOW:
        raise MalformedFile("The recipe would not be found again.")
    if root.head.endswith(b"/>"):
        return [Edit(root.end - 2, root.end, b">" + element + b"</%bsvg>" % prefix)]
    return replacement([root, *others], element, _KEYWORD, (b"<",))


def texts(file: BinaryIO) -> Iterator[str]:
    """Yield what may be recipes. Raise MalformedFile."""
    return (html.unescape(text.decode(errors="replace")) for block, text in _blocks(file) if block.head == _KEYWORD)


def has_manifest(file: BinaryIO) -> bool:
    """Return whether signed provenance (C2PA) is in its beginning."""
    file.seek(0)
    return b"<c2pa:manifest" in file.read(_WINDOW)


def _blocks(file: BinaryIO) -> Iterator[tuple[Block, bytes]]:
    """Yield all up to the end of the root's first tag, and the elements that hold recipes with their text."""
    file.seek(0)
    window = file.read(_WINDOW)
    tags = (found for found in _markup(window) if found["tag"])
    root = next(tags, None) if window.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(SIGNATURE) else None
    if root is None or not _ROOT.match(root[0]):
        raise MalformedFile("This is not an SVG.")
    yield Block(0, root.end(), root[0]), b""
    opened: re.Match[bytes] | None = None
    for tag in tags if _KEYWORD in window else ():
        if opened and tag[0].startswith(b"</"):
            yield Block(opened.start(), tag.end(), _KEYWORD), window[opened.end() : tag.start()]
        opened = tag if _OURS.match(tag[0]) and not tag[0].endswith(b"/>") else None


def _markup(window: bytes) -> Iterator[re.Match[bytes]]:
    """Yield each tag, comment, declaration and the like, up to the first that is broken."""
    place = 0
    while (start := window.find(b"<", place)) >= 0 and (found := _MARKUP.match(window, start)):
        yield found
        place = found.end()
