"""Serve `GET /v1/models`: every model of the catalogue, retired ones too, since here they all work."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request

from components.engine.api import errors
from components.engine.api.json_response import Json
from components.parameters import CATALOGUE, Model

OWNER = "image-workbench"
FIRST_DAY = date(2026, 1, 1)  # for models whose release day the reference does not give


def _entry(model: Model) -> dict[str, Any]:
    released = datetime.combine(model.released or FIRST_DAY, datetime.min.time(), UTC)
    return {
        "id": model.id,
        "object": "model",
        "created": int(released.timestamp()),
        "owned_by": OWNER,
        "shutdown_date": model.shutdown.isoformat() if model.shutdown else None,
    }


async def list_models(request: Request) -> Json:
    """Return all models."""
    return Json({"object": "list", "data": [_entry(model) for model in CATALOGUE.values()]})


async def show_model(request: Request) -> Json:
    """Return one model. Raises ApiError (404 model_not_found)."""
    name = request.path_params["model"]
    if name not in CATALOGUE:
        raise errors.no_such_model(name)
    return Json(_entry(CATALOGUE[name]))
