"""Uploads of dropped files: return the recipe of an image or recipe file, import a ZIP.

They bypass Streamlit, which would hold them in memory. Only the app's own pages can send them: the required header
needs a CORS permission that other origins do not get.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, open_file, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components.images.metadata import recipe_in
from components.library import LibraryUnavailable
from components.library.archive.importer import ArchiveRefused, import_zip
from components.library.files.disk_space import require_bytes
from components.library.team.audit import record
from components.team.people import Person
from components.ui.access.identity import person_of
from components.ui.process.workbench import workbench

HEADER = "x-image-workbench"
MOST_RECIPE = 200_000_000  # bytes of a file with a recipe
MOST_ARCHIVE = 50_000_000_000
NO_RECIPE = (
    "This file carries no recipe. Images downloaded here carry one, unless another program rewrote them. "
    "To use the image itself, drop it on Image(s) on the Edit or Analyze page."
)


class _UploadRefused(Exception):
    """A refusal with a message for the page and an HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


# Imports and recipes have separate threads, so that files are still served. MOST_IMPORTS archives may wait.
IMPORTS_AT_ONCE = 2
MOST_IMPORTS = 8
_limiters: dict[str, CapacityLimiter] = {}
_importing: set[str] = set()  # who imports: the person who signed in, else address and browser name


def _declared_length(request: Request, most: int) -> int:
    """Return the declared length in bytes. Raise _UploadRefused before any byte is read."""
    if HEADER not in request.headers:
        raise _UploadRefused(403, "Only the app's own pages can upload files.")
    length = request.headers.get("content-length", "")
    if not length.isascii() or not length.isdigit():
        raise _UploadRefused(411, "The browser did not send the file's size. Drop it again.")
    if int(length) > most:
        raise _UploadRefused(413, f"The file is larger than {most // 1_000_000} MB.")
    return int(length)


async def _receive(request: Request, path: Path, most: int) -> None:
    size = 0
    async with await open_file(path, "wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise _UploadRefused(413, f"The file is larger than {most // 1_000_000} MB.")
            await file.write(piece)


async def _receive_and_use(request: Request, kind: str, most: int, use: Callable[[Path], dict[str, Any]]) -> Response:
    library = workbench().library
    path = library.staging / f"dropped-{secrets.token_hex(8)}"
    limiter = _limiters.setdefault(kind, CapacityLimiter(IMPORTS_AT_ONCE))
    try:
        length = _declared_length(request, most)
        require_bytes(library.folder, length, what="this file", again="drop it again")
        await _receive(request, path, length)
        return JSONResponse(await to_thread.run_sync(use, path, limiter=limiter))
    except _UploadRefused as refusal:
        return JSONResponse({"error": str(refusal)}, status_code=refusal.status)
    except (ArchiveRefused, LibraryUnavailable) as refusal:
        return JSONResponse({"error": str(refusal)}, status_code=422)
    except OSError as problem:
        return JSONResponse({"error": f"The file could not be stored: {problem.strerror}."}, status_code=507)
    except ClientDisconnect:
        return Response(status_code=499)
    finally:
        await to_thread.run_sync(lambda: path.unlink(missing_ok=True))


@contextmanager
def _one_import(request: Request) -> Iterator[None]:
    """Allow one import at a time per person. Raise _UploadRefused before the archive is received."""
    whose = person_of(request)
    person = (
        whose.id
        if whose.is_verified
        else f"{request.client.host if request.client else ''} {request.headers.get(HEADER, '')[:64]}"
    )
    if person in _importing:
        raise _UploadRefused(429, "Your last import is still running. Drop this ZIP again when it has ended.")
    if len(_importing) >= MOST_IMPORTS:
        raise _UploadRefused(503, "Too many imports are running. Drop the ZIP again in a few minutes.")
    _importing.add(person)
    try:
        yield
    finally:
        _importing.discard(person)


def _recipe(path: Path) -> dict[str, Any]:
    found = recipe_in(path)
    return {"error": NO_RECIPE, "plain": True} if found is None else {"recipe": found}


def _import(person: Person, path: Path) -> dict[str, Any]:
    done = import_zip(workbench().full_library, path, person)
    record(workbench().full_library, person, "imported", "", {"runs": done.runs, "outputs": done.outputs})
    return {
        "imported": {
            "runs": done.runs,
            "outputs": done.outputs,
            "answers": done.answers,
            "known": done.known,
            "refused": list(done.refused[:20]),
            "refusals": len(done.refused),
        }
    }


async def dropped_recipe(request: Request) -> Response:
    """`POST /recipes`, a file as the body: `{"recipe": …}` or `{"error": sentence}`; `plain` for a file without one."""
    return await _receive_and_use(request, "recipes", MOST_RECIPE, _recipe)


async def dropped_archive(request: Request) -> Response:
    """`POST /imports`, a ZIP that this app exported as the body: `{"imported": …}` or `{"error": sentence}`."""
    try:
        with _one_import(request):
            use = partial(_import, person_of(request))
            return await _receive_and_use(request, "imports", MOST_ARCHIVE, use)
    except _UploadRefused as refusal:
        return JSONResponse({"error": str(refusal)}, status_code=refusal.status)


routes = [
    Route("/recipes", dropped_recipe, methods=["POST"]),
    Route("/imports", dropped_archive, methods=["POST"]),
]
