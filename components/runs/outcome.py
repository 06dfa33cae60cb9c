"""How a run ended, in the shape of the client's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.client import ApiError, Cancelled, Connection, Money
from components.client.errors import LOOK_FIRST, NotSaved
from components.client.events import Completed
from components.library import LibraryUnavailable
from components.library.maintenance.recovery import INTERRUPTED
from components.parameters import Request, cost

FREE = "Nothing was spent: the built-in engine is free."

# The error of a cancelled run, by whether its request had been sent.
_CANCELLED = {
    False: (
        "before it was sent.",
        Money.NOTHING_SPENT,
        None,
    ),
    True: (
        "after it was sent. What had arrived by then is kept.",
        Money.MAY_BE_BILLED,
        "Run it again whenever you like: that is a new request, which is billed separately.",
    ),
}


class AppStopping(LibraryUnavailable):
    """The app is stopping; nothing new starts."""

    def __init__(self) -> None:
        super().__init__("The app is stopping.", "Try again after it has restarted.")


class EndedElsewhere(Exception):
    """A run is no longer queued, or no longer this process's, so it is not sent: this process was taken for dead."""


@dataclass(frozen=True)
class ResponseSummary:
    """What the server said besides images and text, as far as it arrived: token counts, JSON."""

    usage: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    request_id: str | None = None

    def spent(self, request: Request, connection: Connection) -> dict[str, Any]:
        """Return the run's columns of token counts and cost in dollars; the built-in engine costs nothing.

        Prices are those of the models that were requested: servers answer with names of their own.
        """
        facts = self.facts or {}
        price = cost(request.model, self.usage, facts.get("svg_usage"))
        response = facts.get("response")
        if price is not None and isinstance(response, Mapping):  # the text model that led the image model
            main = cost(str(request.values.get("main_model")), response.get("usage"))
            price = None if main is None else price + main
        return {"usage": self.usage, "cost": None if connection.source == "built-in" else price}


def with_usage(error: ApiError, usage: dict[str, Any] | None) -> ApiError:
    """Return the error of a run whose response is complete: if the server counted tokens, they are billed."""
    if usage and error.money is Money.MAY_BE_BILLED:
        error.billed()
    return error


def cancelled(sent: bool, by: str = "") -> dict[str, Any]:
    """Return the error of a cancelled run. `by` names who stopped it; `sent`: the request had left by then."""
    when, money, next_step = _CANCELLED[sent]
    who = f"{by} stopped this run" if by else "This run was stopped"
    return Cancelled(f"{who} {when}", money=money, next_step=next_step).as_dict()


def at_no_cost(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a stored error as it reads for the built-in engine, which is free however the run ended."""
    if error is None:
        return None
    changed = {**error, "money": Money.NOTHING_SPENT.value, "money_sentence": FREE}
    if re.search(r"usage|billed", str(error.get("next"))):  # of an account, which the built-in engine does not have
        changed["next"] = "Run it again whenever you like."
    return changed


def interrupted(sent: bool) -> dict[str, Any]:
    """Return the error of a run that the app's stop interrupted."""
    return dict(INTERRUPTED["running" if sent else "queued"])


def run_not_stored(reason: str, next_step: str) -> ApiError:
    """Return the error for a library that could not be written before the request was sent."""
    return _RunNotStored(reason, money=Money.NOTHING_SPENT, next_step=next_step)


def image_not_saved(reason: str) -> NotSaved:
    """Return the error for an image that the library did not take. Its page offers the download."""
    return NotSaved(reason, next_step="The app keeps trying to save it.")


def end_not_stored(reason: str, *, images: int, has_text: bool) -> NotSaved:
    """Return the error for a run whose end the database did not take: its images are stored, its text is not."""
    kept = ["Its images are in the library."] if images else []
    if has_text:
        kept.append("Its answer is only in the app's memory: save it from this page now.")
    return NotSaved(reason, next_step=" ".join((*kept, "The app keeps trying to save the end of the run.")))


def internal_error() -> ApiError:
    """Return the error for an unexpected exception."""
    return ApiError("Internal error. See the server's log.", next_step=LOOK_FIRST)


def stored_response(completed: Completed) -> dict[str, Any]:
    """Return the server's JSON as stored with the run, with the reason when a text was cut off."""
    return {**completed.answer, **({"cut_off": completed.cut_off} if completed.cut_off else {})}


class _RunNotStored(ApiError):
    title = "The run could not be saved"
