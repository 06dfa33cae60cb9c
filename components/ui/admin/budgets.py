"""The Budgets tab: which there are and how much of them is used, a form for one, and how unknown spends count."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.library.team.budget_store import (
    all_budgets,
    budget_settings,
    nearest,
    save_budget,
    save_budget_settings,
    standings,
    stored_budgets,
)
from components.library.team.rule_defaults import defaults
from components.team.budgets import Budget, BudgetStanding, Period, Scope, Unknown, UnknownRule, money_text
from components.ui.admin.access import admins_only
from components.ui.admin.fields import draw_problem, draw_text, note_problems, read_dollars, text_of, value_of
from components.ui.admin.people import id_of, known_ids, was_seen
from components.ui.base.deferred import defer
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.sentence import capitalized
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action
from components.ui.session.team_rules import forget_rules

FORM, RULES = "admin.budget", "admin.unknown"
MOST_NEAREST = 5  # of a budget for each, who are nearest to it
EACH = "Each of them"
EACH_PERSON = "Each person without a budget of their own"
SCOPES: Mapping[Scope, str] = {Scope.PERSON: "Person", Scope.CONNECTION: "Connection", Scope.TEAM: "Team"}
RULE_NAMES: Mapping[UnknownRule, str] = {
    UnknownRule.ESTIMATE: "its estimate's upper bound",
    UnknownRule.FIXED: "a fixed amount",
    UnknownRule.NOTHING: "nothing",
}


def draw_budgets() -> None:
    """Draw the budgets, the form that sets one, and the rule for what is not known."""
    budgets, stored = all_budgets(workbench().full_library), stored_budgets(workbench().full_library)
    left, right = st.columns([10, 8], gap="large")
    with left:
        st.subheader("Budgets")
        st.caption(
            "Days and months are in UTC. What runs reserve counts until they end. Own connections and the built-in "
            "engine do not count."
        )
        if not budgets:
            st.markdown("There is no budget: everybody may spend whatever the servers allow.")
        for budget in budgets:
            _draw_budget(budget, is_stored=budget in stored)
    with right:
        _draw_form()
        _draw_rules()


def _draw_budget(budget: Budget, *, is_stored: bool) -> None:
    """Draw a budget. One of secrets.toml is not removed here: a budget for the same replaces it."""
    is_default = budget.subject in {one.subject for one in defaults().budgets}
    amounts = [
        *([f"warns above {money_text(budget.soft)}"] if budget.soft is not None else []),
        *([f"refuses above {money_text(budget.hard)}"] if budget.hard is not None else []),
        *(["from secrets.toml"] if not is_stored else ["in place of secrets.toml"] if is_default else []),
    ]
    key = f"admin-budget-{budget.scope}-{budget.target}-{budget.period}"
    with st.container(border=True, key=key):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"{key}-row"):
            st.markdown(
                f"**{escape(_name(budget))}** per {budget.period}  \n:gray[{escape(', '.join(amounts))}]",
                width="stretch",
            )
            if is_stored:
                st.button("Remove", key=f"{key}-remove", on_click=admins_only(_remove), args=(budget,))
        if budget.target or budget.scope is Scope.TEAM:
            _draw_used(budget)
        else:
            _draw_nearest(budget)
        if budget.scope is Scope.PERSON and budget.target and not was_seen(budget.target):
            st.caption(":material/person_off: Nobody with this name has used the app yet.")


def _draw_used(budget: Budget) -> None:
    """Draw how much is used of a budget of one holder."""
    owner = id_of(budget.target) if budget.scope is Scope.PERSON else None
    connection = budget.target if budget.scope is Scope.CONNECTION else None
    found = [one for one in standings(workbench().full_library, owner, connection) if one.budget == budget]
    for one in found:
        _draw_bar(one)


def _draw_nearest(budget: Budget) -> None:
    """Draw who has used most of a budget for each; it has no sum of its own."""
    found = nearest(workbench().full_library, budget, MOST_NEAREST)
    which = "today" if budget.period is Period.DAY else "this month"
    st.caption(f"Used most {which}:" if found else f"Nothing has been spent {which}.")
    for one in found:
        _draw_bar(one, f"{_holder_name(one.key.holder, budget.scope)}: ")


def _draw_bar(standing: BudgetStanding, whose: str = "") -> None:
    hard, soft = standing.budget.hard, standing.budget.soft
    most = hard if hard is not None else soft
    reserved = f", {money_text(standing.reserved)} of it reserved" if standing.reserved else ""
    text = f"{whose}{money_text(standing.used)} used{reserved}"
    st.progress(min(1.0, standing.used / most) if most else 1.0, text=escape(text))


def _name(budget: Budget) -> str:
    if budget.scope is Scope.TEAM:
        return "The team"
    if not budget.target:
        return f"Each {budget.scope}"
    return _holder_name(budget.target, budget.scope)


def _holder_name(holder: str, scope: Scope) -> str:
    if scope is Scope.CONNECTION:
        return next((one.name for one in connections.shared() if one.id == holder), holder)
    return holder or "no name"


def _draw_form() -> None:
    st.subheader("Set a budget")
    scope = Scope(
        st.segmented_control(
            "For",
            list(SCOPES),
            format_func=SCOPES.__getitem__,
            default=Scope.PERSON,
            required=True,
            key=f"{FORM}.scope",
        )
        or Scope.PERSON
    )
    if scope is Scope.PERSON:
        people = {"": EACH_PERSON, **known_ids()}
        st.selectbox(
            "Person",
            list(people),
            format_func=lambda one: people.get(one, one),
            key=f"{FORM}.person",
            accept_new_options=True,
            help="For somebody who has not used the app yet: the email address, user name or given name of their runs.",
        )
    elif scope is Scope.CONNECTION:
        names = {one.id: one.name for one in connections.shared()}
        st.selectbox(
            "Connection", [EACH, *names], format_func=lambda name: names.get(name, name), key=f"{FORM}.connection"
        )
    st.segmented_control(
        "Period", list(Period), format_func=capitalized, default=Period.DAY, required=True, key=f"{FORM}.period"
    )
    with st.container(horizontal=True, gap="small", key=f"{FORM}.amounts"):
        with st.container(gap="small"):
            draw_text(FORM, "soft", "Warn above (dollars)", placeholder="no warning")
        with st.container(gap="small"):
            draw_text(FORM, "hard", "Refuse above (dollars)", placeholder="no limit")
    st.button("Save the budget", type="primary", key=f"{FORM}.save", on_click=admins_only(_save))
    draw_problem(FORM, "")


def _save() -> None:
    problems: dict[str, str] = {}
    scope, period = Scope(value_of(FORM, "scope") or "person"), Period(value_of(FORM, "period") or "day")
    soft = read_dollars(text_of(FORM, "soft"), problems, "soft")
    hard = read_dollars(text_of(FORM, "hard"), problems, "hard")
    if not problems and soft is None and hard is None:
        problems[""] = "Write at least one of the two amounts. A budget is removed with its own button."
    if soft is not None and hard is not None and soft > hard:
        problems["soft"] = "A warning above the limit would never be seen. Write a smaller amount."
    if note_problems(FORM, problems):
        return
    target = id_of(str(value_of(FORM, "person") or "").strip()) if scope is Scope.PERSON else ""
    if scope is Scope.CONNECTION:
        chosen = value_of(FORM, "connection")
        target = "" if chosen in (None, EACH) else str(chosen)
    _store(Budget(scope, target, period, soft, hard))
    defer(st.toast, "The budget holds from now on.", icon=":material/check:")


def _remove(budget: Budget) -> None:
    _store(Budget(budget.scope, budget.target, budget.period))


def _store(budget: Budget) -> None:
    save_budget(workbench().full_library, budget)
    forget_rules()
    amounts = {
        name: None if value is None else money_text(value)
        for name, value in (("soft", budget.soft), ("hard", budget.hard))
    }
    note_action("budget.changed", f"{budget.scope} {budget.target or 'each'} a {budget.period}", amounts)


def _draw_rules() -> None:
    unknown, contact = budget_settings(workbench().full_library)
    st.subheader("For all budgets")
    st.selectbox(
        "A run whose price is not known counts",
        list(RULE_NAMES),
        index=list(RULE_NAMES).index(unknown.rule),
        format_func=RULE_NAMES.__getitem__,
        key=f"{RULES}.rule",
        help="One of a model without a published price, or one that was interrupted and may be billed.",
    )
    draw_text(
        RULES,
        "fixed",
        "Fixed amount (dollars)",
        value=money_text(unknown.fixed).removeprefix("$"),
        help="Also for runs that have no estimate. With 0 they are refused only once a budget is used up.",
    )
    draw_text(
        RULES,
        "contact",
        "Whom to ask for more",
        value=contact,
        placeholder="an admin",
        help="Named to people whose run is refused or who are warned.",
    )
    st.button("Save for all budgets", key=f"{RULES}.save", on_click=admins_only(_save_rules))


def _save_rules() -> None:
    problems: dict[str, str] = {}
    fixed = read_dollars(text_of(RULES, "fixed"), problems, "fixed") or 0
    if note_problems(RULES, problems):
        return
    unknown, contact = Unknown(UnknownRule(value_of(RULES, "rule")), fixed), text_of(RULES, "contact")
    save_budget_settings(workbench().full_library, unknown, contact)
    forget_rules()
    note_action(
        "budget.changed", "unknown prices", {"rule": unknown.rule, "fixed": money_text(fixed), "contact": contact}
    )
    defer(st.toast, "Saved. Runs that end from now on count like this.", icon=":material/check:")
