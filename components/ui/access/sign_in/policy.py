"""How people sign in, from the settings. Settings that do not fit together stop the start with one sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

import streamlit as st
from starlette.types import Scope

from components.settings import SettingError, Settings
from components.team.people import Role
from components.team.roles import RoleLists
from components.ui.access.rules import AccessRules, access_rules
from components.ui.access.sign_in import streamlit_login
from components.ui.access.sign_in.login import Login
from components.ui.access.sign_in.proxy_header import header_login
from components.ui.access.socket_peer import peer_of

NAME, OIDC, HEADER = "name", "oidc", "header"
SHORTEST_SECRET = 32  # characters of the cookies' secret


@dataclass(frozen=True)
class SignIn:
    """How people sign in, and which role each gets."""

    settings: Settings
    roles: RoleLists

    @property
    def is_on(self) -> bool:
        """Return whether people have to sign in."""
        return self.settings.sign_in != NAME

    @property
    def is_oidc(self) -> bool:
        """Return whether people sign in by OIDC, on the app's own page."""
        return self.settings.sign_in == OIDC

    def login_of(self, scope: Scope, rules: AccessRules) -> Login | None:
        """Return the login that a request proves; None without one. Raise HeaderRefused."""
        settings, seconds = self.settings, self.settings.sign_in_hours * 3600
        if settings.sign_in == OIDC:
            found = streamlit_login.cookie_login(scope, seconds)
            if found is None:
                return None
            user, names, groups = found.identity(settings.user_claim, settings.groups_from)
            return Login(user, found.name or user, self.roles.role_of(names, groups), found.until, found.key)
        if settings.sign_in == HEADER:
            by_proxy = header_login(scope, settings, is_trusted=rules.trusts(peer_of(scope).host))
            if by_proxy is None:
                return None
            role = self.roles.role_of((by_proxy.user, by_proxy.email), by_proxy.groups)
            # As in the lists of roles: the same name in other letters is the same person.
            return Login(by_proxy.user.casefold(), by_proxy.user, role, time.time() + seconds)
        return None


def make_sign_in(settings: Settings) -> SignIn:
    """Return how people sign in. Raise SettingError where settings do not fit together."""
    lists = (settings.admins, settings.members, settings.viewers)
    default = None if settings.default_role == "none" else Role(settings.default_role)
    roles = RoleLists.of(*lists, default)
    if settings.sign_in == NAME:
        if any(lists) or default != Role.MEMBER:
            raise SettingError(
                "Roles need a sign-in: IMAGE_WORKBENCH_ADMINS, _MEMBERS, _VIEWERS and _DEFAULT_ROLE work only with "
                "IMAGE_WORKBENCH_SIGN_IN=oidc or header, because a name that nobody checks keeps no one out"
            )
        return SignIn(settings, roles)
    if not settings.sign_in_hours:
        raise SettingError("IMAGE_WORKBENCH_SIGN_IN_HOURS is 0; a login has to last some time")
    if roles.names_groups and not settings.groups_from:
        raise SettingError(
            "A role's list names a group, so IMAGE_WORKBENCH_GROUPS_FROM has to name the claim or header"
        )
    if not st.get_option("server.enableXsrfProtection") or not st.get_option("server.enableCORS"):
        raise SettingError("With a sign-in, server.enableXsrfProtection and server.enableCORS have to stay on")
    if settings.sign_in == HEADER:
        _check_header(settings)
    elif problem := streamlit_login.configuration_problem(SHORTEST_SECRET):
        raise SettingError(f"IMAGE_WORKBENCH_SIGN_IN=oidc needs [auth] in secrets.toml: {problem}")
    return SignIn(settings, roles)


def _check_header(settings: Settings) -> None:
    if not settings.trusted_proxies:
        raise SettingError(
            "IMAGE_WORKBENCH_SIGN_IN=header needs IMAGE_WORKBENCH_TRUSTED_PROXIES, the addresses of the proxies whose "
            "header is believed; anyone else could write it"
        )
    if not settings.user_header:
        raise SettingError("IMAGE_WORKBENCH_SIGN_IN=header needs a name in IMAGE_WORKBENCH_USER_HEADER")


@cache
def sign_in() -> SignIn:
    """Return how people sign in to this process. Raise SettingError."""
    access_rules()  # reports a proxy that is not an address
    return make_sign_in(Settings.from_environment())
