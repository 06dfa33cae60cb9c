"""The audit trail over HTTP: its CSV for admins, and what routes record in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.library.team.audit import AuditFilter, audit_csv, record
from components.ui.access.identity import person_of
from components.ui.process.workbench import workbench
from components.ui.routes.headers import csv_response


async def note_request(request: Request, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
    """Record what the person who sends a request does; see `record`."""
    await to_thread.run_sync(record, workbench().full_library, person_of(request), action, target, detail)


async def audit_download(request: Request) -> Response:
    """`/audit.csv?person=…&action=…&since=…&until=…` (Unix seconds): the audit trail, for admins only."""
    if not person_of(request).is_admin:
        return PlainTextResponse("Only admins can read the audit trail.", status_code=403)
    query = request.query_params
    try:
        since, until = (float(query[name]) if name in query else None for name in ("since", "until"))
    except ValueError:
        return PlainTextResponse("since and until must be Unix seconds.", status_code=400)
    wanted = AuditFilter(query.get("person"), query.get("action"), since, until)
    await note_request(request, "exported", "audit.csv")
    return csv_response("image-workbench-audit.csv", audit_csv(workbench().full_library, wanted))


routes = [Route("/audit.csv", audit_download)]
