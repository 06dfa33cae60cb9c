"""What the answers of the app's own routes say of a file: its type, and under which name it is saved."""

from __future__ import annotations

from urllib.parse import quote

CONTENT_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}

# An SVG opened by its address could run scripts in our origin; this keeps it a picture.
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def with_ending(filename: str, ending: str) -> str:
    """The name under which a file of this kind is saved: its ending, without the dot, is that of its real format."""
    stem, dot, told = filename.rpartition(".")
    same = {"jpeg": "jpg", "tif": "tiff"}
    if dot and same.get(told.lower(), told.lower()) == same.get(ending, ending):
        return filename
    return f"{stem if dot and stem and told.isalnum() and len(told) <= 5 else filename}.{ending}"


def disposition(filename: str) -> str:
    """The header that saves an answer under a name, whatever its letters."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
