"""Serve `/v1/batches`: the requests of a file, answered one after the other after a few seconds.

Shape: `Batch` of the openai package.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from components.engine.api import errors
from components.engine.api.batch.files import file_store
from components.engine.api.errors import RequestError
from components.engine.api.images import edits, generations
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool

ENDPOINTS = {"/v1/images/generations": generations.generate, "/v1/images/edits": edits.edit}
WAIT_SECONDS = 3.0  # from a batch's creation until its first request is answered, times the server's pace
WINDOW_SECONDS = 24 * 60 * 60
MOST_LINES = 1000
MOST_BATCHES = 100  # kept; the oldest goes first


@dataclass
class _Batch:
    """A batch with its requests. `about` is what its answer says."""

    about: dict[str, Any]
    lines: list[dict[str, Any]]
    is_cancelled: bool = False


@dataclass
class BatchStore:
    """Keep the batches of one server, by their ids, and the tasks that work on them."""

    batches: OrderedDict[str, _Batch] = field(default_factory=OrderedDict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


def _store(request: Request) -> BatchStore:
    store: BatchStore = request.app.state.batches
    return store


def _named(request: Request) -> _Batch:
    """Return the batch in a request's path. Raise RequestError (404)."""
    batch_id = request.path_params["batch"]
    if batch_id not in _store(request).batches:
        raise RequestError(404, f"No batch found with id '{batch_id[:60]}'.")
    return _store(request).batches[batch_id]


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
    text = file_store(request).path(file_id).read_text("utf-8", "replace")
    about: dict[str, Any] = {
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
    """Return the requests of an input file. A line that is not a request fails the batch."""
    lines: list[dict[str, Any]] = []
    for number, raw in enumerate((line for line in text.splitlines() if line.strip()), 1):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            line = None
        is_request = isinstance(line, dict) and isinstance(line.get("custom_id"), str)
        if not is_request or not isinstance(line.get("body"), dict) or line.get("url") != endpoint:
            return _fail(about, "invalid_json_line", f"Line {number} is not a request for {endpoint}.", number)
        lines.append(line)
    if not 0 < len(lines) <= MOST_LINES or len({line["custom_id"] for line in lines}) < len(lines):
        return _fail(
            about, "invalid_file", f"A batch has 1 to {MOST_LINES} requests with custom ids that differ.", None
        )
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
    files = file_store(request)
    for line in batch.lines:
        if batch.is_cancelled:
            break
        status, body = await _answer(request, about["endpoint"], line["body"])
        name, count = ("output_file_id", "completed") if status == 200 else ("error_file_id", "failed")
        if about[name] is None:
            about[name] = files.add(f"{about['id']}_{count}.jsonl", "batch_output")["id"]
        response = {"status_code": status, "request_id": f"req_{uuid.uuid4().hex}", "body": body}
        entry = {"id": f"batch_req_{uuid.uuid4().hex}", "custom_id": line["custom_id"], "response": response}
        files.append(about[name], {**entry, "error": None})
        about["request_counts"][count] += 1
    batch.lines = []
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
    except RequestError as refusal:
        return refusal.status, {"error": refusal.error()}
    except Exception:  # an answer that is not JSON, as some marks in a prompt ask for, or a fault of the engine
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
    return Json(_named(request).about)


async def cancel(request: Request) -> Json:
    """Serve `POST /v1/batches/{id}/cancel`: the request under way is finished."""
    batch = _named(request)
    if batch.about["status"] not in {"validating", "in_progress", "cancelling"}:
        raise RequestError(409, f"Cannot cancel a batch with status '{batch.about['status']}'.")
    batch.is_cancelled = True
    batch.about.update(status="cancelling", cancelling_at=int(time.time()))
    return Json(batch.about)
