"""Prompts that make the engine misbehave on purpose, so that every failure can be tried by hand.

A prompt that holds one of these marks in square brackets gets what the table says instead of a picture. Documented
for people in docs/engine.md, which a test keeps in step with this table.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from components.engine.refusals import USER_ERROR, Refusal

SLOW_SECONDS = 8.0
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Trigger:
    """A mark in a prompt: what happens, for the documentation, and how. `once` lets the same prompt pass afterwards."""

    mark: str
    meaning: str
    refuse: Callable[[], Refusal] | None = None
    answer: Callable[[], Response] | None = None
    once: bool = False


def _refusal(status: int, message: str, code: str | None, type: str, **headers: str) -> Callable[[], Refusal]:
    return lambda: Refusal(
        status,
        message,
        type=type,
        code=code,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def _plain(body: str, media_type: str, status: int = 200) -> Callable[[], Response]:
    return lambda: Response(body, status, media_type=media_type)


def _broken() -> Response:
    async def some() -> AsyncIterator[bytes]:
        yield b'{"created": 1, "data": [{"b64_json": "iVBORw0KGgoAAAANSUhEUg'
        # Raised in the middle of the body, this closes the connection as a crash would.
        raise ConnectionResetError

    return StreamingResponse(some(), media_type="application/json")


_NOT_A_PICTURE = '{"created": 1, "data": [{"b64_json": "VGhpcyBpcyBubyBwaWN0dXJlLg=="}]}'
_BLOCKED = "Your request was rejected by the safety system."
_NO_MONEY = "You exceeded your current quota, please check your plan and billing details."
_UNVERIFIED = "Your organization must be verified to use this model."

TRIGGERS: tuple[Trigger, ...] = (
    Trigger(
        "moderation",
        "the safety system refuses it: 400 `moderation_blocked`",
        _refusal(400, _BLOCKED, "moderation_blocked", USER_ERROR),
    ),
    Trigger(
        "rate limit",
        "too fast, the first time: 429 `rate_limit_exceeded` with `retry-after: 2`, then it passes",
        _refusal(429, "Rate limit reached for images per minute.", "rate_limit_exceeded", "requests", retry_after="2"),
        once=True,
    ),
    Trigger(
        "no money",
        "the account is empty: 429 `insufficient_quota`",
        _refusal(429, _NO_MONEY, "insufficient_quota", "insufficient_quota"),
    ),
    Trigger(
        "overloaded",
        "the server is busy, the first time: 503, then it passes",
        _refusal(503, "The engine is currently overloaded, please try again later.", None, "server_error"),
        once=True,
    ),
    Trigger(
        "server error",
        "the server fails: 500",
        _refusal(500, "The server had an error while processing your request.", None, "server_error"),
    ),
    Trigger(
        "not verified",
        "the organisation is not verified: 403",
        _refusal(403, _UNVERIFIED, None, "invalid_request_error"),
    ),
    Trigger("html", "a web page instead of an answer", answer=_plain("<!doctype html><h1>Welcome</h1>", "text/html")),
    Trigger("half", "JSON that ends in the middle", answer=_plain('{"created": 1, "data": [', "application/json")),
    Trigger("empty", "an answer without pictures", answer=_plain('{"created": 1, "data": []}', "application/json")),
    Trigger(
        "not base64",
        "a picture that is not base64",
        answer=_plain('{"created": 1, "data": [{"b64_json": "%%%"}]}', "application/json"),
    ),
    Trigger("not an image", "base64 of something else", answer=_plain(_NOT_A_PICTURE, "application/json")),
    Trigger("break", "the connection breaks in the middle of the answer", answer=_broken),
)

BY_MARK: Mapping[str, Trigger] = {trigger.mark: trigger for trigger in TRIGGERS}
SLOW = "slow"
_MARK = re.compile(r"\[([a-z0-9 ]+)\]", re.IGNORECASE)


class Mischief:
    """Plays the triggers of one server; it remembers which have been played once."""

    def __init__(self) -> None:
        self._played: set[str] = set()

    async def play(self, prompt: str) -> Response | None:
        """What a prompt's marks ask for: wait, raise a Refusal, give another answer; None to go on as usual."""
        for mark in _MARK.findall(prompt.lower()):
            word, _, seconds = mark.partition(" ")
            if word == SLOW:
                await asyncio.sleep(min(float(seconds) if seconds.isdigit() else SLOW_SECONDS, LONGEST_SECONDS))
                continue
            trigger = BY_MARK.get(mark)
            if trigger is None or (trigger.once and prompt in self._played):
                continue
            self._played.add(prompt)
            if trigger.refuse is not None:
                raise trigger.refuse()
            if trigger.answer is not None:
                return trigger.answer()
        return None
