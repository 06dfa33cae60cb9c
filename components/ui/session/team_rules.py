"""The team's limits and budgets for the person at this page, read from the database every few seconds at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from components.library import Library, LibraryUnavailable
from components.library.team.budget_store import standings
from components.library.team.limit_store import all_limits
from components.library.team.people_store import note_person
from components.team.budgets import BudgetStanding, is_shared
from components.team.limits import Limits, Refusal
from components.team.people import Person
from components.ui.process.workbench import workbench
from components.ui.session.owner import person
from components.ui.session.state import page_state

T = TypeVar("T")

SECONDS = 3.0  # that an answer is used
MOST_KEPT = 1_000
VISIT_SECONDS = 3600.0

_answers: WeakKeyDictionary[Library, dict[object, tuple[float, Any]]] = WeakKeyDictionary()


@dataclass
class VisitState:
    """When this session's person was noted last, and as whom."""

    noted: float = 0.0
    person: Person | None = None


def _recent(key: object, read: Callable[[Library], T], otherwise: T) -> T:
    library = workbench().full_library
    kept = _answers.setdefault(library, {})
    now = time.monotonic()
    found = kept.get(key)
    if found is None or now - found[0] > SECONDS:
        try:
            found = now, read(library)
        except LibraryUnavailable:
            return otherwise  # the page says so already, and what is sent is checked again
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = found
    answer: T = found[1]
    return answer


def forget_rules() -> None:
    """Read everything again, since it was changed."""
    _answers.pop(workbench().full_library, None)


def limits() -> Limits:
    """Return the team's limits."""
    return _recent("limits", all_limits, Limits())


def may_use(connection_id: str) -> bool:
    """Return whether the person at this page may use a connection."""
    found = limits()
    if not found.access:
        return True
    who = person()
    return found.may_use(who.id, who.role, connection_id)


def open_models(connection_id: str, models: Sequence[str]) -> list[str]:
    """Return those of some models that the person at this page may use with a connection."""
    found = limits()
    if not found.access:
        return list(models)
    who = person()
    return [model for model in models if found.may_use_model(who.id, who.role, connection_id, model)]


def refusals(connection_id: str, model: str, values: Mapping[str, Any]) -> list[Refusal]:
    """Return what of a request goes beyond the limits of the person at this page, each at its parameter."""
    found = limits()
    if not found.access and not found.roles:
        return []
    who = person()
    return list(found.refusals(who.id, who.role, connection_id, model, values))


def my_standings(connection_id: str | None) -> list[BudgetStanding]:
    """Return the budgets that hold for this person, at a connection or, with None, wherever; none where it is free."""
    if connection_id is not None and not is_shared(connection_id):
        return []
    whose = person().id
    return _recent((whose, connection_id), lambda library: standings(library, whose, connection_id), [])


def note_visit() -> None:
    """Note who uses the app, once an hour and session, and with which role."""
    state, who = page_state(VisitState), person()
    if state.person == who and time.time() - state.noted < VISIT_SECONDS:
        return
    try:
        note_person(workbench().full_library, who)
    except LibraryUnavailable:
        return
    state.noted, state.person = time.time(), who
