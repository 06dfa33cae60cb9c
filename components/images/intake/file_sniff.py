"""Recognize files that are not images, whatever their names say."""

from __future__ import annotations

import struct

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<head", "a web page (HTML)"),
    (b"<body", "a web page (HTML)"),
    (b"<script", "a script"),
    (b"<?php", "a script"),
    (b"#!", "a script"),
    (b"%pdf", "a PDF document; save the page as an image first"),
    (b"%!ps", "a PostScript file; save it as PNG first"),
    (b"pk\x03\x04", "a ZIP archive or an office document"),
    (b"rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"mz", "a program"),
    (b"\x7felf", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xff\x0a", "a JPEG XL image, which cannot be read here; save it as PNG or JPEG first"),
    (b"\x00\x00\x00\x0cjxl ", "a JPEG XL image, which cannot be read here; save it as PNG or JPEG first"),
    (b"{", "a text file (JSON)"),
    (b"[", "a text file"),
)
_SVG = "This is an SVG, a drawing without pixels, which the models do not take. Save it as PNG first."
_FILMS = (b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"m4v ", b"avc1", b"3gp4", b"3gp5", b"dash")


# Where width and height stand, by how a file begins, as struct reads them.
_SIZES = ((b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, ">II"), (b"GIF8", 6, "<HH"), (b"BM", 18, "<ii"))


def _without_pixels(head: bytes) -> str | None:
    for start, place, layout in _SIZES:
        if head.startswith(start) and len(head) >= place + struct.calcsize(layout):
            width, height = struct.unpack_from(layout, head, place)
            if not width or not height:
                return f"The image is {width}x{height}: it has no pixels."
    return None


def refusal_for(head: bytes) -> str | None:
    """Return a sentence on why a file that begins like this (1 kB) is refused; None for what may be an image.

    Only beginnings that no readable image can have are refused.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        return _SVG if b"<svg" in text else "This is an XML document, not an image."
    if head[4:8] == b"ftyp" and head[8:12].lower() in _FILMS:
        return "This is a video, not an image. Export one frame as PNG or JPEG first."
    if flat := _without_pixels(head):
        return flat
    what = next((what for start, what in _STARTS if text.startswith(start)), None)
    return f"This is {what}." if what and ";" in what else f"This is {what}, not an image." if what else None
