"""Errors that the server reports: it refuses, redirects, fails or is busy."""

from __future__ import annotations

from components.client.errors.base import LOOK_FIRST, ApiError
from components.client.errors.money import Money


class RequestRefused(ApiError):
    title = "The server refused the request"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Change what the server names, then try again."


class ModerationBlocked(RequestRefused):
    title = "Blocked by the safety system"
    # The prompt, an input or the finished image may be what was refused; a finished one has been made.
    usual_money = Money.MAY_BE_BILLED
    usual_next_step = "Reword the prompt or use other images. The same request will be refused again."


class InvalidParameter(RequestRefused):
    kind = "WrongParameter"
    title = "A parameter is wrong"
    usual_next_step = "Correct it at its field."


class BillingLimitReached(RequestRefused):
    title = "The account's billing limit is reached"
    usual_next_step = "Raise the limit in the account's billing settings, or use another connection."


class QuotaExceeded(RequestRefused):
    kind = "OutOfMoney"
    title = "The account's quota is used up"
    usual_next_step = "Add credit or raise the spend limit of the account, or use another connection."


class InvalidApiKey(RequestRefused):
    kind = "WrongKey"
    title = "The key was not accepted"
    usual_next_step = "Check the key of the connection."


class PermissionDenied(RequestRefused):
    kind = "NotAllowed"
    title = "Not allowed"
    usual_next_step = "Choose another model, or ask the account's owner for access."


class OrganizationNotVerified(PermissionDenied):
    title = "The organization must be verified"
    usual_next_step = "The account's owner can verify it in the organization's settings; it takes about 15 minutes."


class ModelNotFound(RequestRefused):
    title = "The server does not have this model"
    usual_next_step = "Choose a model that the connection's Test lists."


class EndpointNotFound(RequestRefused):
    title = "The server does not have this endpoint"
    usual_next_step = "Check the base URL (most end in /v1); this server may not offer this operation."


class RequestTooLarge(RequestRefused):
    title = "The request is too large"
    usual_next_step = "Send fewer or smaller images."


class RateLimited(RequestRefused):
    kind = "TooFast"
    title = "Too many requests"
    usual_next_step = "Wait a little, then try again."


class Redirected(ApiError):
    title = "The server redirects"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = (
        "Check the base URL of the connection, or put the address that the server names there; a key is never sent "
        "after a redirect."
    )


class ServerError(ApiError):
    title = "The server failed"
    usual_next_step = LOOK_FIRST


class GatewayTimeout(ServerError):
    title = "A proxy stopped waiting"
    usual_next_step = (
        f"{LOOK_FIRST} Then raise the time limit on the way above 600 seconds: proxy_read_timeout in nginx, "
        "request_timeout in LiteLLM."
    )


class StreamNotRelayed(ServerError):
    title = "The gateway cannot stream images"
    usual_next_step = f"{LOOK_FIRST} From now on this app asks the gateway without a stream."


class ServerBusy(ServerError):
    title = "The server is busy"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Wait a little, then try again."
