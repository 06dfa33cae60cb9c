"""Build the object of /responses, which answers in words and answers with images share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any


def response_object(body: Mapping[str, Any], *, status: str, **said: Any) -> dict[str, Any]:
    """Return the object of /responses for a request's body, with what was said; the rest as the API fills it in."""
    return {
        "object": "response",
        "completed_at": int(time.time()) if status == "completed" else None,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": None,
        "metadata": body.get("metadata") or {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": "none", "summary": None},
        "store": False,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        **said,
    }
