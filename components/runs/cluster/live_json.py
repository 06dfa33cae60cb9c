"""What a run in progress shows and its row does not hold, as JSON between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from components.runs.view import PartialView, RetryView, RunView, UnsavedView


def live_json(view: RunView) -> dict[str, Any]:
    """Return the passing parts of a view."""
    return {
        "version": view.version,
        "partials": [asdict(one) for one in view.partials],
        "unsaved": [asdict(one) for one in view.unsaved],
        "retry": asdict(view.retry) if view.retry is not None else None,
        "waiting": view.waiting,
        "text": view.text,
        "request_id": view.request_id,
    }


def with_live(stored: RunView, found: Mapping[str, Any]) -> RunView:
    """Return a stored view of an unfinished run with those parts."""
    return replace(
        stored,
        version=int(found["version"]),
        partials=tuple(PartialView(**one) for one in found["partials"]),
        unsaved=tuple(UnsavedView(**one) for one in found["unsaved"]),
        retry=RetryView(**found["retry"]) if found["retry"] else None,
        waiting=found["waiting"],
        text=found["text"] or stored.text,
        request_id=found["request_id"],
    )
