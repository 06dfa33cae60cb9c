"""What leaves the app as a file: a picture with its recipe in it, a ZIP of many, the spending as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from components.images.metadata import recipe_length, with_recipe
from components.library import StoredOutput, StoredRun
from components.library.archive.exporter import export_zip
from components.library.queries.pages import Filter, everything
from components.library.queries.spending import csv_lines
from components.ui.base.run_json import download_name
from components.ui.process.exports import find_export
from components.ui.process.workbench import workbench
from components.ui.routes.headers import CONTENT_TYPES, disposition, with_ending


async def exported(request: Request) -> Response:
    """`/exports/TOKEN.zip`: a selection as a ZIP, streamed."""
    chosen = find_export(request.path_params["token"], request.cookies)
    if chosen is None:
        return PlainTextResponse("This selection is not known here any more. Select again.", status_code=404)
    if isinstance(chosen, Filter):
        outputs, runs = await to_thread.run_sync(everything, workbench().library, chosen)
    else:
        outputs, runs = map(list, chosen)
    pieces = export_zip(workbench().library, outputs, run_ids=runs)
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition("image-workbench.zip")}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def _found(output_id: str) -> tuple[StoredOutput, StoredRun] | None:
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    return None if output is None or run is None else (output, run)


async def with_its_recipe(request: Request) -> Response:
    """`/outputs/ID/download`: a picture with the recipe that made it; its pixels and all else as they came."""
    found = await to_thread.run_sync(_found, request.path_params["output_id"])
    if found is None:
        return PlainTextResponse("This picture is not in the library.", status_code=404)
    output, run = found
    path = workbench().library.file("original", output.sha256)
    if path is None:
        return PlainTextResponse("The file of this picture is not in the library.", status_code=404)
    length = await to_thread.run_sync(recipe_length, path, output.format, run.recipe)
    name = with_ending(request.query_params.get("name") or download_name(output, run.recipe), path.suffix.lstrip("."))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": disposition(name),
        **({"Content-Length": str(length)} if length is not None else {}),
    }
    media_type = CONTENT_TYPES.get(output.format, "application/octet-stream")
    return StreamingResponse(with_recipe(path, output.format, run.recipe), media_type=media_type, headers=headers)


async def spending_csv(request: Request) -> Response:
    """`/spending.csv?since=…&until=…` (unix seconds): one line a run."""
    try:
        since, until = (float(request.query_params.get(name, default)) for name, default in PERIOD)
    except ValueError:
        return PlainTextResponse("since and until are unix seconds.", status_code=400)

    def lines() -> Iterator[str]:
        yield "\ufeff"  # so that spreadsheets take it for UTF-8
        yield from csv_lines(workbench().library, since, until)

    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition("image-workbench-spending.csv")}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


PERIOD = (("since", "0"), ("until", "1e12"))

routes = [
    Route("/exports/{token}.zip", exported),
    Route("/outputs/{output_id}/download", with_its_recipe),
    Route("/spending.csv", spending_csv),
]
