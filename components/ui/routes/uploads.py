"""Takes files that are dropped on a page: a picture or a recipe gives its recipe back, a ZIP is imported.

They come by requests of their own and not through Streamlit, which would hold them in memory. Nothing else than the
app's own pages can send them: the header that is asked for needs a permission that other origins do not get.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from components.ui.process.workbench import workbench

HEADER = "x-image-workbench"
MOST_RECIPE = 200_000_000  # bytes of a picture that carries a recipe
MOST_ARCHIVE = 50_000_000_000
NONE = (
    "This file carries no recipe. Pictures downloaded here do, unless another program wrote them anew. "
    "To work on the picture itself, drop it on Image(s) on the Edit or Analyze page."
)


class _Refused(Exception):
    """What is told to the page, with an HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


# Imports and recipes have threads of their own, so that files go on being served; so many archives may wait for one.
IMPORTS_AT_ONCE = 2
MOST_IMPORTS = 8
_limiters: dict[str, CapacityLimiter] = {}
_importing: set[str] = set()  # people, by what their browser calls itself


def _declared(request: Request, most: int) -> int:
    """How many bytes the browser says that it sends. Raises _Refused before any of them is read."""
    if HEADER not in request.headers:
        raise _Refused(403, "Files are taken from the app's own pages alone.")
    length = request.headers.get("content-length", "")
    if not length.isascii() or not length.isdigit():
        raise _Refused(411, "The browser did not say how large the file is. Drop it again.")
    if int(length) > most:
        raise _Refused(413, f"That file is over {most // 1_000_000} MB.")
    return int(length)


async def _receive(request: Request, path: Path, most: int) -> None:
    size = 0
    async with await open_file(path, "wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise _Refused(413, f"That file is over {most // 1_000_000} MB.")
            await file.write(piece)


async def _taken(request: Request, kind: str, most: int, use: Callable[[Path], dict[str, Any]]) -> Response:
    library = workbench().library
    path = library.scratch / f"dropped-{secrets.token_hex(8)}"
    limiter = _limiters.setdefault(kind, CapacityLimiter(IMPORTS_AT_ONCE))
    try:
        length = _declared(request, most)
        require_bytes(library.folder, length, what="this file", again="drop it again")
        await _receive(request, path, length)
        return JSONResponse(await to_thread.run_sync(use, path, limiter=limiter))
    except _Refused as refusal:
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
    """One import at a time for each person, refused before the archive is received. Raises _Refused."""
    person = f"{request.client.host if request.client else ''} {request.headers.get(HEADER, '')[:64]}"
    if person in _importing:
        raise _Refused(429, "An import of yours is under way. Drop this ZIP again when it has ended.")
    if len(_importing) >= MOST_IMPORTS:
        raise _Refused(503, "Several imports are under way. Drop the ZIP again in a few minutes.")
    _importing.add(person)
    try:
        yield
    finally:
        _importing.discard(person)


def _recipe(path: Path) -> dict[str, Any]:
    found = recipe_in(path)
    return {"error": NONE, "plain": True} if found is None else {"recipe": found}


def _import(path: Path) -> dict[str, Any]:
    done = import_zip(workbench().library, path)
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
    return await _taken(request, "recipes", MOST_RECIPE, _recipe)


async def dropped_archive(request: Request) -> Response:
    """`POST /imports`, a ZIP that this app exported as the body: `{"imported": …}` or `{"error": sentence}`."""
    try:
        with _one_import(request):
            return await _taken(request, "imports", MOST_ARCHIVE, _import)
    except _Refused as refusal:
        return JSONResponse({"error": str(refusal)}, status_code=refusal.status)


routes = [
    Route("/recipes", dropped_recipe, methods=["POST"]),
    Route("/imports", dropped_archive, methods=["POST"]),
]
