"""Which requests need a sign-in, and which role: the tables that the gate reads.

A request that no line names needs a sign-in; one that may change something (any method but GET and HEAD) needs a
member. So a route that someone adds is closed until it is opened here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.team.people import Role
from components.ui.access.frontend.frontend_files import frontend_files

SIGN_IN = "/sign-in"
# Reached by everyone: whether the app is alive. `/metrics` and `/readyz` say nothing of anybody's work.
OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
# What signing in by OIDC needs; Streamlit answers these.
OIDC = frozenset({"/auth/login", "/auth/logout", "/oauth2callback"})
STATIC = "/static/"  # Streamlit's own front end, the same for everyone who installed it
READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Door:
    """The role that requests of these methods to these addresses need."""

    methods: frozenset[str]
    path: re.Pattern[str]
    role: Role


def _door(methods: str, path: str, role: Role) -> Door:
    return Door(frozenset(methods.split()), re.compile(path), role)


DOORS = (
    _door("GET HEAD POST PUT PATCH DELETE OPTIONS", r"/audit\.csv", Role.ADMIN),
    _door("POST", r"/recipes", Role.MEMBER),  # a recipe fills a form, and only who may run has one
    _door("POST", r"/imports", Role.MEMBER),
    _door("PUT DELETE", r"/_stcore/upload_file/.*", Role.MEMBER),
)


def is_open(path: str, *, is_oidc: bool) -> bool:
    """Return whether everyone may reach an address without a sign-in. `path` is without the app's prefix."""
    return (
        path in OPEN
        or (is_oidc and path in OIDC)
        or (path.startswith(STATIC) and path.removeprefix(STATIC) in frontend_files())
    )


def needed_role(method: str, path: str) -> Role:
    """Return the role that a request needs."""
    for door in DOORS:
        if method in door.methods and door.path.fullmatch(path):
            return door.role
    return Role.VIEWER if method in READS else Role.MEMBER
