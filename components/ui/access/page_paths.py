"""Paths below the base path of what only the app server that has a page can answer: uploads and downloads of it."""

from __future__ import annotations

import re

UPLOADS = "/_stcore/upload_file/"
UPLOAD = re.compile(rf"{UPLOADS}(?P<session>[A-Za-z0-9_-]{{1,64}})/[A-Za-z0-9_-]{{1,64}}")
MEDIA = re.compile(r"/media/[A-Za-z0-9_.-]{1,150}")
# As it stands in a message to a page, where the byte after the extension may look like a part of it.
_MEDIA_ID = re.compile(rb"/media/([0-9a-f]{16,128})\.")


def media_ids(data: bytes) -> list[str]:
    """Return the ids of the downloads that a message or a path names."""
    return [one.decode() for one in _MEDIA_ID.findall(data)] if b"/media/" in data else []


def session_of(path: str) -> str:
    """Return the id of the session that an upload names."""
    return path.removeprefix(UPLOADS).partition("/")[0]
