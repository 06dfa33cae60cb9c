"""Errors of the client, as one short tree.

ApiError
├── InvalidConnection         the connection cannot be used; nothing was sent
│   └── ForbiddenServer       it leads where connections may not lead
├── InputMissing              an input image cannot be read any more; nothing was sent
├── Unreachable               refused, unknown name, TLS, no connection in time; nothing was sent
├── ResponseTimeout           silence for longer than the read timeout
├── ConnectionLost            broken off after the request was on its way
├── Cancelled                 a person stopped it
├── RequestRefused            the server refused
│   ├── ModerationBlocked
│   ├── InvalidParameter      ``param`` names it
│   ├── BillingLimitReached
│   ├── QuotaExceeded
│   ├── InvalidApiKey
│   ├── PermissionDenied
│   │   └── OrganizationNotVerified
│   ├── ModelNotFound
│   ├── EndpointNotFound
│   ├── RequestTooLarge
│   └── RateLimited           retried
├── Redirected
├── ServerError
│   └── ServerBusy            retried
├── InvalidResponse           a response arrived that cannot be used
│   ├── HtmlResponse
│   ├── NotJsonResponse
│   ├── EmptyResponse
│   │   └── EmptyImage        beside other images, or alone
│   ├── TruncatedResponse
│   ├── InvalidBase64
│   ├── InvalidImage          raised by ``runs``, which opens the images
│   ├── ResponseTooLarge
│   └── LinkFailed
│       └── ForbiddenLink
└── NotSaved                  it arrived, but the disk did not take it

The tables in ``classify`` map statuses and codes to classes; ``retry`` says what is retried. The rules come from the
error table of the API reference.
"""

from __future__ import annotations

from typing import Any, ClassVar

from components.client.money import Money as Money

# What to do where the same request may have been paid for already.
LOOK_FIRST = "Look at the account's usage before trying again, so as not to pay twice."


class ApiError(Exception):
    """A failed call. None of its texts contains a key.

    ``what`` is a sentence for people, ``money`` what it means for the bill, ``next_step`` what to do.
    ``param`` names the parameter on the wire, ``retry_after`` is in seconds, ``status`` is None without an HTTP status.
    """

    kind: ClassVar[str] = "ApiError"  # stored with runs: a class that is renamed keeps the value of older libraries
    title: ClassVar[str] = "The request failed"
    usual_money: ClassVar[Money] = Money.MAY_BE_BILLED
    usual_next_step: ClassVar[str] = LOOK_FIRST

    def __init_subclass__(cls) -> None:
        cls.kind = cls.__dict__.get("kind", cls.__name__)

    def __init__(
        self,
        what: str,
        *,
        money: Money | None = None,
        next_step: str | None = None,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        type: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.money = money or self.usual_money
        self.money_sentence: str | None = None  # where the usual one says too little
        self.next_step = next_step or self.usual_next_step
        self.status = status
        self.code = code
        self.param = param
        self.type = type
        self.request_id = request_id
        self.retry_after = retry_after
        self.moderation: dict[str, Any] | None = None  # of a refusal by the safety system: stage, categories
        self.host: str | None = None  # the server that `what` names, for exports to leave out

    def billed(self) -> None:
        """Mark the call as billed: the server counted tokens."""
        self.money, self.money_sentence = Money.BILLED, None
        self.next_step = self.next_step.replace(LOOK_FIRST, "Running it again is billed again.")

    def __str__(self) -> str:
        return f"{self.title}: {self.what} {self.money_sentence or self.money.sentence} {self.next_step}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.what!r}, status={self.status}, code={self.code!r})"

    def as_dict(self) -> dict[str, Any]:
        """Return the error as JSON values, as stored with a run and shown."""
        return {
            "kind": self.kind,
            "title": self.title,
            "what": self.what,
            "money": self.money.value,
            "money_sentence": self.money_sentence or self.money.sentence,
            "next": self.next_step,
            "status": self.status,
            "code": self.code,
            "param": self.param,
            "type": self.type,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
            **({"host": self.host} if self.host else {}),
            **({"moderation": self.moderation} if self.moderation else {}),
        }


class InvalidConnection(ApiError):
    kind = "NotUsable"
    title = "This connection cannot be used"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Correct the connection."


class ForbiddenServer(InvalidConnection):
    title = "This connection's address is not allowed"
    usual_next_step = (
        "Use a server on the public internet, or ask whoever runs this app to set the server up for the team."
    )


class InputMissing(ApiError):
    title = "An input image is missing"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Add the image again."


class Unreachable(ApiError):
    title = "The server cannot be reached"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Check the base URL and the network, then try again."


class ResponseTimeout(ApiError):
    kind = "NoAnswerInTime"
    title = "No response in time"
    usual_next_step = LOOK_FIRST


class ConnectionLost(ApiError):
    title = "The connection broke off"
    usual_next_step = LOOK_FIRST


class Cancelled(ApiError):
    title = "Cancelled"
    usual_next_step = "Run it again whenever you like."


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


class ServerBusy(ServerError):
    title = "The server is busy"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Wait a little, then try again."


class InvalidResponse(ApiError):
    kind = "BadAnswer"
    title = "The response cannot be used"
    usual_next_step = f"Check that the base URL is that of an OpenAI-compatible API. {LOOK_FIRST}"


class HtmlResponse(InvalidResponse):
    kind = "HtmlAnswer"
    title = "The server sent a web page"
    usual_next_step = (
        f"The base URL is probably not that of an API (most end in /v1), or a proxy stands in between. {LOOK_FIRST}"
    )


class NotJsonResponse(InvalidResponse):
    kind = "NotJsonAnswer"
    title = "The response is not JSON"


class EmptyResponse(InvalidResponse):
    kind = "EmptyAnswer"
    title = "The response is empty"
    usual_next_step = f"{LOOK_FIRST} If it stays empty, the server does not support this request."


class EmptyImage(EmptyResponse):
    title = "An image is missing"
    usual_next_step = LOOK_FIRST


class TruncatedResponse(InvalidResponse):
    kind = "CutShort"
    title = "The response is incomplete"
    usual_next_step = LOOK_FIRST


class InvalidBase64(InvalidResponse):
    kind = "NotBase64"
    title = "An image arrived incomplete"
    usual_next_step = LOOK_FIRST


class InvalidImage(InvalidResponse):
    kind = "NotAnImageAnswer"
    title = "The response is not an image"
    usual_next_step = "The bytes are kept. Another output format or model may do better; that is a new request."


class ResponseTooLarge(InvalidResponse):
    kind = "AnswerTooLarge"
    title = "The response is too large"
    usual_next_step = f"Ask for fewer or smaller images, or raise IMAGE_WORKBENCH_MAX_RESPONSE_BYTES. {LOOK_FIRST}"


class LinkFailed(InvalidResponse):
    title = "An image's link could not be fetched"
    usual_money = Money.BILLED
    usual_next_step = "Open the link yourself; such links work for about an hour."


class ForbiddenLink(LinkFailed):
    title = "An image's link was not followed"
    usual_next_step = "Only http and https links to public servers are followed. Ask for the data instead of a link."


class NotSaved(ApiError):
    title = "The image could not be written to disk"
    usual_money = Money.BILLED
    usual_next_step = "Make room on the disk of the library. Running it again is billed again."
