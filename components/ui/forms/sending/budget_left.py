"""What is left of the budgets, beside a price."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from components.team.budgets import MICROS, left_texts
from components.ui.base.formatting.markdown_text import escape
from components.ui.session.team_rules import my_standings


def draw_left(connection_id: str, price: Decimal | None) -> None:
    """Draw what is left for a run of up to this price in dollars, with a warning where it is too little.

    Nothing where no budget holds.
    """
    texts = list(left_texts(my_standings(connection_id), round((price or 0) * MICROS)))
    for warns, text in texts:
        if warns:
            st.markdown(f":orange[:material/warning:] :small[{escape(text[0].upper() + text[1:])}.]")
    if left := [text for warns, text in texts if not warns]:
        st.caption(escape(" · ".join(left)))
