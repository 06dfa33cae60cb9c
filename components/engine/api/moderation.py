"""Stand in for a safety system: two short lists of words, so that errors and `moderation` can be tried.

With `moderation: auto` words of both lists are refused, with `low` only those of the second. No meaning is looked at.
"""

from __future__ import annotations

import re

from components.engine.api.errors import USER_ERROR, ApiError

STRICT = ("gore", "gory", "bloodbath", "naked", "nude", "nsfw", "corpse")
ALWAYS = ("beheading", "torture", "terrorist propaganda")


def moderate(prompt: str, level: str) -> None:
    """Raise ApiError, 400 moderation_blocked, for a prompt with a listed word."""
    words = ALWAYS if level == "low" else (*STRICT, *ALWAYS)
    if any(re.search(rf"\b{re.escape(word)}\b", prompt, re.IGNORECASE) for word in words):
        raise blocked()


def blocked() -> ApiError:
    """Return the safety system's error."""
    message = "Your request was rejected by the safety system. Change the prompt or the pictures, then try again."
    return ApiError(400, message, type=USER_ERROR, code="moderation_blocked")
