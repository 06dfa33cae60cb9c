"""Inject faults on purpose by marks in a prompt, so that every failure can be tried by hand.

A prompt that holds one of these marks in square brackets gets what the table says. Documented for people in
docs/engine.md, which a test keeps in step with this table, and served at `GET /v1/triggers`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from components.engine.api.errors import USER_ERROR, RequestError
from components.engine.api.responses import Json

# These words stand in for a safety system, so that its errors can be tried; nothing looks at their meaning.
# With `moderation: auto` words of both lists are refused, with `low` only those of the second.
STRICT = ("gore", "gory", "bloodbath", "naked", "nude", "nsfw", "corpse")
ALWAYS = ("beheading", "torture", "terrorist propaganda")


def moderate(prompt: str, level: str) -> None:
    """Raise RequestError, 400 moderation_blocked, for a prompt with a listed word."""
    words = ALWAYS if level == "low" else (*STRICT, *ALWAYS)
    if any(re.search(rf"\b{re.escape(word)}\b", prompt, re.IGNORECASE) for word in words):
        raise blocked()


def categories(prompt: str) -> list[str]:
    """Return the safety system's categories for a refused prompt."""
    return ["sexual"] if re.search(r"\b(naked|nude|nsfw)\b", prompt, re.IGNORECASE) else ["violence"]


def blocked() -> RequestError:
    """Return the safety system's error."""
    message = "Your request was rejected by the safety system. Change the prompt or the images, then try again."
    return RequestError(400, message, type=USER_ERROR, code="moderation_blocked")


SLOW = "slow"
SLOW_SECONDS = 8.0
LONGEST_SECONDS = 3600.0


class CutOff(Response):
    """Send a body that ends in the middle: the connection closes early."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})


@dataclass(frozen=True)
class Trigger:
    """Describe a mark in a prompt and what it causes.

    `refuse` or `answer` take the place of the answer. With neither, the mark works while images are made (see
    `Marks`). `once`: the same prompt passes the next time, so that a retry is seen to work.
    """

    mark: str
    meaning: str
    refuse: Callable[[], RequestError] | None = None
    answer: Callable[[], Response] | None = None
    once: bool = False


def _refusal(status: int, message: str, code: str | None, type: str, **headers: str) -> Callable[[], RequestError]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: RequestError(status, message, type=type, code=code, headers=named)


def _plain(body: str, media_type: str) -> Callable[[], Response]:
    return lambda: Response(body, media_type=media_type)


def _cut_off() -> Response:
    response = CutOff('{"created": 1, "data": [{"b64_json": "iVBORw0KGgoAAAANSUhEUg', media_type="application/json")
    response.headers["content-length"] = "1000000"
    return response


_NOT_AN_IMAGE = '{"created": 1, "data": [{"b64_json": "VGhpcyBpcyBubyBwaWN0dXJlLg=="}]}'
_NO_MONEY = "You exceeded your current quota, please check your plan and billing details."
_UNVERIFIED = "Your organization must be verified to use this model."
_LIMIT = "Billing hard limit has been reached."

TRIGGERS: tuple[Trigger, ...] = (
    Trigger("moderation", "the safety system refuses it: 400 `moderation_blocked`", blocked),
    Trigger(
        "rate limit",
        "too fast, every other time: 429 `rate_limit_exceeded` with `retry-after: 2`, then it passes",
        _refusal(429, "Rate limit reached for images per minute.", "rate_limit_exceeded", "requests", retry_after="2"),
        once=True,
    ),
    Trigger(
        "no money",
        "the account is empty: 429 `insufficient_quota`",
        _refusal(429, _NO_MONEY, "insufficient_quota", "insufficient_quota"),
    ),
    Trigger(
        "billing limit",
        "the account's own limit is reached: 400 `billing_hard_limit_reached`",
        _refusal(400, _LIMIT, "billing_hard_limit_reached", "invalid_request_error"),
    ),
    Trigger(
        "overloaded",
        "the server is busy, every other time: 503, then it passes",
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
        "the organization is not verified: 403",
        _refusal(403, _UNVERIFIED, None, "invalid_request_error"),
    ),
    Trigger("html", "a web page instead of an answer", answer=_plain("<!doctype html><h1>Welcome</h1>", "text/html")),
    Trigger("half", "JSON that ends in the middle", answer=_plain('{"created": 1, "data": [', "application/json")),
    Trigger("empty", "an answer without images", answer=_plain('{"created": 1, "data": []}', "application/json")),
    Trigger(
        "not base64",
        "an image that is not base64",
        answer=_plain('{"created": 1, "data": [{"b64_json": "%%%"}]}', "application/json"),
    ),
    Trigger("not an image", "base64 of something else", answer=_plain(_NOT_AN_IMAGE, "application/json")),
    Trigger("break", "the connection breaks in the middle of the answer; of a stream, after what came first"),
    Trigger("stream error", "an `error` event in the middle of a stream, 500 without one"),
    Trigger("no usage", "the answer does not say how many tokens it cost"),
    Trigger("other size", "the images are half as large as what was asked for"),
    Trigger("ignore mask", "an edit changes pixels outside the mask too, as models do"),
)

BY_MARK: Mapping[str, Trigger] = {trigger.mark: trigger for trigger in TRIGGERS}
SLOW_MEANING = "slow: 8 seconds, or as many as the mark says, such as `[slow 30]`"
_MARK = re.compile(r"\[([a-z0-9 ]+)\]", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """Hold the marks of one prompt that act while its answer is made."""

    breaks: bool = False
    stream_error: bool = False
    no_usage: bool = False
    other_size: bool = False
    ignore_mask: bool = False


class FaultInjector:
    """Act on the marks of prompts for one server; remember which prompts were refused once."""

    def __init__(self) -> None:
        self._played: set[tuple[str, str]] = set()

    async def play(self, prompt: str, *, streams: bool = False) -> Response | None:
        """Do what a prompt's marks ask for: wait, raise a RequestError, return another answer; None to go on."""
        for mark in _MARK.findall(prompt.lower()):
            word, _, seconds = mark.partition(" ")
            if word == SLOW:
                await asyncio.sleep(min(float(seconds) if seconds.isdigit() else SLOW_SECONDS, LONGEST_SECONDS))
                continue
            trigger = BY_MARK.get(mark)
            if trigger is None:
                continue
            if trigger.once and (mark, prompt) in self._played:
                self._played.discard((mark, prompt))
                continue
            if trigger.once:
                self._played.add((mark, prompt))
            if trigger.refuse is not None:
                raise trigger.refuse()
            if trigger.answer is not None:
                return trigger.answer()
            if mark == "break" and not streams:
                return _cut_off()
        return None


def marks_of(prompt: str) -> Marks:
    """Return the marks that act while an answer is made."""
    found = set(_MARK.findall(prompt.lower()))
    return Marks(
        breaks="break" in found,
        stream_error="stream error" in found,
        no_usage="no usage" in found,
        other_size="other size" in found,
        ignore_mask="ignore mask" in found,
    )


def without_marks(prompt: str) -> str:
    """Return the prompt without marks, as it is drawn."""
    return " ".join(_MARK.sub(lambda found: "" if _is_mark(found[1].lower()) else found[0], prompt).split())


def _is_mark(text: str) -> bool:
    return text in BY_MARK or text.partition(" ")[0] == SLOW


async def show(request: Request) -> Json:
    """Serve `GET /v1/triggers`."""
    marks = {f"[{trigger.mark}]": trigger.meaning for trigger in TRIGGERS}
    return Json({"object": "list", "data": {**marks, f"[{SLOW}]": SLOW_MEANING}})
