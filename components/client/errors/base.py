"""What all errors of the client have in common, and the texts that they share."""

from __future__ import annotations

from typing import Any, ClassVar

from components.client.errors.money import Money

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
