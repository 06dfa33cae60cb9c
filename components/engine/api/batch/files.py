"""Serve `/v1/files`: what is uploaded for a batch, and its results. Shape: `FileObject` of the openai package."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections import OrderedDict
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import FileResponse

from components.engine.api import errors
from components.engine.api.errors import RequestError
from components.engine.api.responses import Json

MOST_BYTES = 200_000_000  # of an input file
MOST_FILES = 64  # kept; the oldest goes first


class ServerFiles:
    """Keep the files of one server, in a folder that goes with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="image-workbench-engine-", ignore_cleanup_errors=True)
        self._files: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def close(self) -> None:
        """Delete all files."""
        self._folder.cleanup()

    def add(self, name: str, purpose: str, data: bytes = b"") -> dict[str, Any]:
        """Keep a file and return what its answer says."""
        about: dict[str, Any] = {
            "id": f"file-{uuid.uuid4().hex}",
            "object": "file",
            "bytes": len(data),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        self._files[about["id"]] = about
        self.path(about["id"]).write_bytes(data)
        while len(self._files) > MOST_FILES:
            self._path(self._files.popitem(last=False)[0]).unlink(missing_ok=True)
        return about

    def append(self, file_id: str, entry: Any) -> None:
        """Write one more line of JSON."""
        with self.path(file_id).open("ab") as file:
            file.write(json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n")
            self._files[file_id]["bytes"] = file.tell()

    def about(self, file_id: str) -> dict[str, Any]:
        """Return what a file's answer says. Raise RequestError (404)."""
        if file_id not in self._files:
            raise RequestError(404, f"No such File object: {file_id[:60]}", param="id")
        return self._files[file_id]

    def path(self, file_id: str) -> Path:
        """Return where a file lies. Raise RequestError (404)."""
        return self._path(self.about(file_id)["id"])

    def _path(self, file_id: str) -> Path:
        return Path(self._folder.name) / file_id


def file_store(request: Request) -> ServerFiles:
    """Return the files of the server that a request came to."""
    store: ServerFiles = request.app.state.files
    return store


async def upload(request: Request) -> Json:
    """Serve `POST /v1/files`."""
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            file, purpose = form.get("file"), str(form.get("purpose") or "")
            if not isinstance(file, UploadFile):
                raise errors.missing("file")
            if purpose != "batch":
                raise errors.wrong_value("purpose", purpose, ["batch"])
            if (file.size or 0) > MOST_BYTES:
                raise errors.file_too_large("file", file.size or 0, MOST_BYTES)
            return Json(file_store(request).add(file.filename or "", purpose, await file.read()))
    except MultiPartException as error:
        raise RequestError(400, f"The multipart form cannot be read: {error.message}") from None


async def show(request: Request) -> Json:
    """Serve `GET /v1/files/{id}`."""
    return Json(file_store(request).about(request.path_params["file"]))


async def content(request: Request) -> FileResponse:
    """Serve `GET /v1/files/{id}/content`."""
    return FileResponse(file_store(request).path(request.path_params["file"]), media_type="application/jsonl")
