"""More than a set amount asks again, whether a new sheet is sent or cells of a stored one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from components.library.records import StoredSheet
from components.parameters.sheets import CONNECTION, SheetTemplate
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import close_popover, defer
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.base.formatting.sentence import capitalized
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state


@dataclass
class SendQuestion:
    """Which button of a stored sheet waits for a yes, and for how many runs; "" for none."""

    asked: str = ""


@dataclass(frozen=True)
class CellPrice:
    """How many cells are sent, what they may cost in dollars, and how many have no known price."""

    runs: int
    high: Decimal
    unknown: int = 0
    is_free: bool = False

    @property
    def text(self) -> str:
        """Say what the cells may cost."""
        if self.is_free:
            return "free here"
        if self.unknown == self.runs:
            return "price not known"
        more = f"; the price of {self.unknown} is not known" if self.unknown else ""
        return f"up to {dollars(self.high)}{more}"

    @property
    def count(self) -> str:
        """Say how many runs they are."""
        return f"{self.runs} run{'' if self.runs == 1 else 's'}"

    def estimate_line(self, estimate: str) -> str:
        """Return the text of an estimate, for the built-in engine as what it would cost elsewhere."""
        return f"Free here. At OpenAI: {estimate}" if self.is_free else capitalized(estimate)


def price_of(sheet: StoredSheet, estimates: Sequence[Decimal | None], larger: SheetTemplate | None = None) -> CellPrice:
    """Return the price of cells with these estimates, of the sheet as it is or of the `larger` one."""
    varied = {str(axis["name"]) for axis in sheet.axes} | set(larger.varied if larger is not None else ())
    is_free = sheet.connection_id == BUILT_IN_ID and CONNECTION not in varied
    high = Decimal(0) if is_free else sum((one or Decimal(0) for one in estimates), Decimal(0))
    return CellPrice(len(estimates), high, sum(one is None for one in estimates), is_free)


def needs_yes(runs: int, high: Decimal | None) -> bool:
    """Return whether so many runs, or so many dollars, ask again."""
    settings = workbench().settings
    return runs > settings.sheet_confirm_runs or (high or 0) > Decimal(str(settings.sheet_confirm_dollars))


def draw_send(
    sheet: StoredSheet,
    price: CellPrice,
    label: str,
    key: str,
    send: Callable[..., object],
    *args: Any,
    panel: str = "",
    how: str = "",
    **look: Any,
) -> None:
    """Draw the button that sends cells of a stored sheet; in its place, once pressed, the question if there is one.

    `panel` is the key of the popover around it, which closes once `send` returns that they are sent. `how` ends the
    question; another one asks anew.
    """
    mark = f"{sheet.id} {key} {price.runs} {price.high}{how}"
    if page_state(SendQuestion).asked != mark or look.get("disabled"):
        if needs_yes(price.runs, price.high):
            st.button(label, key=key, on_click=_ask, args=(mark,), **look)
        else:
            st.button(label, key=key, on_click=reports_unavailable(_send), args=(panel, send, *args), **look)
        return
    with st.container(width="content", gap="small"):
        st.markdown(f"**Really send {escape(f'{price.count}, {price.text}{how}')}?**")
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Yes, run {price.runs}",
                type="primary",
                key=f"{key}.yes",
                on_click=reports_unavailable(_send),
                args=(panel, send, *args),
            )
            st.button("Not now", key=f"{key}.no", on_click=_ask, args=("",))


def _ask(mark: str) -> None:
    page_state(SendQuestion).asked = mark


def _send(panel: str, send: Callable[..., object], *args: Any) -> None:
    page_state(SendQuestion).asked = ""
    is_sent = send(*args)
    if panel and is_sent:
        defer(close_popover, panel)
