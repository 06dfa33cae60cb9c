"""Everything that can go wrong between us and a server, as one short tree.

ApiError
├── NotUsable                 the connection itself cannot be used; nothing was sent
│   └── ForbiddenServer       it leads where connections may not lead
├── InputMissing              an input picture cannot be read any more; nothing was sent
├── Unreachable               refused, no such name, TLS, no connection in time; nothing was sent
├── NoAnswerInTime            silence for longer than the read timeout
├── ConnectionLost            broken off after the request was on its way
├── Cancelled                 a person stopped it
├── Refused                   the server said no
│   ├── ModerationBlocked
│   ├── WrongParameter        ``param`` says which
│   ├── BillingLimitReached
│   ├── OutOfMoney
│   ├── WrongKey
│   ├── NotAllowed
│   │   └── OrganizationNotVerified
│   ├── ModelNotFound
│   ├── EndpointNotFound
│   ├── RequestTooLarge
│   └── TooFast               retried
├── Redirected
├── ServerError
│   └── ServerBusy            retried
├── BadAnswer                 an answer came, but not what was asked for
│   ├── HtmlAnswer
│   ├── NotJsonAnswer
│   ├── EmptyAnswer
│   │   └── EmptyImage        beside others, or alone
│   ├── CutShort
│   ├── NotBase64
│   ├── NotAnImageAnswer      raised by ``runs``, which opens the pictures
│   ├── AnswerTooLarge
│   └── LinkFailed
│       └── ForbiddenLink
└── NotSaved                  it arrived, but the disk did not take it

Which status, code or failure becomes which class stands in the tables of ``classify``; what is retried in
``retry``. The rules come from the error table of the API reference.
"""

from __future__ import annotations

from typing import Any, ClassVar

from components.client.money import Money as Money

# What to do where the same request may have been paid for already.
LOOK_FIRST = "Look at the account's usage before trying again, so as not to pay twice."


class ApiError(Exception):
    """A failed call. No text in it ever holds a key.

    ``what`` is a sentence for people, ``money`` what it means for the bill, ``next_step`` what to do.
    ``param`` names the parameter on the wire, ``retry_after`` is in seconds, ``status`` is None when no HTTP
    status came with it.
    """

    title: ClassVar[str] = "The request failed"
    usual_money: ClassVar[Money] = Money.MAY_BE_BILLED
    usual_next_step: ClassVar[str] = LOOK_FIRST

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
        self.host: str | None = None  # the server that `what` names, for exports to leave out

    def billed(self) -> None:
        """Note that it is paid for, as the server's count of tokens shows."""
        self.money, self.money_sentence = Money.BILLED, None
        self.next_step = self.next_step.replace(LOOK_FIRST, "Running it again is billed again.")

    def __str__(self) -> str:
        return f"{self.title}: {self.what} {self.money_sentence or self.money.sentence} {self.next_step}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.what!r}, status={self.status}, code={self.code!r})"

    def as_dict(self) -> dict[str, Any]:
        """What is stored with a run and shown: JSON-able, with the sentences and the facts apart."""
        return {
            "kind": type(self).__name__,
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
        }


class NotUsable(ApiError):
    title = "This connection cannot be used"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Correct the connection."


class ForbiddenServer(NotUsable):
    title = "This connection leads where it may not"
    usual_next_step = (
        "Use a server on the public internet, or ask whoever runs this app to set the server up for the team."
    )


class InputMissing(ApiError):
    title = "An input picture is gone"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Add the picture again."


class Unreachable(ApiError):
    title = "The server cannot be reached"
    usual_money = Money.NOTHING_SPENT
    usual_next_step = "Check the base URL and the network, then try again."


class NoAnswerInTime(ApiError):
    title = "No answer in time"
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
    # The prompt, an input or the finished picture may be what was refused; a finished one has been made.
    usual_money = Money.MAY_BE_BILLED
    usual_next_step = "Reword the prompt or use other pictures. The same request will be refused again."


class WrongParameter(RequestRefused):
    title = "A parameter is wrong"
    usual_next_step = "Correct it at its field."


class BillingLimitReached(RequestRefused):
    title = "The account's billing limit is reached"
    usual_next_step = "Raise the limit in the account's billing settings, or use another connection."


class OutOfMoney(RequestRefused):
    title = "The account has no money left"
    usual_next_step = "Add credit or raise the spend limit of the account, or use another connection."


class WrongKey(RequestRefused):
    title = "The key was not accepted"
    usual_next_step = "Check the key of the connection."


class NotAllowed(RequestRefused):
    title = "Not allowed"
    usual_next_step = "Choose another model, or ask the account's owner for access."


class OrganizationNotVerified(NotAllowed):
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
    usual_next_step = "Send fewer or smaller pictures."


class TooFast(RequestRefused):
    title = "Too many requests"
    usual_next_step = "Wait a little, then try again."


class Redirected(ApiError):
    title = "The server points elsewhere"
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


class BadAnswer(ApiError):
    title = "The answer cannot be used"
    usual_next_step = f"Check that the base URL is that of an OpenAI-compatible API. {LOOK_FIRST}"


class HtmlAnswer(BadAnswer):
    title = "The server answered with a web page"
    usual_next_step = (
        f"The base URL is probably not that of an API (most end in /v1), or a proxy stands in between. {LOOK_FIRST}"
    )


class NotJsonAnswer(BadAnswer):
    title = "The answer is not JSON"


class EmptyAnswer(BadAnswer):
    title = "The answer is empty"
    usual_next_step = f"{LOOK_FIRST} If it stays empty, the server does not do what was asked."


class EmptyImage(EmptyAnswer):
    title = "An image is missing"
    usual_next_step = LOOK_FIRST


class CutShort(BadAnswer):
    title = "The answer ends in the middle"
    usual_next_step = LOOK_FIRST


class NotBase64(BadAnswer):
    title = "An image did not arrive whole"
    usual_next_step = LOOK_FIRST


class NotAnImageAnswer(BadAnswer):
    title = "What came is not a picture"
    usual_next_step = "The bytes are kept. Another output format or model may do better; that is a new request."


class AnswerTooLarge(BadAnswer):
    title = "The answer is too large"
    usual_next_step = f"Ask for fewer or smaller images, or raise IMAGE_WORKBENCH_MAX_RESPONSE_BYTES. {LOOK_FIRST}"


class LinkFailed(BadAnswer):
    title = "A picture's link could not be fetched"
    usual_money = Money.BILLED
    usual_next_step = "Open the link yourself; such links work for about an hour."


class ForbiddenLink(LinkFailed):
    title = "A picture's link was not followed"
    usual_next_step = "Only http and https links to public servers are followed. Ask for the data instead of a link."


class NotSaved(ApiError):
    title = "The picture could not be written to disk"
    usual_money = Money.BILLED
    usual_next_step = "Make room on the disk of the library. Running it again is billed again."
