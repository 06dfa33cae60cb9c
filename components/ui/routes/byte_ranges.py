"""Which bytes of a file a request asks for, by RFC 9110, section 14."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """The file ends before the first byte that is asked for."""


def requested_range(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | None:
    """Return the first and the last byte that are asked for; None for the whole file.

    Several ranges, what cannot be read, and a range of another version (If-Range) are answered by the whole file, as
    the RFC allows. Raise NotSatisfiable.
    """
    match = _ONE.fullmatch(headers.get("range", ""))
    if match is None or match[1] == match[2] == "" or headers.get("if-range", etag) != etag:
        return None
    if not match[1]:  # this many bytes from the end
        length = min(int(match[2]), size)
        if length == 0:
            raise NotSatisfiable
        return size - length, size - 1
    first, last = int(match[1]), min(int(match[2] or size), size - 1)
    if match[2] and int(match[2]) < first:
        return None
    if first >= size:
        raise NotSatisfiable
    return first, last
