"""Keys never leave this room: whatever is shown, logged or stored passes through here first."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

# A secret of fewer characters is taken out where it is a word of its own: other words contain it by chance.
SHORTEST_SECRET = 4
_SHOWN_AT_END = 4
_LONG_ENOUGH_TO_SHOW = 16
_KEY_LIKE = re.compile(r"\b(sk-[A-Za-z0-9_-]{8,})")
_BEARER = re.compile(r"(?i)\b(bearer)(\s+|%20)[A-Za-z0-9._~+/=-]{8,}")


def mask_key(key: str) -> str:
    """Return the key as people may see it: ``sk-…abcd``, or ``…`` for a short key."""
    if not key:
        return ""
    if len(key) < _LONG_ENOUGH_TO_SHOW:
        return "…"
    return f"{key[:3]}…{key[-_SHOWN_AT_END:]}"


def scrub(text: str, secrets: Iterable[str], *, cut_off: bool = False) -> str:
    """Return the text without a connection's secrets, in whatever spelling a server may have sent them back.

    Anything else that looks like a key goes too, since a proxy may put in one of its own. With ``cut_off``
    (the text was shortened) its last characters are dropped as well, where half a secret could be left.
    """
    for secret in secrets:
        for spelling in {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret), quote_plus(secret)}:
            if len(secret) < SHORTEST_SECRET:
                text = re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", mask_key(secret), text)
            else:
                text = text.replace(spelling, mask_key(secret))
        if cut_off:
            text = _without_start_of(secret, text)
    text = _BEARER.sub(r"\1 …", text)
    return _KEY_LIKE.sub(lambda found: mask_key(found[1]), text)


def _without_start_of(secret: str, text: str) -> str:
    """Return the text without the first characters of a secret at its end."""
    for length in range(min(len(secret), len(text)), 3, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + "…"
    return text


def scrub_all(value: Any, secrets: Iterable[str]) -> Any:
    """Return a JSON value with every string in it scrubbed, names included.

    Short secrets stay: names and values of an answer, such as "id" and "low", are words of their own.
    """
    known = [one for one in secrets if len(one) >= SHORTEST_SECRET]
    if isinstance(value, str):
        return scrub(value, known)
    if isinstance(value, Mapping):
        return {scrub(name, known): scrub_all(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [scrub_all(item, known) for item in value]
    return value


def silence_http_loggers() -> None:
    """Keep httpx and httpcore from logging below WARNING.

    At DEBUG, httpcore logs every response header, and a server may echo the key in one.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
