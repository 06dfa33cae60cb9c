"""Which failure becomes which class of ``errors``: the reference's error table as data, read from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from components.client import errors
from components.client.errors import ApiError, Money
from components.client.failures import gateways
from components.client.failures.error_details import ErrorDetails
from components.client.failures.gateways import FailedCall
from components.client.http.retry import duration
from components.client.masking import scrub

_MAX_MESSAGE_LENGTH = 600


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
    Rule(errors.GatewayTimeout, codes=(gateways.STOPPED_WAITING,)),
    Rule(errors.StreamNotRelayed, codes=(gateways.STREAM_LOST,)),
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
            "budget_exceeded",
        ),
    ),
    Rule(errors.InvalidApiKey, codes=("invalid_api_key", "token_not_found_in_db", "expired_key")),
    Rule(errors.PermissionDenied, codes=("*_model_access_denied",)),
    Rule(errors.ModelNotFound, codes=("model_not_found", "DeploymentNotFound")),
    Rule(errors.RateLimited, codes=("rate_limit_exceeded", "slow_down")),
    # OpenAI's sentences: gateways pass them on without their codes.
    Rule(errors.ModerationBlocked, statuses=_on(400), message=r"\brejected by (the|our) safety system"),
    Rule(errors.BillingLimitReached, statuses=_on(400), message=r"\bbilling hard limit has been reached"),
    Rule(errors.QuotaExceeded, statuses=_on(429), message=r"\bexceeded your current quota"),
    Rule(errors.OrganizationNotVerified, statuses=_on(403), message=r"\bverif"),
    Rule(errors.ModelNotFound, statuses=_on(404), message=r"\bmodel\b.*\bnot (found|exist)|\bunknown model"),
    Rule(errors.ModelNotFound, statuses=_on(400), message=r"\binvalid model name passed\b"),  # LiteLLM's
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
    errors.EndpointNotFound: "There is no such endpoint at this address.",
    errors.Redirected: "The server redirects.",
    errors.ServerBusy: "The server cannot take more work now.",
    errors.RateLimited: "The server asks to slow down.",
    errors.RequestTooLarge: "The server does not take a request of this size.",
}


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
    failed: FailedCall | None = None,
) -> ApiError:
    """Return the error for what a server, or a proxy or gateway before it, said.

    ``status`` is None for an error inside a response. ``costly``: the call makes something that is paid for.
    ``started``: part of the response had arrived. ``cut_off``: the body is longer than what was read.
    """
    said, better_code = gateways.explain(details, status, failed or FailedCall())
    explained = replace(details, message=said, code=better_code or details.code)
    kind = next(rule.kind for rule in RULES if rule.matches(status, explained))
    message = scrub(said, secrets, cut_off=cut_off)
    if len(message) > _MAX_MESSAGE_LENGTH:
        message = message[:_MAX_MESSAGE_LENGTH] + "…"
    code = None if details.code == str(status) else details.code  # LiteLLM repeats the status there
    param, code, type_ = (scrub(name, secrets)[:200] if name else None for name in (details.param, code, details.type))
    what = _sentence(message) or _DEFAULT_MESSAGES.get(kind, "The server gave no reason.")
    money = kind.usual_money
    if not costly:
        money = Money.NOTHING_SPENT
    elif started:
        money = Money.MAY_BE_BILLED
    error = kind(
        f"{what} (HTTP {status})" if status and not message else what,
        money=money,
        next_step=_next_step(kind, money, retry_after, details),
        status=status,
        code=code,
        param=param,
        type=type_,
        request_id=scrub(request_id, secrets) if request_id else None,
        retry_after=retry_after,
    )
    if details.failure and isinstance(error, errors.ServerError) and money is Money.MAY_BE_BILLED:
        error.money_sentence = gateways.SENT_AGAIN
    if details.moderation:
        named = [scrub(one, secrets) for one in details.moderation["categories"]]
        error.moderation = {**details.moderation, "categories": named}
    return error


def _next_step(kind: type[ApiError], money: Money, retry_after: float | None, details: ErrorDetails) -> str | None:
    """Return the next step where the class's own does not fit: a retry may pay twice, or somebody else must act."""
    if details.failure and issubclass(kind, errors.InvalidApiKey):
        return "The gateway took your key, but its provider refused the gateway's. Tell the gateway's operator."
    if issubclass(kind, errors.RequestTooLarge) and not details.by_api:
        return f"{kind.usual_next_step} Or raise the limit of the proxy: client_max_body_size in nginx, 1 MB if unset."
    if not issubclass(kind, errors.RateLimited | errors.ServerBusy):
        return None
    wait = f"Wait {duration(retry_after)}, as the server asks" if retry_after and retry_after >= 1 else "Wait a little"
    if money is Money.NOTHING_SPENT:
        return f"{wait}, then try again."
    return f"{wait}. {errors.LOOK_FIRST}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else text + "."
