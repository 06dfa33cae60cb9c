"""What a failure means for the bill."""

from __future__ import annotations

from enum import Enum


class Money(Enum):
    """Whether a failed call costs something. Stored with a run by its value."""

    NOTHING_SPENT = "nothing_spent"
    MAY_BE_BILLED = "may_be_billed"
    BILLED = "billed"

    @property
    def sentence(self) -> str:
        return _MONEY_SENTENCES[self]


_MONEY_SENTENCES = {
    Money.NOTHING_SPENT: "Nothing was spent.",
    Money.MAY_BE_BILLED: "It may have been made and billed all the same.",
    Money.BILLED: "The server has billed it.",
}
