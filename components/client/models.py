"""The models that a server lists, read leniently: compatible servers use several shapes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True)
class RemoteModel:
    """One entry of ``GET /models``."""

    id: str
    shutdown_date: date | None = None
    owned_by: str | None = None


def read_models(answer: Any) -> list[RemoteModel] | None:
    """Return the models of a response, each once and in its order, or None when it is not a list of models.

    Besides ``{"data": […]}``, accept a bare list, ``{"models": […]}`` and entries that are only names. Skip entries
    without a name.
    """
    if isinstance(answer, dict):
        answer = answer.get("data", answer.get("models"))
    if not isinstance(answer, list):
        return None
    models = [_read_model(item) for item in answer]
    return list({model.id: model for model in models if model is not None}.values())


def _read_model(item: Any) -> RemoteModel | None:
    if isinstance(item, str):
        item = {"id": item}
    if not isinstance(item, dict):
        return None
    name = item.get("id") or item.get("name") or item.get("model")
    if not isinstance(name, str) or not name.strip():
        return None
    owner = item.get("owned_by")
    return RemoteModel(name.strip(), _read_date(item.get("shutdown_date")), owner if isinstance(owner, str) else None)


def _read_date(value: Any) -> date | None:
    """Return the date in ``2026-12-01``, a longer ISO time, or Unix seconds; None for anything else."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value.strip()[:10])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None
