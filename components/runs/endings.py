"""What a run says of its end, in the shape of the client's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.client import ApiError, Cancelled, Money
from components.client.errors import NotSaved
from components.client.events import Completed
from components.library.recovery import INTERRUPTED

FREE = "Nothing was spent: the built-in engine is free."

# What a run that was stopped says, by whether its request had left by then.
_CANCELLED = {
    False: ("before it was sent.", Money.NOTHING_SPENT),
    True: ("after it was sent. What had arrived by then is kept.", Money.MAY_BE_BILLED),
}


def cancelled(sent: bool, by: str = "") -> dict[str, Any]:
    """Somebody stopped it: `by` is their name where they gave one; `sent` says whether the request had left by then."""
    when, money = _CANCELLED[sent]
    who = f"{by} stopped this run" if by else "This run was stopped"
    return Cancelled(f"{who} {when}", money=money).as_dict()


def at_no_cost(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A stored error of a run on the built-in engine, which asks money for nothing, however the run ended."""
    if error is None:
        return None
    told = {**error, "money": Money.NOTHING_SPENT.value, "money_sentence": FREE}
    if "usage" in str(error.get("next")):  # of an account, which the built-in engine does not have
        told["next"] = "Run it again whenever you like."
    return told


def interrupted(sent: bool) -> dict[str, Any]:
    """The app was stopped meanwhile."""
    return dict(INTERRUPTED["running" if sent else "queued"])


def not_begun(reason: str, next_step: str) -> ApiError:
    """The library could not be written before the request was sent, so it was not sent."""
    return _NotBegun(reason, money=Money.NOTHING_SPENT, next_step=next_step)


def not_saved(reason: str) -> NotSaved:
    """A picture has come and the library did not take it."""
    return NotSaved(
        reason,
        next_step="Save it from this page now. The app keeps it too, and puts it into the library as soon as it can.",
    )


def not_written(reason: str) -> NotSaved:
    """The pictures are in the library, but the database did not take the end of the run."""
    return NotSaved(reason, next_step="Its pictures are kept. The app goes on trying to write down how it ended.")


def faulty() -> ApiError:
    """Something happened that nobody thought of."""
    return ApiError("The app made a mistake; its log says more.")


def answer_of(completed: Completed | None) -> dict[str, Any] | None:
    """The server's JSON as it is stored with the run, with the reason when a text was cut off."""
    if completed is None:
        return None
    return {**completed.answer, **({"cut_off": completed.cut_off} if completed.cut_off else {})}


class _NotBegun(ApiError):
    title = "The run could not be written down"
