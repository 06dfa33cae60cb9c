"""Response headers of files: content type and download name; and responses that several routes share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from components.library import LibraryUnavailable
from components.library.csv_cells import MARK

CONTENT_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}

# A stored file never changes, since its name is the SHA-256 of its content.
FOREVER = "private, max-age=31536000, immutable"

# An SVG opened by its address could run scripts in our origin; this policy prevents it.
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def with_extension(filename: str, extension: str) -> str:
    """Return the file name with the extension (without a dot) of its real format."""
    stem, dot, given = filename.rpartition(".")
    aliases = {"jpeg": "jpg", "tif": "tiff"}
    if dot and aliases.get(given.lower(), given.lower()) == aliases.get(extension, extension):
        return filename
    has_extension = dot and stem and given.isalnum() and len(given) <= 5
    return f"{stem if has_extension else filename}.{extension}"


def disposition(filename: str) -> str:
    """Return a Content-Disposition header that saves a response under a name with any characters."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def unavailable(problem: LibraryUnavailable) -> Response:
    """Return the answer to a request for which the library cannot be read now."""
    return PlainTextResponse(str(problem), status_code=503, headers={"Retry-After": "5", "Cache-Control": "no-store"})


def csv_response(filename: str, lines: Iterable[str]) -> Response:
    """Return a table that is downloaded while its lines are made."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition(filename)}
    return StreamingResponse(chain([MARK], lines), media_type="text/csv; charset=utf-8", headers=headers)
