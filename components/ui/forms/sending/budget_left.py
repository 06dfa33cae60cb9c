"""What is left of the budgets, beside a price."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from components.team.budgets import MICROS, MOST, left_texts
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.sentence import capitalized
from components.ui.session.team_rules import my_standings


def draw_left(connection_id: str, price: Decimal | None) -> None:
    """Draw the warnings of budgets before a run of up to this price in dollars; without any, the least that is left.

    Nothing where no budget holds.
    """
    tightest_first = sorted(my_standings(connection_id), key=lambda one: MOST if one.left is None else one.left)
    texts = list(left_texts(tightest_first, round((price or 0) * MICROS)))
    warnings = [text for warns, text in texts if warns]
    for text in warnings:
        st.markdown(f":orange[:material/warning:] :small[{escape(capitalized(text))}.]")
    if texts and not warnings:
        st.caption(escape(texts[0][1]))
