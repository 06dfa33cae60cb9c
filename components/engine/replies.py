"""JSON answers that any text can stand in, half a surrogate pair from a broken client too."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


class Json(Response):
    """A JSON body in ASCII: everything else is escaped."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The content as bytes."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
