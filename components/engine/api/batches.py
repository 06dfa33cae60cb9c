"""Serve `/v1/files` and `/v1/batches`: a file of requests, answered one after the other after a few seconds.

The files lie in a folder that goes with the server. Shapes: `FileObject` and `Batch` of the openai package.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message

from components.engine.api import edits, errors, generations
from components.engine.api.errors import ApiError
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool

ENDPOINTS = {"/v1/images/generations": generations.generate, "/v1/images/edits": edits.edit}
WAIT_SECONDS = 3.0  # from a batch's creation until its first request is answered, times the server's pace
WINDOW_SECONDS = 24 * 60 * 60
MOST_BYTES = 200_000_000  # of an input file
MOST_LINES = 1000
MOST_FILES = 64  # kept; the oldest goes first
MOST_BATCHES = 100


@dataclass
class _Batch:
    """A batch with its requests. `about` is what its answer says."""

    about: dict[str, Any]
    lines: list[dict[str, Any]]
    is_cancelled: bool = False
    outputs: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


class BatchStore:
    """Keep the files and batches of one server."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="image-workbench-engine-", ignore_cleanup_errors=True)
        self._files: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.batches: OrderedDict[str, _Batch] = OrderedDict()
        self.tasks: set[asyncio.Task[None]] = set()

    def keep(self, data: bytes, name: str, purpose: str) -> dict[str, Any]:
        """Keep a file and return what its answer says."""
        about = {
            "id": f"file-{uuid.uuid4().hex}",
            "object": "file",
            "bytes": len(data),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        self.path(about["id"]).write_bytes(data)
        self._files[about["id"]] = about
        while len(self._files) > MOST_FILES:
            self.path(self._files.popitem(last=False)[0]).unlink(missing_ok=True)
        return about

    def about(self, file_id: str) -> dict[str, Any]:
        """Return what a file's answer says. Raises ApiError (404)."""
        if file_id not in self._files:
            raise ApiError(404, f"No such File object: {file_id[:60]}", param="id")
        return self._files[file_id]

    def path(self, file_id: str) -> Path:
        """Return where a known file lies."""
        return Path(self._folder.name) / file_id

    def batch(self, batch_id: str) -> _Batch:
        """Return a batch. Raises ApiError (404)."""
        if batch_id not in self.batches:
            raise ApiError(404, f"No batch found with id '{batch_id[:60]}'.")
        return self.batches[batch_id]


def _store(request: Request) -> BatchStore:
    store: BatchStore = request.app.state.batches
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
            return Json(_store(request).keep(await file.read(), file.filename or "", purpose))
    except MultiPartException as error:
        raise ApiError(400, f"The multipart form cannot be read: {error.message}") from None


async def show_file(request: Request) -> Json:
    """Serve `GET /v1/files/{id}`."""
    return Json(_store(request).about(request.path_params["file"]))


async def content(request: Request) -> FileResponse:
    """Serve `GET /v1/files/{id}/content`."""
    store = _store(request)
    return FileResponse(store.path(store.about(request.path_params["file"])["id"]), media_type="application/jsonl")


async def create(request: Request) -> Json:
    """Serve `POST /v1/batches`."""
    body, store = await generations.read_json(request), _store(request)
    endpoint = str(body.get("endpoint"))
    if endpoint not in ENDPOINTS:
        raise errors.wrong_value("endpoint", endpoint, list(ENDPOINTS))
    if body.get("completion_window") != "24h":
        raise errors.wrong_value("completion_window", body.get("completion_window"), ["24h"])
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise errors.wrong_type("metadata", "an object", metadata)
    file_id, now = str(body.get("input_file_id")), int(time.time())
    text = store.path(store.about(file_id)["id"]).read_text("utf-8", "replace")
    about = {
        "id": f"batch_{uuid.uuid4().hex}",
        "object": "batch",
        "endpoint": endpoint,
        "errors": None,
        "input_file_id": file_id,
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": now,
        "expires_at": now + WINDOW_SECONDS,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": metadata,
    }
    batch = store.batches[about["id"]] = _Batch(about, _lines(about, text, endpoint))
    while len(store.batches) > MOST_BATCHES:
        store.batches.popitem(last=False)
    if batch.lines:
        task = asyncio.get_running_loop().create_task(_process(request, batch))
        store.tasks.add(task)
        task.add_done_callback(store.tasks.discard)
    return Json(about)


def _lines(about: dict[str, Any], text: str, endpoint: str) -> list[dict[str, Any]]:
    """Return the requests of an input file; with a line that is none the whole batch fails."""
    lines: list[dict[str, Any]] = []
    for number, raw in enumerate((line for line in text.splitlines() if line.strip()), 1):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            line = None
        is_request = isinstance(line, dict) and isinstance(line.get("custom_id"), str)
        if not is_request or not isinstance(line.get("body"), dict) or line.get("url") != endpoint:
            return _fail(about, "invalid_json_line", f"Line {number} is no request for {endpoint}.", number)
        lines.append(line)
    if not 0 < len(lines) <= MOST_LINES or len({line["custom_id"] for line in lines}) < len(lines):
        return _fail(about, "invalid_file", f"A batch has 1 to {MOST_LINES} requests with custom ids that differ.", None)
    about["request_counts"]["total"] = len(lines)
    return lines


def _fail(about: dict[str, Any], code: str, message: str, line: int | None) -> list[dict[str, Any]]:
    problem = {"code": code, "message": message, "line": line, "param": None}
    about.update(status="failed", failed_at=int(time.time()), errors={"object": "list", "data": [problem]})
    return []


async def _process(request: Request, batch: _Batch) -> None:
    """Answer the requests in their order, until one cancels."""
    about, draw_pool = batch.about, request.app.state.draw_pool
    assert isinstance(draw_pool, DrawPool)
    about.update(status="in_progress", in_progress_at=int(time.time()))
    await asyncio.sleep(WAIT_SECONDS * draw_pool.pace)
    for line in batch.lines:
        if batch.is_cancelled:
            break
        status, body = await _answer(request, about["endpoint"], line["body"])
        is_done = status == 200
        response = {"status_code": status, "request_id": f"req_{uuid.uuid4().hex}", "body": body}
        entry = {"id": f"batch_req_{uuid.uuid4().hex}", "custom_id": line["custom_id"], "response": response}
        (batch.outputs if is_done else batch.errors).append({**entry, "error": None})
        about["request_counts"]["completed" if is_done else "failed"] += 1
    about.update(status="finalizing", finalizing_at=int(time.time()))
    store = _store(request)
    for name, found in (("output_file_id", batch.outputs), ("error_file_id", batch.errors)):
        if found:
            text = "".join(f"{json.dumps(entry, separators=(',', ':'))}\n" for entry in found)
            about[name] = store.keep(text.encode("ascii"), f"{about['id']}.jsonl", "batch_output")["id"]
    batch.lines, batch.outputs, batch.errors = [], [], []
    last = "cancelled" if batch.is_cancelled else "completed"
    about.update({"status": last, f"{last}_at": int(time.time())})


async def _answer(request: Request, endpoint: str, body: Mapping[str, Any]) -> tuple[int, Any]:
    """Return status and JSON of one request, made as if it had come by itself."""
    data = json.dumps(body).encode("ascii")

    async def receive() -> Message:
        return {"type": "http.request", "body": data, "more_body": False}

    scope = {**request.scope, "path": endpoint, "headers": [(b"content-type", b"application/json")]}
    try:
        if body.get("stream"):
            raise errors.not_allowed("stream", "'stream' is not supported in a batch.")
        answer: Response = await ENDPOINTS[endpoint](Request(scope, receive))
        return answer.status_code, json.loads(bytes(answer.body))
    except ApiError as refusal:
        return refusal.status, {"error": refusal.error()}
    except Exception:  # an answer that is no JSON, as some marks in a prompt ask for, or a fault of the engine
        return 500, {"error": errors.server_error().error()}


async def list_batches(request: Request) -> Json:
    """Serve `GET /v1/batches`, newest first."""
    limit = request.query_params.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise errors.wrong_value("limit", limit, ["1 to 100"])
    newest = [batch.about for batch in reversed(_store(request).batches.values())][: int(limit)]
    return Json({"object": "list", "data": newest, "has_more": False})


async def show(request: Request) -> Json:
    """Serve `GET /v1/batches/{id}`."""
    return Json(_store(request).batch(request.path_params["batch"]).about)


async def cancel(request: Request) -> Json:
    """Serve `POST /v1/batches/{id}/cancel`: the request under way is finished."""
    batch = _store(request).batch(request.path_params["batch"])
    if batch.about["status"] not in {"validating", "in_progress", "cancelling"}:
        raise ApiError(409, f"Cannot cancel a batch with status '{batch.about['status']}'.")
    batch.is_cancelled = True
    batch.about.update(status="cancelling", cancelling_at=int(time.time()))
    return Json(batch.about)
