"""How a batch and its cells ended, in the shape of the client's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.client import ApiError, Money
from components.client.errors import LOOK_FIRST
from components.library.records import SheetBatch
from components.runs.outcome import at_no_cost
from components.settings import BUILT_IN_ID

KEPT = "What was made before is billed and kept."
NEEDS_KEY = (
    "Its connection is needed again: the key was only in memory. Enter it on the Connections page, and the app goes "
    "on. The batch itself goes on at the server."
)
NOT_SENT = "The app stopped before the batch was sent. Nothing was spent."
NOT_LISTED = "The app did not hear whether the batch was taken. The server does not list it, so nothing was spent."
UNKNOWN = (
    "It is not known whether the server took the batch, and it does not say. It may be made and billed all the same. "
    "Look at the account's batches and usage before sending these cells again."
)


class BatchError(ApiError):
    """A cell of a batch has no image."""

    title = "Not made in its batch"
    usual_next_step = "Run this cell again whenever you like: that is a new request."


def refused(error: ApiError) -> str:
    """Return the sentence for a batch that the server did not take: its cells are as if never sent."""
    if error.status in {404, 405, 501}:
        return "This server takes no batches. Nothing was sent, so nothing was spent. Run the cells without a batch."
    return f"The batch was not taken. {error}"


def rest(batch: SheetBatch, status: str, problem: str = "") -> tuple[str, dict[str, Any]]:
    """Return state and error of a cell that an ended batch has no answer for; `status` is the server's word."""
    spent, next_step = Money.NOTHING_SPENT, None
    match status:
        case "expired":
            what = f"The server did not process this request within 24 hours. {KEPT}"
        case "cancelled":
            who = f"{batch.cancelled_by} cancelled the batch" if batch.cancelled_by else "The batch was cancelled"
            what = f"{who} before this was made. {KEPT}"
        case "failed":
            what = f"The server refused the batch. {problem or 'It gave no reason.'}"
            next_step = "Change what the server names, then run this cell again."
        case "gone":
            what, spent = "The server does not know this batch any more.", Money.MAY_BE_BILLED
        case "left":
            what = "The batch was abandoned here without its key. The server may continue with it."
            spent = Money.MAY_BE_BILLED
        case _:
            what, spent = "The batch ended without an answer for this cell.", Money.MAY_BE_BILLED
    if spent is Money.MAY_BE_BILLED:
        next_step = LOOK_FIRST
    error: Mapping[str, Any] | None = BatchError(what, money=spent, next_step=next_step).as_dict()
    if batch.connection_id == BUILT_IN_ID:
        error = at_no_cost(error)
    return "cancelled" if status in {"cancelled", "left"} else "failed", dict(error or {})
