"""What a run says of its end, in the shape of the client's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.client import ApiError, Cancelled, Connection, Money
from components.client.errors import LOOK_FIRST, NotSaved
from components.client.events import Completed
from components.library.maintenance.recovery import INTERRUPTED
from components.parameters import cost

FREE = "Nothing was spent: the built-in engine is free."

# What a run that was stopped says, by whether its request had left by then.
_CANCELLED = {
    False: (
        "before it was sent.",
        Money.NOTHING_SPENT,
        None,
    ),
    True: (
        "after it was sent. What had arrived by then is kept.",
        Money.MAY_BE_BILLED,
        "Run it again whenever you like: that is a new request, which is billed of its own.",
    ),
}


@dataclass(frozen=True)
class Answer:
    """What the server said besides images and text, as far as it came: its count of tokens, its JSON."""

    usage: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    request_id: str | None = None

    def spent(self, model: str, connection: Connection) -> dict[str, Any]:
        """The run's columns of what was counted and what that costs in dollars; the built-in engine costs nothing."""
        price = cost(model, self.usage, (self.facts or {}).get("svg_usage"))
        return {"usage": self.usage, "cost": None if connection.source == "built-in" else price}


def with_usage(error: ApiError, usage: dict[str, Any] | None) -> ApiError:
    """The error of a run whose answer came whole: where the server counted tokens, they are billed."""
    if usage and error.money is Money.MAY_BE_BILLED:
        error.billed()
    return error


def cancelled(sent: bool, by: str = "") -> dict[str, Any]:
    """Somebody stopped it: `by` is their name where they gave one; `sent` says whether the request had left by then."""
    when, money, next_step = _CANCELLED[sent]
    who = f"{by} stopped this run" if by else "This run was stopped"
    return Cancelled(f"{who} {when}", money=money, next_step=next_step).as_dict()


def at_no_cost(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A stored error of a run on the built-in engine, which asks money for nothing, however the run ended."""
    if error is None:
        return None
    told = {**error, "money": Money.NOTHING_SPENT.value, "money_sentence": FREE}
    if re.search(r"usage|billed", str(error.get("next"))):  # of an account, which the built-in engine does not have
        told["next"] = "Run it again whenever you like."
    return told


def interrupted(sent: bool) -> dict[str, Any]:
    """The app was stopped meanwhile."""
    return dict(INTERRUPTED["running" if sent else "queued"])


def not_begun(reason: str, next_step: str) -> ApiError:
    """The library could not be written before the request was sent, so it was not sent."""
    return _RunNotStored(reason, money=Money.NOTHING_SPENT, next_step=next_step)


def not_saved(reason: str) -> NotSaved:
    """An image has come and the library did not take it. Where it is by then, the page says beside its download."""
    return NotSaved(reason, next_step="The app goes on trying to put it into the library.")


def not_written(reason: str, *, images: int, has_text: bool) -> NotSaved:
    """The database did not take the end of the run: so many images are in the library, its words are not."""
    kept = ["Its images are in the library."] if images else []
    if has_text:
        kept.append("Its answer is in the app's memory alone: save it from this page now.")
    return NotSaved(reason, next_step=" ".join((*kept, "The app goes on trying to write down how it ended.")))


def faulty() -> ApiError:
    """Something happened that nobody thought of."""
    return ApiError("The app made a mistake; its log says more.", next_step=LOOK_FIRST)


def answer_of(completed: Completed) -> dict[str, Any]:
    """The server's JSON as it is stored with the run, with the reason when a text was cut off."""
    return {**completed.answer, **({"cut_off": completed.cut_off} if completed.cut_off else {})}


class _RunNotStored(ApiError):
    title = "The run could not be written down"
