"""Recipes in SVGs: one element <metadata id="image-workbench"> as the root's first child.

Only the file's beginning is read, as bytes, since an XML parser would expand entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import BinaryIO

from components.images.metadata.blocks import Block, Edit, ImageFormat, MalformedFile, require
from components.images.metadata.recipe_json import KEYWORD, LIMIT

_KEYWORD = KEYWORD.encode()
WINDOW = 2 * LIMIT  # bytes of the file that are read

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


class Svg(ImageFormat):
    """SVG. A block's head is the root's tag, or our keyword for an element that holds a recipe."""

    signature = b"<"
    ours = _KEYWORD
    leading = (b"<",)

    def edits(self, file: BinaryIO, text: str) -> list[Edit]:
        root, *others = self.blocks(file)
        prefix = root.head[1 : root.head.index(b"svg")]
        name = prefix + b"metadata"
        element = b'<%b id="%b">%b</%b>' % (name, _KEYWORD, html.escape(text, quote=False).encode(), name)
        require(root.end + len(element) <= WINDOW)
        if root.head.endswith(b"/>"):
            return [Edit(root.end - 2, root.end, b">" + element + b"</%bsvg>" % prefix)]
        return self.replacement([root, *others], element)

    def text(self, head: bytes, data: bytes) -> str:
        return html.unescape(data.decode(errors="replace"))

    def blocks(self, file: BinaryIO) -> Iterator[Block]:
        file.seek(0)
        window = file.read(WINDOW)
        tags = (found for found in _markup(window) if found["tag"])
        root = next(tags, None) if window.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else None
        if root is None or not _ROOT.match(root[0]):
            raise MalformedFile
        yield Block(0, root.end(), root[0])
        opened: re.Match[bytes] | None = None
        for tag in tags if _KEYWORD in window else ():
            if opened and tag[0].startswith(b"</"):
                yield Block(opened.start(), tag.end(), _KEYWORD, opened.end(), tag.start())
            opened = tag if _OURS.match(tag[0]) and not tag[0].endswith(b"/>") else None


def _markup(window: bytes) -> Iterator[re.Match[bytes]]:
    """Yield each tag, comment, declaration and the like, up to the first that is broken."""
    place = 0
    while (start := window.find(b"<", place)) >= 0 and (found := _MARKUP.match(window, start)):
        yield found
        place = found.end()
