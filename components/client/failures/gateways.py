"""What proxies and gateways on the way say on their own account, in words that help.

nginx answers with a page when it stops waiting or finds a request too large, LiteLLM with Python's complaint when it
cannot read a stream. The texts are those of LiteLLM 1.108 and nginx 1.22; ``tests/wire/layers`` runs against both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from components.client.failures.error_details import ErrorDetails
from components.client.http.retry import duration

# Codes of ours, for what such a layer says without a code.
STOPPED_WAITING = "gateway_timeout"
STREAM_LOST = "stream_not_relayed"
UNKNOWN_KEY = "invalid_api_key"

# LiteLLM repeats a failed generation up to twice, whatever its settings.
SENT_AGAIN = "It may have been made and billed all the same, perhaps more than once: the gateway tries again by itself."

_REQUEST_IDS = ("x-request-id", "apim-request-id", "x-litellm-call-id")  # of OpenAI, Azure, LiteLLM

# LiteLLM puts the stream into its error, or Python's message on the object that it expected instead.
_STREAM = re.compile(r"\s*(?:event|data):|'str' object has no attribute")
_WORTH_NAMING = 100_000  # bytes
_TIMEOUT_PAGES = (504, 522, 524)
_UNKNOWN_KEY = "No connected db."


@dataclass(frozen=True)
class FailedCall:
    """What the app knows of a call that failed: the seconds it took, the bytes it sent, whether it wanted a stream."""

    seconds: float = 0.0
    sent_bytes: int = 0
    is_stream: bool = False


def request_id_in(headers: Mapping[str, str]) -> str | None:
    """Return the id by which the server, or a gateway before it, finds a request in its log."""
    return next((value for name in _REQUEST_IDS if (value := headers.get(name))), None)


def explain(details: ErrorDetails, status: int | None, failed: FailedCall) -> tuple[str, str | None]:
    """Return a sentence for people instead of an error's message, and a code of ours where one fits."""
    message = details.message
    reason = message or f"HTTP {status}"
    if details.failure and failed.is_stream and _STREAM.match(message):
        said = "It asked the server for a stream and could not read it. Without a stream it passes images on."
        return said, STREAM_LOST
    if (status in _TIMEOUT_PAGES and not details.by_api) or details.failure == "Timeout":
        waited = f" after {duration(round(failed.seconds))}" if failed.seconds >= 1 else ""
        return f"A proxy or gateway on the way gave up{waited}: {reason}", STOPPED_WAITING
    if status == 413 and not details.by_api and failed.sent_bytes >= _WORTH_NAMING:
        size = f"{failed.sent_bytes / 1_000_000:.1f} MB"
        return f"A server or proxy on the way does not take a request of {size}: {reason}", None
    if message == _UNKNOWN_KEY:
        return "The gateway does not know this key, and has no database to look it up in.", UNKNOWN_KEY
    return message, None
