"""Routes for those who operate the app: is it alive, is it ready, and its metrics."""

from __future__ import annotations

import hmac

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.settings import Settings
from components.ui.access.rules import access_rules
from components.ui.access.socket_peer import peer_of
from components.ui.process.monitoring.readiness import OK, readiness

NOT_STORED = {"Cache-Control": "no-store"}


async def health(request: Request) -> Response:
    """`/healthz`: 200 while the process answers; it asks nothing."""
    return PlainTextResponse("ok", headers=NOT_STORED)


async def ready(request: Request) -> Response:
    """`/readyz`: "ok" or a sentence for database, files, queue and disk; 503 if one of them fails."""
    found = await readiness()
    is_ready = all(value == OK for value in found.values())
    return JSONResponse(found, status_code=200 if is_ready else 503, headers=NOT_STORED)


async def metrics(request: Request) -> Response:
    """`/metrics`: for Prometheus, from listed addresses or with the token."""
    if not may_monitor(request):
        return PlainTextResponse(
            "Metrics are for monitoring. The app's operator lists who may read them in IMAGE_WORKBENCH_MONITORS, "
            "or sets IMAGE_WORKBENCH_MONITOR_TOKEN.",
            status_code=403,
            headers=NOT_STORED,
        )
    # Here, so that an app that nobody monitors does without.
    from components.ui.process.monitoring.metrics import metrics_text

    text = await to_thread.run_sync(metrics_text)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8", headers=NOT_STORED)


def may_monitor(request: Request) -> bool:
    """Return whether a request has the monitoring token or comes from a listed address."""
    token = Settings.from_environment().monitor_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    rules = access_rules()
    return rules.may_monitor(rules.sender(peer_of(request.scope).host, request.headers))


routes = [Route("/healthz", health), Route("/readyz", ready), Route("/metrics", metrics)]
