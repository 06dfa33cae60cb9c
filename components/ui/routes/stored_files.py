"""`/files/…`: stored files, whole or in part, or a signed link to one on S3."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from components.library import LibraryUnavailable
from components.library.files.file_store import ServedFile
from components.library.visible.served_files import known_file, open_part, signed_link
from components.ui.process.workbench import workbench
from components.ui.routes.audit_routes import note_request
from components.ui.routes.byte_ranges import NotSatisfiable, requested_range
from components.ui.routes.headers import CONTENT_TYPES, FOREVER, SVG_POLICY, disposition, unavailable, with_extension

KINDS = {"originals": "original", "thumbnails": "thumbnail", "inputs": "input"}

# A thumbnail is named by its image, so its name says nothing of its own bytes: it comes whole.
_IN_PARTS = ("original", "input")

_RANGE_HEADERS = (b"range", b"if-range")


class ChunkedFileResponse(FileResponse):
    """A whole file in pieces of 1 MB: an image of 3 MB takes 3 reads instead of 50. `stored_file` answers ranges."""

    chunk_size = 1024 * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        headers = [(name, value) for name, value in scope["headers"] if name not in _RANGE_HEADERS]
        await super().__call__({**scope, "headers": headers}, receive, send)


async def stored_file(request: Request) -> Response:
    """`/files/KIND/SHA256.EXT`: the exact stored bytes; `?download=NAME` saves them under that name.

    A range of an original or an input is read without the rest. With signed links, the download of an original goes on
    to the storage; images that pages show do not, because the Content-Security-Policy lets them come from here alone.
    The audit trail has each file that was saved, but no further part of one.
    """
    answer = await _answer(request)
    is_saved = request.method == "GET" and "download" in request.query_params
    if is_saved and answer.status_code in (200, 307):
        kind, name = (request.path_params[part] for part in ("kind", "name"))
        await note_request(request, "exported", name, {"kind": kind})
    return answer


async def _answer(request: Request) -> Response:
    sha256, _, extension = request.path_params["name"].partition(".")
    kind = KINDS.get(request.path_params["kind"])
    if kind is None or extension not in CONTENT_TYPES or len(sha256) != 64 or not sha256.isalnum():
        return PlainTextResponse("No such file.", status_code=404)
    is_linked = request.method == "GET" and kind == "original" and "download" in request.query_params
    try:
        link = await to_thread.run_sync(_link, request, kind, sha256) if is_linked else None
        if link is not None:
            return RedirectResponse(link, headers={"Cache-Control": "no-store"})
        if request.method == "HEAD":
            return await to_thread.run_sync(_head, request, kind, sha256, extension)
        if request.method == "GET" and kind in _IN_PARTS and "range" in request.headers:
            part = await to_thread.run_sync(_part, request, kind, sha256, extension)
            if part is not None:
                return part
        path = await to_thread.run_sync(lambda: workbench().library.file(kind, sha256))
    except LibraryUnavailable as problem:
        return unavailable(problem)
    if path is None:
        return _missing()
    # A thumbnail may have another format than its address says; the header names the real one.
    headers = _headers(request, kind, sha256, path.suffix.lstrip("."), extension)
    return ChunkedFileResponse(path, media_type=headers["Content-Type"], headers=headers)


def _missing() -> Response:
    return PlainTextResponse("This file is not in the library.", status_code=404)


def _link(request: Request, kind: str, sha256: str) -> str | None:
    """Return a signed link to a file that the person may see; None if links are off or there is no such file."""
    seconds, library = workbench().settings.signed_link_seconds, workbench().library
    file = known_file(library, kind, sha256) if seconds else None
    if file is None:
        return None
    name = with_extension(request.query_params["download"] or f"{sha256}.{file.suffix}", file.suffix)
    return signed_link(library, file, seconds, {"Content-Disposition": disposition(name)})


def _head(request: Request, kind: str, sha256: str, extension: str) -> Response:
    """Return the headers of the whole file, which is not read for them."""
    file = known_file(workbench().library, kind, sha256)
    if file is None or not file.bytes:  # an empty thumbnail counts as none
        return _missing()
    headers = _headers(request, kind, sha256, file.suffix, extension)
    return Response(headers={**headers, "Content-Length": str(file.bytes)})


def _part(request: Request, kind: str, sha256: str, extension: str) -> Response | None:
    """Return the answer to a request for a range; None if the whole file is to be sent."""
    library, etag = workbench().library, _etag(sha256)
    file: ServedFile | None = known_file(library, kind, sha256)
    if file is None:
        return _missing()
    try:
        asked = requested_range(request.headers, file.bytes, etag)
    except NotSatisfiable:
        headers = {"Content-Range": f"bytes */{file.bytes}", "Cache-Control": "no-store"}
        return PlainTextResponse("The file ends before this range.", status_code=416, headers=headers)
    if asked is None:
        return None
    first, last = asked
    part = open_part(library, file, first, last)
    if part is None:
        return _missing()
    headers = {
        **_headers(request, kind, sha256, file.suffix, extension),
        "Content-Range": f"bytes {first}-{last}/{file.bytes}",
        "Content-Length": str(last + 1 - first),
    }
    return StreamingResponse(part, status_code=206, headers=headers)


def _etag(sha256: str) -> str:
    return f'"{sha256}"'


def _headers(request: Request, kind: str, sha256: str, suffix: str, extension: str) -> dict[str, str]:
    """Return the headers of a file with this extension (`suffix`), whatever its address says."""
    content_type = CONTENT_TYPES.get(suffix, CONTENT_TYPES[extension])
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff", "Content-Type": content_type}
    if kind in _IN_PARTS:
        headers |= {"Accept-Ranges": "bytes", "ETag": _etag(sha256)}
    else:
        headers["Accept-Ranges"] = "none"
    if content_type == "image/svg+xml":
        headers["Content-Security-Policy"] = SVG_POLICY
    if (name := request.query_params.get("download")) is not None:
        headers["Content-Disposition"] = disposition(with_extension(name or f"{sha256}.{suffix}", suffix))
    return headers


routes = [Route("/files/{kind}/{name}", stored_file)]
