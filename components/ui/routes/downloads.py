"""Downloads: an image with its recipe, a ZIP of a selection, spending as CSV."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from components.images.metadata import recipe_length, with_recipe
from components.library import LibraryUnavailable, StoredOutput, StoredRun
from components.library.archive.exporter import export_zip
from components.library.queries.pages import Filter, all_ids
from components.library.queries.totals.spending import csv_lines
from components.library.sheets.sheet_store import portable_recipe
from components.library.team.audit import ids_detail
from components.runs.saving.cut_background import CUT_BACKGROUND, ROLE
from components.ui.base.run_json import download_name
from components.ui.process.exports import find_export
from components.ui.process.workbench import workbench
from components.ui.routes.audit_routes import note_request
from components.ui.routes.headers import CONTENT_TYPES, csv_response, disposition, unavailable, with_extension


async def zip_export(request: Request) -> Response:
    """`/exports/TOKEN.zip`: stream a selection as a ZIP."""
    try:
        chosen = await to_thread.run_sync(find_export, request.path_params["token"], request.cookies)
    except LibraryUnavailable as problem:
        return unavailable(problem)
    if chosen is None:
        return PlainTextResponse("This download has expired. Select the items again.", status_code=404)
    if isinstance(chosen, Filter):
        outputs, runs = await to_thread.run_sync(all_ids, workbench().library, chosen)
    else:
        outputs, runs = map(list, chosen)
    await note_request(request, "exported", "image-workbench.zip", ids_detail([*outputs, *runs]))
    pieces = export_zip(workbench().library, outputs, run_ids=runs)
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition("image-workbench.zip")}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def _find(output_id: str) -> tuple[StoredOutput, StoredRun] | None:
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    return None if output is None or run is None else (output, run)


async def download_with_recipe(request: Request) -> Response:
    """`/outputs/ID/download`: an image with its recipe embedded; all other bytes are unchanged."""
    found = await to_thread.run_sync(_find, request.path_params["output_id"])
    if found is None:
        return PlainTextResponse("This image is not in the library.", status_code=404)
    output, run = found
    path = await to_thread.run_sync(workbench().library.file, "original", output.sha256)
    if path is None:
        return PlainTextResponse("The file of this image is not in the library.", status_code=404)
    recipe = await to_thread.run_sync(portable_recipe, workbench().library, run.recipe, run.extra)
    if output.role == ROLE:
        recipe = {**recipe, CUT_BACKGROUND: (output.facts or {}).get("cut_background")}
    length = await to_thread.run_sync(recipe_length, path, output.format, recipe)
    name = with_extension(
        request.query_params.get("name") or download_name(output, run.recipe), path.suffix.lstrip(".")
    )
    if request.method == "GET":
        await note_request(request, "exported", output.id)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": disposition(name),
        **({"Content-Length": str(length)} if length is not None else {}),
    }
    media_type = CONTENT_TYPES.get(output.format, "application/octet-stream")
    return StreamingResponse(with_recipe(path, output.format, recipe), media_type=media_type, headers=headers)


async def spending_csv(request: Request) -> Response:
    """`/spending.csv?since=…&until=…` (Unix seconds): one row per run."""
    try:
        since, until = (float(request.query_params.get(name, default)) for name, default in PERIOD)
    except ValueError:
        return PlainTextResponse("since and until must be Unix seconds.", status_code=400)
    await note_request(request, "exported", "spending.csv", {"since": since, "until": until})
    return csv_response("image-workbench-spending.csv", csv_lines(workbench().library, since, until))


PERIOD = (("since", "0"), ("until", "1e12"))

routes = [
    Route("/exports/{token}.zip", zip_export),
    Route("/outputs/{output_id}/download", download_with_recipe),
    Route("/spending.csv", spending_csv),
]
