"""Which failure becomes which class of ``errors``: the reference's error table as data, read from top to bottom."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.http.retry import duration
from components.client.masking import scrub

_MAX_MESSAGE_LENGTH = 600
_MAX_CATEGORIES, _MAX_CATEGORY_LENGTH = 20, 80
_MAX_CUT_VALUE_LENGTH = 4000


@dataclass(frozen=True)
class Rule:
    """Matches when every given condition matches. ``codes`` are patterns for the code or the type."""

    kind: type[ApiError]
    statuses: frozenset[int] | None = None
    codes: tuple[str, ...] = ()
    message: str | None = None
    with_param: bool = False
    by_api: bool = False  # the body is the JSON of an API, not a page, a plain text or nothing

    def matches(self, status: int | None, details: ErrorDetails) -> bool:
        return (
            (self.statuses is None or status in self.statuses)
            and (not self.codes or any(fnmatchcase(name, code) for name in details.names for code in self.codes))
            and (self.message is None or re.search(self.message, details.message, re.IGNORECASE) is not None)
            and (not self.with_param or bool(details.param))
            and (not self.by_api or details.by_api)
        )


def _on(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


# Codes first: they are more specific than the status, and also occur within a stream, without a status.
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
        errors.QuotaExceeded,
        codes=(
            "insufficient_quota",
            "credit_balance_exhausted",
            "*_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
        ),
    ),
    Rule(errors.InvalidApiKey, codes=("invalid_api_key",)),
    Rule(errors.ModelNotFound, codes=("model_not_found", "DeploymentNotFound")),
    Rule(errors.RateLimited, codes=("rate_limit_exceeded", "slow_down")),
    Rule(errors.OrganizationNotVerified, statuses=_on(403), message=r"\bverif"),
    Rule(errors.ModelNotFound, statuses=_on(404), message=r"\bmodel\b.*\bnot (found|exist)|\bunknown model"),
    Rule(errors.InvalidParameter, statuses=_on(400, 422), with_param=True),
    Rule(errors.InvalidApiKey, statuses=_on(401)),
    Rule(errors.PermissionDenied, statuses=_on(403)),
    Rule(errors.EndpointNotFound, statuses=_on(404, 405, 501)),
    Rule(errors.RequestTooLarge, statuses=_on(413)),
    Rule(errors.RateLimited, statuses=_on(429)),
    # 408 and 409 come from servers that had started to work; whether they made something is unknown.
    Rule(errors.ServerError, statuses=_on(408, 409)),
    # A gateway's own page says 503 as well when the server behind it may have been at work.
    Rule(errors.ServerBusy, statuses=_on(503), by_api=True),
    Rule(errors.ServerError, statuses=frozenset(range(500, 600))),
    Rule(errors.Redirected, statuses=frozenset(range(300, 400))),
    # Within a stream there is no status. These are the Responses API's codes for an image that it cannot read.
    Rule(errors.InvalidParameter, codes=("invalid_*",), with_param=True),
    Rule(
        errors.RequestRefused,
        codes=("invalid_*", "image_*", "unsupported_image*", "empty_image_file", "failed_to_download_*"),
    ),
    Rule(errors.RequestRefused, statuses=frozenset(range(400, 500))),
    Rule(errors.ServerError),
)

_DEFAULT_MESSAGES: Mapping[type[ApiError], str] = {
    errors.InvalidApiKey: "The server did not accept the key, and gave no reason.",
    errors.EndpointNotFound: "Nothing is at this address.",
    errors.Redirected: "The server redirects.",
    errors.ServerBusy: "The server cannot take more work now.",
    errors.RateLimited: "The server asks to slow down.",
    errors.RequestTooLarge: "The server does not take a request of this size.",
}


@dataclass(frozen=True)
class ErrorDetails:
    """What a server said about a failure."""

    message: str = ""
    type: str | None = None
    param: str | None = None
    code: str | None = None
    by_api: bool = False  # in the JSON of an API
    moderation: Mapping[str, Any] | None = None  # see `_moderation`

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.code, self.type) if name)


def read_error(value: Any) -> ErrorDetails:
    """Return what an error body says: OpenAI's shape, its halves, ``{"error": "text"}``, or FastAPI's ``{"detail":
    …}``.
    """
    if isinstance(value, str):
        return ErrorDetails(value)
    if not isinstance(value, Mapping):
        return ErrorDetails()
    inner = value.get("error")
    if inner:
        return _read_openai(inner) if isinstance(inner, Mapping) else read_error(inner)
    detail = value.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        place = detail[0].get("loc")
        names = [str(name) for name in place if name != "body"] if isinstance(place, list) else []
        return ErrorDetails(_text(detail[0].get("msg")), param=".".join(names) or None)
    if isinstance(detail, str):
        return ErrorDetails(detail)
    return _read_openai(value)


def _read_openai(value: Mapping[str, Any]) -> ErrorDetails:
    code = value.get("code")
    return ErrorDetails(
        _text(value.get("message")),
        type=_text(value.get("type")) or None,
        param=_text(value.get("param")) or None,
        code=str(code) if isinstance(code, str | int) and not isinstance(code, bool) and code != "" else None,
        moderation=_moderation(value.get("moderation_details")),
    )


def _moderation(details: Any) -> dict[str, Any] | None:
    """Return what the safety system says of a refusal: its stage, and categories of which new ones may come."""
    if not isinstance(details, Mapping):
        return None
    stage, categories = _text(details.get("moderation_stage")), details.get("categories")
    named = [one for one in categories if isinstance(one, str) and one] if isinstance(categories, list) else []
    found = {
        "stage": stage if stage in ("input", "output") else "",
        "categories": [" ".join(one[:_MAX_CATEGORY_LENGTH].split()) for one in named[:_MAX_CATEGORIES]],
    }
    return found if any(found.values()) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def read_error_body(body: bytes, content_type: str) -> ErrorDetails:
    """Return what the body of a failed call says: JSON, HTML, plain text or nothing."""
    try:
        value = json.loads(body)
        return replace(read_error(value), by_api=isinstance(value, Mapping))
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return replace(_read_cut_json(text), by_api=True)
    if "html" in content_type or text.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return ErrorDetails(" ".join(title[1].split()) if title else "A web page, not an API response")
    return ErrorDetails(" ".join(text.split()))


def _read_cut_json(text: str) -> ErrorDetails:
    """Return what the JSON of an error says that is too long or incomplete."""
    found = {}
    for name in ("message", "type", "param", "code"):
        match = re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.){{0,{_MAX_CUT_VALUE_LENGTH}}})', text, re.DOTALL)
        found[name] = match[1].replace("\\n", " ").replace('\\"', '"') if match else ""
    if not found["message"]:
        return ErrorDetails("" if text.startswith('{"') else " ".join(text.split()))
    return ErrorDetails(found["message"], found["type"] or None, found["param"] or None, found["code"] or None)


def api_error(
    details: ErrorDetails,
    *,
    status: int | None,
    secrets: Sequence[str],
    costly: bool = True,
    started: bool = False,
    cut_off: bool = False,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> ApiError:
    """Return the error for what a server said.

    ``status`` is None for an error inside a response. ``costly``: the call makes something that is paid for.
    ``started``: part of the response had arrived. ``cut_off``: the body is longer than what was read.
    """
    kind = next(rule.kind for rule in RULES if rule.matches(status, details))
    message = scrub(details.message, secrets, cut_off=cut_off)
    if len(message) > _MAX_MESSAGE_LENGTH:
        message = message[:_MAX_MESSAGE_LENGTH] + "…"
    param, code, type_ = (
        scrub(name, secrets)[:200] if name else None for name in (details.param, details.code, details.type)
    )
    what = _sentence(message) or _DEFAULT_MESSAGES.get(kind, "The server gave no reason.")
    money = kind.usual_money
    if not costly:
        money = Money.NOTHING_SPENT
    elif started:
        money = Money.MAY_BE_BILLED
    error = kind(
        f"{what} (HTTP {status})" if status and not message else what,
        money=money,
        next_step=_next_step(kind, money, retry_after),
        status=status,
        code=code,
        param=param,
        type=type_,
        request_id=scrub(request_id, secrets) if request_id else None,
        retry_after=retry_after,
    )
    if details.moderation:
        named = [scrub(one, secrets) for one in details.moderation["categories"]]
        error.moderation = {**details.moderation, "categories": named}
    return error


def _next_step(kind: type[ApiError], money: Money, retry_after: float | None) -> str | None:
    """Return the next step where the class's own does not fit: a retry may pay twice, or is too early."""
    if not issubclass(kind, errors.RateLimited | errors.ServerBusy):
        return None
    wait = f"Wait {duration(retry_after)}, as the server asks" if retry_after and retry_after >= 1 else "Wait a little"
    if money is Money.NOTHING_SPENT:
        return f"{wait}, then try again."
    return f"{wait}. {errors.LOOK_FIRST}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else text + "."
