"""Typed session state: what a page or panel remembers is one small dataclass under one key of the session.

A widget's value stays under the widget's own key, which Streamlit owns. Everything else that a page remembers is a
field of its dataclass, whose fields all have defaults. A field with `metadata=DRAFT` survives a reload of the tab
(`restore`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any, Protocol, TypeVar, runtime_checkable

import streamlit as st

S = TypeVar("S")

DRAFT: Mapping[Any, Any] = MappingProxyType({"draft": True})
STATE_PREFIX = "state."


@runtime_checkable
class HoldsInputs(Protocol):
    """A state that refers to files of the library which no run has yet."""

    def held_inputs(self) -> Iterator[str]:
        """Yield the SHA-256 of each file."""


def state_key(kind: type[object], part: str = "") -> str:
    """Return the session key of a page's state; `part` distinguishes several of a kind, such as operations."""
    return f"{STATE_PREFIX}{kind.__name__}" + (f".{part}" if part else "")


def page_state(kind: type[S], part: str = "") -> S:
    """Return this session's state of a page, made from its defaults when it is first asked for.

    Streamlit may interrupt a callback here, as at each look at the session; a change of the returned object is safe.
    """
    state: S = st.session_state.setdefault(state_key(kind, part), kind())
    return state


def all_states(session: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the states that a session holds, by their keys."""
    return {str(key): value for key, value in session.items() if str(key).startswith(STATE_PREFIX)}


def draft_of(state: Any) -> Any:
    """Return a state of the same kind that holds only the fields that survive a reload; None if it has none."""
    names = _draft_fields(state)
    return type(state)(**{name: getattr(state, name) for name in names}) if names else None


def is_untouched(draft: Any) -> bool:
    """Return whether all fields of a draft are at their defaults."""
    fresh = type(draft)()
    return all(getattr(draft, name) == getattr(fresh, name) for name in _draft_fields(draft))


def restore_draft(state: Any, draft: Any) -> None:
    """Fill the fields that are still at their defaults from a draft; the new session's own values stay."""
    untouched = type(state)()
    for name in _draft_fields(draft):
        if getattr(state, name) == getattr(untouched, name):
            setattr(state, name, getattr(draft, name))


def refill(state: Any, draft: Any) -> None:
    """Put back what a draft has and a state has no more: fields at their defaults, and empty values of a mapping."""
    if type(state) is not type(draft) or not is_dataclass(draft):
        return
    restore_draft(state, draft)
    for name in _draft_fields(draft):
        now, before = getattr(state, name), getattr(draft, name)
        if isinstance(now, dict) and isinstance(before, dict):
            now.update({key: value for key, value in before.items() if value and not now.get(key)})


def _draft_fields(state: Any) -> list[str]:
    return [one.name for one in fields(state) if one.metadata.get("draft")] if is_dataclass(state) else []
