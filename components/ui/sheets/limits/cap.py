"""A sheet's cap in dollars: how it is read, and the field that raises it once it has stopped the sheet."""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_CEILING, Decimal

import streamlit as st

from components.library.queries.sheet_cells import spent_of
from components.library.queries.sheet_summary import estimates_in
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.checks import asking_cost
from components.parameters.sheets import SheetPrice
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars, typed_dollars
from components.ui.process.workbench import workbench

HIGHEST = 10_000
_CENT = Decimal("0.01")


def read_cap(text: str, paid: SheetPrice) -> Decimal | str | None:
    """Return a cap in dollars, None for no cap, or a sentence on why it is none. `paid` is of the runs that cost."""
    cap = typed_dollars(text)
    if cap is None:
        return None
    if isinstance(cap, Decimal) and not (cap.is_finite() and 0 < cap <= HIGHEST):
        return f"A cap must be more than 0 and at most {HIGHEST:,} dollars; leave it empty for none."
    if isinstance(cap, Decimal) and paid.unknown:
        return f"A cap cannot hold here: the price of {paid.unknown} of the runs is not known."
    return cap


def read_higher_cap(text: str, cap: Decimal, needed: Decimal) -> Decimal | str:
    """Return the cap that replaces `cap`, or a sentence on why it is none: the next run takes `needed` in all."""
    higher = typed_dollars(text)
    if higher is None:
        return f"Write an amount in dollars, more than {dollars(cap)}."
    if isinstance(higher, str):
        return higher
    if not higher.is_finite() or higher > HIGHEST:
        return f"A cap can be at most {HIGHEST:,} dollars."
    if higher <= cap:
        return f"The cap is {dollars(cap)} now. Write a higher amount."
    if higher < needed:
        return f"With the next run the sheet may have cost {dollars(needed)}, so this cap would stop it at once."
    return higher


def is_at_cap(sheet: StoredSheet) -> bool:
    """Return whether its cap stopped a sheet."""
    return sheet.stopped == "cap" and sheet.cap is not None


def new_cap_key(sheet: StoredSheet) -> str:
    """Return the key of the field for a cap above the present one."""
    return f"sheet.new_cap.{sheet.id}.{sheet.cap}"


def draw_new_cap(sheet: StoredSheet, states: Collection[str]) -> None:
    """Draw the field for a higher cap, filled with what all cells in these states come to with what is spent."""
    assert sheet.cap is not None
    key, spent, estimates = new_cap_key(sheet), _spent(sheet), _known(sheet, states)
    if key not in st.session_state:
        # A cent more than the present cap is the least that changes anything.
        wanted = max(spent + sum(estimates), sheet.cap + _CENT)
        st.session_state[key] = str(wanted.quantize(_CENT, ROUND_CEILING))
    st.text_input(
        "New cap (dollars)",
        key=key,
        width=240,
        autocomplete="off",
        help=escape(
            f"The cap of {dollars(sheet.cap)} stopped this sheet, which has cost {dollars(spent)}. Sending its cells "
            "stores this higher cap first."
        ),
    )


def draw_cap_problem(sheet: StoredSheet, states: Collection[str]) -> None:
    """Draw why the amount in the field is no higher cap; nothing where it is one."""
    assert sheet.cap is not None
    estimates = _known(sheet, states)
    cap = read_higher_cap(str(st.session_state[new_cap_key(sheet)]), sheet.cap, _spent(sheet) + sum(estimates[:1]))
    if isinstance(cap, str):
        st.markdown(f":red[:material/error: {escape(cap)}]")


def new_cap(sheet: StoredSheet, text: str, states: Collection[str]) -> Decimal | None:
    """Return the cap to store before the cells in these states are sent; None if the text is none."""
    assert sheet.cap is not None
    estimates = _known(sheet, states)
    cap = read_higher_cap(text, sheet.cap, _spent(sheet) + sum(estimates[:1]))
    return None if isinstance(cap, str) else cap


def cap_for_cell(sheet: StoredSheet, cell: SheetCell, text: str) -> Decimal | str | None:
    """Return the cap to store before one cell is run again, None where it fits under the present one.

    `text` is what the field for a higher cap holds. Return a sentence where that is none, or not high enough.
    """
    assert sheet.cap is not None
    needed = _spent(sheet) + (cell.estimate or Decimal(0))
    if needed <= sheet.cap or sheet.connection_id == BUILT_IN_ID:
        return None
    cap = read_higher_cap(text, sheet.cap, needed)
    if not isinstance(cap, str):
        return cap
    why = f"With this run the sheet may have cost {dollars(needed)}, more than its cap of {dollars(sheet.cap)}."
    return f"{why} Nothing was sent. Raise “New cap” above the sheet, then run the cell again."


def _spent(sheet: StoredSheet) -> Decimal:
    return spent_of(workbench().library, sheet.id) + asking_cost(workbench().library, sheet.id)


def _known(sheet: StoredSheet, states: Collection[str]) -> list[Decimal]:
    return [one or Decimal(0) for one in estimates_in(workbench().library, sheet.id, states)]
