"""Fields of the Admin page's forms: their values, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.team.budgets import MICROS
from components.ui.base.deferred import peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import typed_dollars
from components.ui.session.state import page_state

MOST_DOLLARS = 1_000_000
MOST_CHARACTERS = 200


@dataclass
class AdminFormState:
    """What is wrong with the fields of one form, by their keys, since it was last sent."""

    problems: Mapping[str, str] = field(default_factory=dict)


def note_problems(form: str, problems: Mapping[str, str]) -> bool:
    """Keep what is wrong with a form's fields; return whether anything is."""
    page_state(AdminFormState, form).problems = problems
    return bool(problems)


def draw_problem(form: str, key: str) -> None:
    """Draw what is wrong with a field, below it."""
    if message := page_state(AdminFormState, form).problems.get(key):
        st.markdown(f":red[:material/error: {escape(message)}]")


def draw_text(form: str, name: str, label: str, *, value: str = "", placeholder: str = "", help: str = "") -> None:
    """Draw a text field and what is wrong with it."""
    key = f"{form}.{name}"
    st.text_input(
        label,
        value=value if key not in st.session_state else str(st.session_state[key]),
        key=key,
        placeholder=placeholder,
        help=help or None,
        max_chars=MOST_CHARACTERS,
        autocomplete="off",
    )
    draw_problem(form, name)


def text_of(form: str, name: str) -> str:
    """Return what a field holds, without blanks around it."""
    return str(peek(f"{form}.{name}") or "").strip()


def value_of(form: str, name: str) -> Any:
    """Return the value of a field that is not text."""
    return peek(f"{form}.{name}")


def read_dollars(text: str, problems: dict[str, str], name: str) -> int | None:
    """Return an amount in micros; None for an empty field, or with a problem at its name for a bad one."""
    amount = typed_dollars(text)
    if amount is None:
        return None
    if isinstance(amount, str):
        problems[name] = amount
        return None
    if not amount.is_finite() or not 0 <= amount <= MOST_DOLLARS:
        problems[name] = f"Write an amount from 0 to {MOST_DOLLARS:,} dollars, or leave it empty for no limit."
        return None
    return round(amount * MICROS)


def read_number(text: str, problems: dict[str, str], name: str, most: int) -> int | None:
    """Return a whole number of at least 1; None for an empty field, or with a problem for a bad one."""
    text = text.strip().replace(",", "")
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:20]) <= most:
        problems[name] = f"Write a whole number from 1 to {most:,}, or leave it empty for no limit."
        return None
    return int(text)
