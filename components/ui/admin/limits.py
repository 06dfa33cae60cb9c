"""The Limits tab: the largest size, quality and number for a role, and who may use which connection and models."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.library.team.limit_store import (
    add_access_rule,
    all_limits,
    remove_access_rule,
    save_role_limit,
    stored_roles,
)
from components.library.team.rule_defaults import defaults
from components.team.limits import PERSON, QUALITIES, ROLE, AccessRule, RoleLimit
from components.team.people import Role
from components.ui.admin.access import admins_only
from components.ui.admin.fields import draw_problem, draw_text, note_problems, read_number, text_of, value_of
from components.ui.admin.people import id_of
from components.ui.base.deferred import defer
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action
from components.ui.session.team_rules import forget_rules

FORM = "admin.access"
MOST_PIXELS, MOST_N = 1_000_000_000, 1_000
MOST_NAMES = 50
ANY_QUALITY = "no limit"
ROLES: Mapping[Role, str] = {Role.MEMBER: "Members", Role.ADMIN: "Admins"}


def draw_limits() -> None:
    """Draw the limits of each role that may run, then the rules on connections."""
    found, stored = all_limits(workbench().full_library), stored_roles(workbench().full_library)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Upper limits")
        st.caption("For the team's connections. What goes beyond them is refused at its field, before it is sent.")
        for role in ROLES:
            _draw_role(role, found.roles.get(role, RoleLimit()), role in stored)
    with right:
        st.subheader("Who may use what")
        st.caption("A connection that no rule names is for everybody. Admins may use each of them with every model.")
        for rule in found.access:
            _draw_rule(rule)
        _draw_form()


def _draw_role(role: Role, limit: RoleLimit, is_stored: bool) -> None:
    form, is_default = f"admin.limit.{role}", role in defaults().roles
    with st.container(border=True, key=f"admin-limit-{role}"):
        st.markdown(f"**{ROLES[role]}**")
        if is_default:
            st.caption(
                "Set here, in place of secrets.toml." if is_stored else "From secrets.toml, until you set others."
            )
        draw_text(
            form,
            "pixels",
            "Pixels of an image",
            value="" if limit.pixels is None else f"{limit.pixels:,}",
            placeholder="no limit",
            help="Width times height: 1024x1024 is 1,048,576; 1536x1024 is 1,572,864, which “auto” may be.",
        )
        options = [ANY_QUALITY, *QUALITIES]
        st.selectbox(
            "Quality",
            options,
            index=options.index(limit.quality) if limit.quality in options else 0,
            key=_field_key(form, "quality"),
            help="“auto” lets the model choose up to high.",
        )
        draw_text(form, "n", "Images at once", value="" if limit.n is None else str(limit.n), placeholder="no limit")
        with st.container(horizontal=True, gap="small", key=f"{form}.buttons"):
            st.button("Save", key=f"{form}.save", on_click=admins_only(_save_role), args=(role, form))
            if is_default and is_stored:
                st.button("Use secrets.toml", key=f"{form}.reset", on_click=admins_only(_reset_role), args=(role, form))


def _save_role(role: Role, form: str) -> None:
    problems: dict[str, str] = {}
    quality = str(value_of(form, "quality") or ANY_QUALITY)
    limit = RoleLimit(
        read_number(text_of(form, "pixels"), problems, "pixels", MOST_PIXELS),
        "" if quality == ANY_QUALITY else quality,
        read_number(text_of(form, "n"), problems, "n", MOST_N),
    )
    if note_problems(form, problems):
        return
    save_role_limit(workbench().full_library, role, limit)
    forget_rules()
    note_action("limit.changed", f"role {role}", vars(limit))
    defer(st.toast, f"These limits hold for {ROLES[role].lower()} from now on.", icon=":material/check:")


def _field_key(form: str, name: str) -> str:
    return f"{form}.{name}"


def _reset_role(role: Role, form: str) -> None:
    save_role_limit(workbench().full_library, role, None)
    for name in ("pixels", "quality", "n"):
        st.session_state.pop(_field_key(form, name), None)
    forget_rules()
    note_action("limit.changed", f"role {role}", {"from": "secrets.toml"})


def _draw_rule(rule: AccessRule) -> None:
    names = {one.id: one.name for one in connections.shared()}
    who = ", ".join(
        f"{one.removeprefix(ROLE)}s" if one.startswith(ROLE) else one.removeprefix(PERSON) for one in rule.who
    )
    with st.container(
        border=True, horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"admin-rule-{rule.id}"
    ):
        models = ", ".join(rule.models) or "every model"
        name = names.get(rule.connection_id, f"{rule.connection_id} (not there now)")
        st.markdown(f"**{escape(name)}** for {escape(who)}  \n:gray[{escape(models)}]", width="stretch")
        st.button("Remove", key=f"{FORM}.remove.{rule.id}", on_click=admins_only(_remove_rule), args=(rule,))


def _draw_form() -> None:
    names = {one.id: one.name for one in connections.shared()}
    if not names:
        st.markdown("The team has no connection: add one to secrets.toml or the environment.")
        return
    with st.container(border=True, key="admin-access"):
        st.markdown("**New rule**")
        st.selectbox("Connection", list(names), format_func=names.__getitem__, key=f"{FORM}.connection")
        st.checkbox("All members", key=f"{FORM}.members")
        draw_text(FORM, "people", "People", placeholder="ann@example.com, ben", help="Separated by commas.")
        draw_text(
            FORM,
            "models",
            "Models",
            placeholder="every model",
            help="Separated by commas; * stands for any characters, as in gpt-image-*.",
        )
        st.button("Add the rule", type="primary", key=f"{FORM}.add", on_click=admins_only(_add_rule))
        draw_problem(FORM, "")


def _add_rule() -> None:
    people, models = (_listed(text_of(FORM, name)) for name in ("people", "models"))
    people = tuple(map(id_of, people))
    who = ((f"{ROLE}{Role.MEMBER}",) if value_of(FORM, "members") else ()) + tuple(f"{PERSON}{one}" for one in people)
    problems: dict[str, str] = {}
    if not who:
        problems[""] = "Choose all members or name somebody. A rule for nobody would close the connection to everybody."
    if len(people) > MOST_NAMES or len(models) > MOST_NAMES:
        problems[""] = f"A rule names at most {MOST_NAMES} people and {MOST_NAMES} models. Add another rule."
    if note_problems(FORM, problems):
        return
    rule = AccessRule("", str(value_of(FORM, "connection")), who, models)
    add_access_rule(workbench().full_library, rule)
    forget_rules()
    note_action("limit.changed", rule.connection_id, {"who": list(who), "models": list(models)})
    defer(st.toast, "The rule holds from now on.", icon=":material/check:")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _remove_rule(rule: AccessRule) -> None:
    remove_access_rule(workbench().full_library, rule.id)
    forget_rules()
    note_action("limit.changed", rule.connection_id, {"removed": list(rule.who)})
