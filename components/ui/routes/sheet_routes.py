"""A sheet's routes: its cells as JSON while it fills, its downloads and its report."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.library.csv_cells import MARK
from components.library.queries.sheet_cells import cells_of
from components.library.records import StoredSheet
from components.library.sheets.sheet_store import find_sheet
from components.ui.process.workbench import workbench
from components.ui.routes.audit_routes import note_request
from components.ui.routes.headers import disposition
from components.ui.sheets.downloads.sheet_image import animation, labeled_image
from components.ui.sheets.report.page import POLICY, report_data, report_html
from components.ui.sheets.sheet_json import sheet_csv, sheet_json
from components.ui.sheets.vote.voter import voter_of
from components.ui.sheets.window import read_window, window_json

NO_STORE = {"Cache-Control": "no-store"}


async def _answer(request: Request, make: Callable[[StoredSheet], Response]) -> Response:
    def answer() -> Response:
        library, sheet_id = workbench().library, request.path_params["sheet_id"]
        sheet = find_sheet(library, sheet_id)
        if sheet is None:
            return PlainTextResponse("This sheet is not in the library.", status_code=404)
        return make(sheet)

    return await to_thread.run_sync(answer)


async def _download(request: Request, make: Callable[[StoredSheet], Response]) -> Response:
    answer = await _answer(request, make)
    if answer.status_code == 200:
        await note_request(request, "exported", request.url.path.rpartition("/")[2])
    return answer


async def cells_json(request: Request) -> Response:
    """`/sheets/ID.json`: the sheet's cells now; of a window of it where the query names one."""

    def make(sheet: StoredSheet) -> Response:
        query = request.query_params
        is_active = workbench().sheets.is_active(sheet.id) or workbench().is_checking(sheet.id)
        if not query:
            cells = cells_of(workbench().library, sheet.id)
            return JSONResponse(sheet_json(sheet, cells, is_active=is_active), headers=NO_STORE)
        try:
            window = read_window(query, len(sheet.axes))
        except (KeyError, ValueError):
            return PlainTextResponse("This sheet has no such window.", status_code=400)
        return JSONResponse(window_json(workbench().library, sheet, window, is_active=is_active), headers=NO_STORE)

    return await _answer(request, make)


def _file(sheet: StoredSheet, ending: str, data: str | bytes, media_type: str) -> Response:
    headers = {**NO_STORE, "Content-Disposition": disposition(f"sheet-{sheet.id[-6:]}.{ending}")}
    return Response(data, media_type=media_type, headers=headers)


async def csv_download(request: Request) -> Response:
    """`/sheets/ID.csv`: one row for each cell."""

    def make(sheet: StoredSheet) -> Response:
        table = MARK + sheet_csv(sheet, cells_of(workbench().library, sheet.id))
        return _file(sheet, "csv", table, "text/csv; charset=utf-8")

    return await _download(request, make)


async def image_download(request: Request) -> Response:
    """`/sheets/ID.png`: the whole sheet as one labeled image."""

    def make(sheet: StoredSheet) -> Response:
        library = workbench().library
        return _file(sheet, "png", labeled_image(library, sheet, cells_of(library, sheet.id)), "image/png")

    return await _download(request, make)


async def report(request: Request) -> Response:
    """`/report?sheet=ID`: one page to share or print; with `&download=1` a file that needs nothing else."""
    is_file = "download" in request.query_params
    people = voter_of(request)

    def make() -> Response:
        sheet = find_sheet(workbench().library, request.query_params.get("sheet", ""))
        if sheet is None:
            return PlainTextResponse("This sheet is not in the library.", status_code=404)
        headers = {**NO_STORE, "Content-Security-Policy": POLICY}
        if is_file:
            headers["Content-Disposition"] = disposition(f"report-{sheet.id[-6:]}.html")
        return HTMLResponse(report_html(report_data(sheet, people, is_file=is_file)), headers=headers)

    answer = await to_thread.run_sync(make)
    if is_file and answer.status_code == 200:
        await note_request(request, "exported", "report.html", {"sheet": request.query_params.get("sheet", "")})
    return answer


async def animation_download(request: Request) -> Response:
    """`/sheets/ID.webp?axis=N`: the sheet as an animation along one of its axes, by its place from 0."""

    def make(sheet: StoredSheet) -> Response:
        library, axis = workbench().library, request.query_params.get("axis", "")
        if axis not in map(str, range(len(sheet.axes))):
            return PlainTextResponse("This sheet has no such axis.", status_code=400)
        return _file(sheet, "webp", animation(library, sheet, cells_of(library, sheet.id), int(axis)), "image/webp")

    return await _download(request, make)


routes = [
    Route("/report", report),
    Route("/sheets/{sheet_id}.json", cells_json),
    Route("/sheets/{sheet_id}.csv", csv_download),
    Route("/sheets/{sheet_id}.png", image_download),
    Route("/sheets/{sheet_id}.webp", animation_download),
]
