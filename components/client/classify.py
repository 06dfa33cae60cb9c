"""Which failure is which class of ``errors``: the reference's error table as data, read top to bottom."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import httpx

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.masking import scrub

_LONGEST_MESSAGE = 600


@dataclass(frozen=True)
class Rule:
    """Matches when everything that is given matches. ``codes`` are patterns for the code or the type."""

    kind: type[ApiError]
    statuses: frozenset[int] | None = None
    codes: tuple[str, ...] = ()
    message: str | None = None
    with_param: bool = False

    def matches(self, status: int | None, told: Told) -> bool:
        return (
            (self.statuses is None or status in self.statuses)
            and (not self.codes or any(fnmatchcase(name, code) for name in told.names for code in self.codes))
            and (self.message is None or re.search(self.message, told.message, re.IGNORECASE) is not None)
            and (not self.with_param or bool(told.param))
        )


def _on(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


# Codes first, since they say more than the status; they also occur in the middle of a stream, without a
# status.
RULES: tuple[Rule, ...] = (
    Rule(
        errors.ModerationBlocked,
        codes=(
            "moderation_blocked",
            "content_policy_violation",
            "image_content_policy_violation",
            "content_filter",
        ),
    ),
    Rule(errors.BillingLimitReached, codes=("billing_hard_limit_reached",)),
    Rule(
        errors.OutOfMoney,
        codes=(
            "insufficient_quota",
            "credit_balance_exhausted",
            "*_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
        ),
    ),
    Rule(errors.WrongKey, codes=("invalid_api_key",)),
    Rule(errors.ModelNotFound, codes=("model_not_found",)),
    Rule(errors.TooFast, codes=("rate_limit_exceeded", "slow_down")),
    Rule(errors.OrganizationNotVerified, statuses=_on(403), message=r"\bverif"),
    Rule(errors.ModelNotFound, statuses=_on(404), message=r"\bmodel\b.*\bnot (found|exist)|\bunknown model"),
    Rule(errors.WrongParameter, statuses=_on(400, 422), with_param=True),
    Rule(errors.WrongKey, statuses=_on(401)),
    Rule(errors.NotAllowed, statuses=_on(403)),
    Rule(errors.EndpointNotFound, statuses=_on(404, 405, 501)),
    Rule(errors.RequestTooLarge, statuses=_on(413)),
    Rule(errors.TooFast, statuses=_on(429)),
    # 408 and 409 come from servers that were already at work; what was made then is unknown.
    Rule(errors.ServerError, statuses=_on(408, 409)),
    Rule(errors.ServerBusy, statuses=_on(503)),
    Rule(errors.ServerError, statuses=frozenset(range(500, 600))),
    Rule(errors.Redirected, statuses=frozenset(range(300, 400))),
    # In the middle of a stream there is no status; these are the Responses API's words for a picture it
    # cannot take.
    Rule(errors.WrongParameter, codes=("invalid_*",), with_param=True),
    Rule(
        errors.Refused,
        codes=("invalid_*", "image_*", "unsupported_image*", "empty_image_file", "failed_to_download_*"),
    ),
    Rule(errors.Refused, statuses=frozenset(range(400, 500))),
    Rule(errors.ServerError),
)

_SAID_WITHOUT_WORDS: Mapping[type[ApiError], str] = {
    errors.WrongKey: "The server did not accept the key, and gave no reason.",
    errors.EndpointNotFound: "Nothing is at this address.",
    errors.Redirected: "The server redirects.",
    errors.ServerBusy: "The server cannot take more work now.",
    errors.TooFast: "The server asks to slow down.",
    errors.RequestTooLarge: "The server does not take a request of this size.",
}


@dataclass(frozen=True)
class Told:
    """What a server said about a failure, as far as it said anything."""

    message: str = ""
    type: str | None = None
    param: str | None = None
    code: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.code, self.type) if name)


def read_error(value: Any) -> Told:
    """What an error body says: OpenAI's shape, its halves, ``{"error": "text"}``, or FastAPI's ``{"detail":
    …}``.
    """
    if isinstance(value, str):
        return Told(value)
    if not isinstance(value, Mapping):
        return Told()
    inner = value.get("error")
    if inner:
        return _read_openai(inner) if isinstance(inner, Mapping) else read_error(inner)
    detail = value.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        place = detail[0].get("loc")
        names = [str(name) for name in place if name != "body"] if isinstance(place, list) else []
        return Told(_text(detail[0].get("msg")), param=".".join(names) or None)
    if isinstance(detail, str):
        return Told(detail)
    return _read_openai(value)


def _read_openai(value: Mapping[str, Any]) -> Told:
    code = value.get("code")
    return Told(
        _text(value.get("message")),
        type=_text(value.get("type")) or None,
        param=_text(value.get("param")) or None,
        code=str(code) if isinstance(code, str | int) and not isinstance(code, bool) and code != "" else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def read_error_body(body: bytes, content_type: str) -> Told:
    """What the body of a failed call says, whatever it is: JSON, a web page, plain text or nothing."""
    try:
        return read_error(json.loads(body))
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
    if "html" in content_type or text.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return Told(" ".join(title[1].split()) if title else "A web page, not an API's answer")
    return Told(" ".join(text.split()))


def refusal(
    told: Told,
    *,
    status: int | None,
    key: str,
    costly: bool = True,
    started: bool = False,
    cut_off: bool = False,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> ApiError:
    """The error for what a server said.

    ``status`` is None for an error inside an answer. ``costly``: the call makes something that is paid for.
    ``started``: part of the answer had come already. ``cut_off``: the body was longer than what was read.
    """
    kind = next(rule.kind for rule in RULES if rule.matches(status, told))
    message = scrub(told.message, key, cut_off=cut_off)
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + "…"
    param, code, type_ = (scrub(name, key)[:200] if name else None for name in (told.param, told.code, told.type))
    what = _sentence(message) or _SAID_WITHOUT_WORDS.get(kind, "The server gave no reason.")
    money = kind.usual_money
    if not costly:
        money = Money.NOTHING_SPENT
    elif started:
        money = Money.MAY_BE_BILLED
    return kind(
        f"{what} (HTTP {status})" if status and not message else what,
        money=money,
        status=status,
        code=code,
        param=param,
        type=type_,
        request_id=scrub(request_id, key) if request_id else None,
        retry_after=retry_after,
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else text + "."


# What lies under httpx's errors -> what to say. Read from top to bottom.
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "The certificate of {host} is not trusted: no secure connection is possible.",
    ),
    (
        ssl.SSLError,
        "No secure connection to {host} is possible (TLS failed); perhaps it speaks http, not https.",
    ),
    (socket.gaierror, "The name {host} was not found."),
    (UnicodeError, "The name {host} was not found."),
    (ConnectionRefusedError, "{host} refuses the connection: nothing listens there."),
    (ConnectionResetError, "{host} broke the connection off at once."),
)


def failure(exc: Exception, *, host: str, sent: bool, costly: bool, read_timeout: float) -> ApiError:
    """The error for what happened below HTTP. ``sent``: the whole request had left."""
    money = Money.MAY_BE_BILLED if sent and costly else Money.NOTHING_SPENT
    if isinstance(exc, httpx.ReadTimeout | httpx.WriteTimeout):
        return errors.NoAnswerInTime(
            f"{host} was silent for {read_timeout:g} seconds.",
            money=money,
            next_step=None if costly else "Try again in a moment.",
        )
    if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
        return errors.Unreachable(f"{host} does not take the connection in time.")
    if isinstance(exc, httpx.ProxyError):
        wants = "speaks SOCKS, which needs the package socksio" if isinstance(exc.__cause__, ImportError) else None
        return errors.Unreachable(f"The proxy on the way to {host} {wants or 'does not let the request through'}.")
    if isinstance(exc, httpx.ConnectError | httpx.UnsupportedProtocol | httpx.InvalidURL | UnicodeError | OSError):
        for kind, sentence in _CAUSES:
            if any(isinstance(cause, kind) for cause in _chain(exc)):
                return errors.Unreachable(sentence.format(host=host))
        return errors.Unreachable(f"No connection to {host} could be made.")
    if sent:
        return errors.ConnectionLost(
            f"The connection to {host} was lost before the answer was complete.",
            money=money,
            next_step=None if costly else "Try again in a moment.",
        )
    return errors.ConnectionLost(
        f"The connection to {host} was lost while the request was being sent.",
        money=money,
        next_step="Try again.",
    )


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception, what caused it, and the members of groups (anyio tries several addresses at once)."""
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, *getattr(current, "exceptions", ())]
