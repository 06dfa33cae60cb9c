"""Serve `POST /v1/content_provenance_checks`. Shape: `ContentProvenanceCheck` of the openai package.

The state of a C2PA manifest is read from the file. Nothing is ever "detected": that word of the API means OpenAI's own
signals, and this engine knows neither OpenAI's certificates nor its watermark.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

from starlette.requests import Request

from components.engine.api.errors import RequestError
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool
from components.engine.api.uploads import Part, check_type, open_raw, single_file
from components.images.provenance.manifest import carries_manifest
from components.images.provenance.provenance import Provenance, read_provenance

TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_STATES = {"trusted", "valid", "invalid", "not_present"}
_UNREAD = {
    "not_installed": "The file is signed; reading that needs the optional package c2pa-python on the engine's side.",
    "unreadable": "The file's signed provenance cannot be read; it may be damaged.",
}


async def check(request: Request) -> Json:
    """Serve `POST /v1/content_provenance_checks`."""
    part = await single_file(request, "file")
    check_type(part, TYPES)
    draw_pool: DrawPool = request.app.state.draw_pool
    found = await draw_pool.begin(partial(_read, part))
    if found.state in ("not_installed", "unreadable"):
        raise RequestError(501, _UNREAD[found.state], param="file")
    c2pa = {
        "type": "c2pa",
        "outcome": "not_detected",
        "issuer": found.signer or None,
        "model": None,
        "generated_at": None,
        "validation_state": found.state if found.state in _STATES else "not_present",
    }
    synthid = {"type": "synthid", "outcome": "not_detected", "model": None, "generated_at": None}
    return Json({"object": "content_provenance_check", "created_at": int(time.time()), "results": [c2pa, synthid]})


def _read(part: Part) -> Provenance:
    open_raw(part.data, part.name, "file")
    with tempfile.TemporaryDirectory(prefix="image-workbench-engine-") as folder:
        path = Path(folder) / "image"
        path.write_bytes(part.data)
        return read_provenance(path) if carries_manifest(path) else Provenance("not_present")
