"""The calls of a batch: upload its file, create it, look at it, find it again, cancel it, download its results.

Source of the shapes: the types of the openai package (``Batch``, ``FileObject``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from components.client import errors
from components.client.api import Client
from components.client.bodies import DataUrl, FilePart, FormBody, InputUnreadable, JsonBody, write_json
from components.client.capabilities import shaped_body
from components.client.connections.connection import Connection
from components.client.errors import Money
from components.client.masking import scrub
from components.client.wire import ApiCall
from components.parameters import Request

ENDPOINTS = {"generate": "/v1/images/generations", "edit": "/v1/images/edits"}  # by operation
MOST_BYTES = 150_000_000  # of an input file; OpenAI takes 200 MB
WINDOW_SECONDS = 24 * 60 * 60
# The key in a batch's metadata under which the app's own id of it stands.
MARK = "image_workbench_batch"
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})

_STREAM_OFF = {"stream": False, "partial_images": 0}
_LISTED = 100  # the most batches that one answer lists, newest first
_ID = re.compile(r"\w[\w.-]{0,199}", re.ASCII)  # it becomes a part of a path
_LONGEST_PROBLEM = 600


@dataclass(frozen=True)
class RemoteBatch:
    """A batch as its server describes it.

    `files` are the ids of its answers, then of its errors, as far as they exist; `answered` counts requests that were
    completed or failed. `expires` is in Unix seconds.
    """

    id: str
    status: str
    files: tuple[str, ...] = ()
    answered: int = 0
    expires: float | None = None
    problem: str = ""

    @property
    def has_ended(self) -> bool:
        """Return whether nothing more will come of it."""
        return self.status in ENDED


def without_stream(request: Request) -> Request:
    """Return the request as a batch sends it: nobody is there to see previews."""
    off = {name: value for name, value in _STREAM_OFF.items() if name in request.values}
    return replace(request, values=MappingProxyType({**request.values, **off}))


def write_lines(path: Path, client: Client, connection: Connection, requests: Iterable[tuple[str, Request]]) -> None:
    """Write a batch's input file: one JSON object a line, for pairs of custom id and request. Raise OSError.

    Bodies are shaped as the server is known to want them. The images of an edit are in them as data URLs, as a file of
    JSON has no parts.
    """
    with path.open("wb") as file:
        for custom_id, request in requests:
            named = without_stream(request).named(connection.server.name_of(request.model))
            body = shaped_body(named, client.known_values(connection, request.model)) | _images(request)
            line = {"custom_id": custom_id, "method": "POST", "url": ENDPOINTS[request.operation], "body": body}
            try:
                write_json(file, line)
            except InputUnreadable as missing:
                raise OSError(str(missing)) from None
            file.write(b"\n")


def line_bytes(request: Request) -> int:
    """Return about how long the line of a request is in an input file."""
    images = (*request.images, *([request.mask] if request.mask else []))
    return 8_000 + sum((one.bytes + 2) // 3 * 4 for one in images)


def _images(request: Request) -> dict[str, object]:
    """Return the images of an edit as they stand in a JSON body."""
    urls = [{"image_url": DataUrl(one.path, one.content_type)} for one in request.images]
    found: dict[str, object] = {"images": urls} if urls else {}
    if request.mask is not None:
        found["mask"] = {"image_url": DataUrl(request.mask.path, request.mask.content_type)}
    return found


async def upload(client: Client, connection: Connection, path: Path) -> str:
    """Upload an input file, which is free, and return its id. Raise ApiError."""
    part = FilePart("file", path, "batch.jsonl", "application/jsonl")
    call = ApiCall("POST", "/files", FormBody({"purpose": "batch"}, [part]), costly=False)
    return _id(await client.json(connection, call), Money.NOTHING_SPENT)


async def create(client: Client, connection: Connection, file_id: str, mark: str, operation: str) -> RemoteBatch:
    """Create a batch, which is billed. Raise ApiError; whether it was created may be unknown then."""
    endpoint = ENDPOINTS[operation]
    body = {"input_file_id": file_id, "endpoint": endpoint, "completion_window": "24h", "metadata": {MARK: mark}}
    call = ApiCall("POST", "/batches", JsonBody(body))
    return _read(connection, await client.json(connection, call), Money.MAY_BE_BILLED)


async def find(client: Client, connection: Connection, mark: str) -> RemoteBatch | None:
    """Return the batch with this mark among the newest, or None. Raise ApiError."""
    call = ApiCall("GET", "/batches", costly=False, query=(("limit", str(_LISTED)),))
    answer = await client.json(connection, call)
    listed = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(listed, list):
        raise errors.NotJsonResponse("It is JSON, but not a list of batches.", money=Money.NOTHING_SPENT)
    for one in listed:
        metadata = one.get("metadata") if isinstance(one, Mapping) else None
        if isinstance(metadata, Mapping) and metadata.get(MARK) == mark:
            return _read(connection, one, Money.MAY_BE_BILLED)
    return None


async def retrieve(client: Client, connection: Connection, batch_id: str) -> RemoteBatch:
    """Return how a batch is. Raise ApiError."""
    call = ApiCall("GET", f"/batches/{batch_id}", costly=False)
    return _read(connection, await client.json(connection, call), Money.NOTHING_SPENT)


async def cancel(client: Client, connection: Connection, batch_id: str) -> RemoteBatch:
    """Cancel a batch; what was made before is billed and can be downloaded later. Raise ApiError."""
    call = ApiCall("POST", f"/batches/{batch_id}/cancel", costly=False)
    return _read(connection, await client.json(connection, call), Money.NOTHING_SPENT)


async def download(client: Client, connection: Connection, file_id: str, target: Path) -> None:
    """Write a file's content to `target`, piece by piece. Raise ApiError, OSError."""
    await client.download(connection, ApiCall("GET", f"/files/{file_id}/content", costly=False), target)


def _read(connection: Connection, value: Any, money: Money) -> RemoteBatch:
    batch_id = _id(value, money)
    counts = _mapping(value.get("request_counts"))
    problems = _mapping(value.get("errors")).get("data")
    first = _mapping(problems[0]) if isinstance(problems, list) and problems else {}
    expires = value.get("expires_at")
    files = (value.get("output_file_id"), value.get("error_file_id"))
    return RemoteBatch(
        batch_id,
        status=str(value.get("status"))[:40],
        files=tuple(one for one in files if isinstance(one, str) and _ID.fullmatch(one)),
        answered=sum(one for one in map(counts.get, ("completed", "failed")) if type(one) is int and one > 0),
        expires=float(expires) if type(expires) is int and 0 < expires < 4e9 else None,
        problem=scrub(str(first.get("message") or "")[:_LONGEST_PROBLEM], connection.secrets),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any, money: Money) -> str:
    """Return the id of a file or a batch, if it can stand in a path."""
    found = _mapping(value).get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise errors.NotJsonResponse("It is JSON, but it has no usable id.", money=money)
    return found
