"""Paths below the base path of what only the app server that has a page can answer: uploads and downloads of it."""

from __future__ import annotations

import re

UPLOADS = "/_stcore/upload_file/"
UPLOAD = re.compile(rf"{UPLOADS}(?P<session>[A-Za-z0-9_-]{{1,64}})/[A-Za-z0-9_-]{{1,64}}")
MEDIA = re.compile(r"/media/[A-Za-z0-9_.-]{1,150}")


def session_of(path: str) -> str:
    """Return the id of the session that an upload names."""
    return path.removeprefix(UPLOADS).partition("/")[0]
