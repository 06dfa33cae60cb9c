"""Recipes in XMP packets, which JPEGs and WebPs carry: a property of a namespace of our own, holding JSON.

A packet that is there already is extended, and only if the result reads back; what is odd is left as it is.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from components.images.metadata.text import LIMIT

NAMESPACE = "https://image-workbench.invalid/ns/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NOTE = "http://ns.adobe.com/xmp/note/"
_RECIPE, _EXTENDED = f"{NAMESPACE} recipe", f"{_NOTE} HasExtendedXMP"
MOST = 2 * LIMIT  # bytes of a packet that is read
_MOST_PREFIXES = 8  # for our namespace in one packet

# The descriptions as they are written here; each declares its names itself, whatever it is put into.
_BEGIN = f'<rdf:Description xmlns:rdf="{_RDF}" rdf:about="" xmlns:'.encode()
_OUR_RECIPE = _BEGIN + f'iw="{NAMESPACE}"><iw:recipe>'.encode(), b"</iw:recipe></rdf:Description>"
_OUR_NOTE = _BEGIN + f'xmpNote="{_NOTE}" xmpNote:HasExtendedXMP="'.encode(), b'"/>'

_INNER = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'.encode(), b"</rdf:RDF></x:xmpmeta>"
_OUTER = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode(), b'<?xpacket end="w"?>'
EMPTY = _OUTER[0] + b"".join(_INNER) + _OUTER[1]

_WHOLE_NOTE = re.compile(re.escape(_OUR_NOTE[0]) + rb"([0-9A-F]{32})" + _OUR_NOTE[1])
_RDF_END = re.compile(rb"</[\w.-]{1,40}:RDF\s*+>")
_PREFIX = re.compile(rb"xmlns:([\w.-]{1,40})\s*+=\s*+[\"']" + re.escape(NAMESPACE.encode()) + rb"[\"']")


@dataclass
class Found:
    """What a packet holds: a recipe's text, and the name (GUID) of the extended packet that belongs to it."""

    recipe: str | None = None
    guid: str | None = None


class _Refused(ValueError):
    """A packet with a document type, which no XMP has and which entities would come in."""


def read(packet: bytes) -> Found | None:
    """The last recipe of a packet, and its extended packet's name; None for one that is too large or broken."""
    if len(packet) > MOST:
        return None
    found, pieces, depth = Found(), [""], 0
    parser = expat.ParserCreate("utf-8", " ")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if name in (_RECIPE, _EXTENDED) and not depth:
            pieces.clear()
        if depth or name in (_RECIPE, _EXTENDED):
            depth += 1
        found.recipe = attributes.get(_RECIPE, found.recipe)
        found.guid = attributes.get(_EXTENDED, found.guid)

    def end(name: str) -> None:
        nonlocal depth
        depth -= depth > 0
        if not depth and name == _RECIPE:
            found.recipe = "".join(pieces)
        elif not depth and name == _EXTENDED:
            found.guid = "".join(pieces).strip()

    def characters(data: str) -> None:
        if depth:
            pieces.append(data)

    def refuse(*_: object) -> None:
        raise _Refused("The packet has a document type.")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, refuse
    try:
        parser.Parse(packet.rstrip(b"\0"), True)
    except (expat.ExpatError, ValueError):
        return None
    return found


def with_text(packet: bytes, text: str) -> bytes | None:
    """The packet with a recipe; None where that is not safe."""
    grown = _extended(packet, _in(_OUR_RECIPE, html.escape(text, quote=False)))
    found = read(grown) if grown else None
    return grown if found and found.recipe == text else None


def with_note(packet: bytes, guid: str) -> bytes | None:
    """The packet with the name of an extended one; None where it has one already, or it is not safe."""
    before = read(packet)
    grown = _extended(packet, _in(_OUR_NOTE, guid)) if before and before.guid is None else None
    found = read(grown) if grown else None
    return grown if found and found.guid == guid else None


def extension(text: str) -> bytes:
    """An extended packet that holds a recipe and nothing else."""
    return _INNER[0] + _in(_OUR_RECIPE, html.escape(text, quote=False)) + _INNER[1]


def our_note(packet: bytes) -> str | None:
    """The name of the extended packet that was made here; None where there is none, or another program made it."""
    found = _WHOLE_NOTE.search(packet)
    return found[1].decode() if found else None


def without(packet: bytes) -> bytes:
    """The packet without recipes, however other programs have written them down since."""
    packet = re.sub(re.escape(_OUR_RECIPE[0]) + rb"[^<>]*+" + _OUR_RECIPE[1], b"", packet)
    packet = _WHOLE_NOTE.sub(b"", packet)
    for prefix in {found[1] for found in islice(_PREFIX.finditer(packet), _MOST_PREFIXES)}:
        name = re.escape(prefix) + rb":recipe"
        packet = re.sub(rb"<%b(?:\s[^<>]*+)?>[^<>]*+</%b\s*+>" % (name, name), b"", packet)
        packet = re.sub(rb"\s%b\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')" % name, b"", packet)
    return packet


def _in(frame: tuple[bytes, bytes], text: str) -> bytes:
    return frame[0] + text.encode() + frame[1]


def _extended(packet: bytes, description: bytes) -> bytes | None:
    """The packet with a description as the last one; None where there is no place for it."""
    ends = [found.start() for found in _RDF_END.finditer(packet)]
    return packet[: ends[-1]] + description + packet[ends[-1] :] if ends else None
