"""A recipe as ASCII JSON, which every format can carry, and back, with nothing in it trusted.

Version 0.1 wrote it into JPEGs and WebPs as a property of an XMP packet.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import Any

KEYWORD = "image-workbench"
LIMIT = 1 << 20  # bytes of JSON
XMP_LIMIT = 2 * LIMIT  # bytes of a packet
NAMESPACE = "https://image-workbench.invalid/ns/1.0/"
_RECIPE = f"{{{NAMESPACE}}}recipe"
_EXTENSION = "{http://ns.adobe.com/xmp/note/}HasExtendedXMP"
_MAX_DEPTH = 64  # objects and lists inside each other


def recipe_text(recipe: Mapping[str, Any]) -> str | None:
    """Return a recipe as compact JSON; None for one that could not be read back: too long, too deep, NaN.

    Raise TypeError for values that JSON does not have.
    """
    try:
        text = json.dumps(dict(recipe), separators=(",", ":"))
    except (ValueError, RecursionError):
        return None
    return text if parsed(text) is not None else None


def parsed(text: str | bytes) -> dict[str, Any] | None:
    """Return the JSON object in a text of up to 1 MB; None for anything else. Lone surrogates become U+FFFD."""
    try:
        data = text.encode() if isinstance(text, str) else text
        if len(data) > LIMIT:
            return None
        # Written once more, which refuses NaN and infinity.
        plain = json.dumps(json.loads(data.decode("utf-8-sig")), ensure_ascii=False, allow_nan=False)
        value = json.loads(plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
        return value if isinstance(value, dict) and _depth(value) <= _MAX_DEPTH else None
    except (ValueError, RecursionError):
        return None


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0)


def read_xmp(data: bytes) -> tuple[str, str]:
    """Return a packet's last recipe and the name (GUID) of its extended packet, also after another program rewrote it.

    Both are empty for a large or broken packet.
    """
    found = {_RECIPE: "", _EXTENSION: ""}
    if len(data) <= XMP_LIMIT and b"<!DOCTYPE" not in data:  # XMP has no document type, which would bring entities
        try:
            parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314
            root = ElementTree.fromstring(data.rstrip(b"\0"), parser)  # noqa: S314 — without entities
        except (ElementTree.ParseError, ValueError):
            return "", ""
        for element in root.iter():
            found |= {name: element.attrib[name] for name in found if name in element.attrib}
            if element.tag in found:
                found[element.tag] = "".join(element.itertext())
    return found[_RECIPE], found[_EXTENSION].strip()
