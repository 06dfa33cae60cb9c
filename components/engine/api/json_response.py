"""Write JSON answers with any text, even half a surrogate pair from a broken client."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


class Json(Response):
    """Send a JSON body in ASCII: everything else is escaped."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content as bytes."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
