"""Recipes in XMP packets, as version 0.1 wrote them into JPEGs and WebPs: a property of our own that holds JSON."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from components.images.metadata import recipe_json

NAMESPACE = "https://image-workbench.invalid/ns/1.0/"
LIMIT = 2 * recipe_json.LIMIT  # bytes of a packet
_RECIPE = f"{{{NAMESPACE}}}recipe"
_EXTENSION = "{http://ns.adobe.com/xmp/note/}HasExtendedXMP"


class Packet(NamedTuple):
    """Hold a packet's last recipe, and the name (GUID) of its extended packet; empty where there is none."""

    recipe: str = ""
    extension: str = ""


def read(data: bytes) -> Packet:
    """Return what a packet holds, also after another program rewrote it; nothing for a large or broken one."""
    if len(data) > LIMIT or b"<!DOCTYPE" in data:  # XMP has no document type, which would bring entities
        return Packet()
    try:
        parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314
        root = ElementTree.fromstring(data.rstrip(b"\0"), parser)  # noqa: S314 — without entities
    except (ElementTree.ParseError, ValueError):
        return Packet()
    found = {_RECIPE: "", _EXTENSION: ""}
    for element in root.iter():
        for name in found:
            found[name] = element.get(name, found[name])
        if element.tag in found:
            found[element.tag] = "".join(element.itertext())
    return Packet(found[_RECIPE], found[_EXTENSION].strip())
