"""A recipe in an XMP packet, alone or in one that is there (ISO 16684-1; XMP specification part 1, 7)."""

from __future__ import annotations

from xml.parsers import expat
from xml.sax.saxutils import escape

from components.images.recipes.notation import MOST_BYTES

NAMESPACE = "https://image-workbench.invalid/ns/1.0/"
MOST_PACKET = 2 * MOST_BYTES

_NAME = f"{NAMESPACE} recipe"
_ID = "W5M0MpCehiHzreSzNTczkc9d"  # of every packet, as the specification has it
_FRAME = (
    f'<?xpacket begin="\ufeff" id="{_ID}"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
).encode()
_CLOSE = b"</rdf:RDF>"
_END = b'</x:xmpmeta><?xpacket end="w"?>'

# Our part of a packet begins with one of these; by it an older one is found and taken out.
_PART = f'<rdf:Description rdf:about="" xmlns:iw="{NAMESPACE}"'
_INLINE = (f"{_PART}><iw:recipe>".encode(), b"</iw:recipe></rdf:Description>")
_NOTE = (f'{_PART} xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="'.encode(), b'"/>')


def inline(text: str) -> bytes:
    """Our part of a packet with a recipe in it."""
    return _INLINE[0] + escape(text).encode() + _INLINE[1]


def note(guid: bytes) -> bytes:
    """Our part of a packet that says where the rest is."""
    return _NOTE[0] + guid + _NOTE[1]


def alone(part: bytes) -> bytes:
    """A packet with nothing but our part in it."""
    return _FRAME + part + _CLOSE + _END


def merged(packet: bytes, part: bytes) -> bytes | None:
    """A packet of somebody else with our part in it as well; None for one that cannot take it, as of its encoding."""
    place = packet.rfind(_CLOSE)
    return None if place < 0 else packet[:place] + part + packet[place:]


def without_ours(packet: bytes) -> bytes | None:
    """A packet without our parts; None where nothing else was in it."""
    for start, end in (_INLINE, _NOTE):
        while (begin := packet.find(start)) >= 0 and (stop := packet.find(end, begin)) >= 0:
            packet = packet[:begin] + packet[stop + len(end) :]
    return None if packet == alone(b"") else packet


def noted(packet: bytes) -> bytes | None:
    """The GUID in our note in a packet."""
    begin = packet.find(_NOTE[0])
    stop = packet.find(_NOTE[1], begin)
    return None if begin < 0 or stop < 0 else packet[begin + len(_NOTE[0]) : stop]


class _Found(Exception):
    """The parser has it, or will not have it."""


def recipe_of(packet: bytes) -> str | None:
    """The text of the recipe in a packet, whoever wrote it last; None for none. Entities are not expanded."""
    if len(packet) > MOST_PACKET or b"image-workbench.invalid" not in packet.replace(b"\0", b""):
        return None
    parser = expat.ParserCreate(namespace_separator=" ")
    texts: list[str] = []
    depth = 0

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if name == _NAME or depth:
            depth += 1
        elif _NAME in attributes:
            texts.append(attributes[_NAME])
            raise _Found

    def ended(_: str) -> None:
        nonlocal depth
        if depth:
            depth -= 1
            if not depth:
                raise _Found

    def said(text: str) -> None:
        if depth:
            texts.append(text)

    def refused(*_: object) -> None:
        texts.clear()
        raise _Found

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = refused
    try:
        parser.Parse(packet.strip(b"\0 \t\r\n"), True)
    except _Found:
        return "".join(texts) or None
    except (expat.ExpatError, ValueError):
        return None
    return None
