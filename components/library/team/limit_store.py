"""The team's limits as admins set them: read at once, changed one by one, and asked before a run is stored."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from components.library.db.tables.team_tables import access_rules, people, role_limits
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.team.charges import RunRefused
from components.library.team.rule_defaults import defaults
from components.parameters import Request
from components.team.budgets import is_shared
from components.team.limits import AccessRule, Limits, RoleLimit
from components.team.people import Role


def all_limits(library: LibraryHandle) -> Limits:
    """Return all limits. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return read_limits(connection)


def read_limits(connection: Connection) -> Limits:
    """Return all limits; a role's are those of secrets.toml unless admins have set others."""
    rules = connection.execute(select(access_rules).order_by(access_rules.c.id)).all()
    roles = connection.execute(select(role_limits)).all()
    return Limits(
        tuple(
            AccessRule(row.id, row.connection_id, tuple(map(str, row.who or ())), tuple(map(str, row.models or ())))
            for row in rules
        ),
        {
            **defaults().roles,
            **{Role(row.role): RoleLimit(row.pixels, row.quality, row.n) for row in roles if row.role in tuple(Role)},
        },
    )


def stored_roles(library: LibraryHandle) -> set[Role]:
    """Return the roles whose limits admins have set. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(select(role_limits.c.role)).scalars()
        return {Role(role) for role in found if role in tuple(Role)}


def require_allowed(connection: Connection, owner: str, connection_id: str, request: Request) -> None:
    """Raise RunRefused for a request that the limits refuse. The form has said so already, unless it was bypassed.

    The role is the one that the person was last seen with; somebody who was never seen is a member.
    """
    if not is_shared(connection_id):
        return
    limits = read_limits(connection)
    if not limits.access and not limits.roles:
        return
    found = connection.execute(select(people.c.role).where(people.c.id == owner)).scalar()
    role = Role(found) if found in tuple(Role) else Role.MEMBER
    refused = list(limits.refusals(owner, role, connection_id, request.model, request.values))
    if refused:
        raise RunRefused(" ".join(one.message for one in refused), "Nothing was sent.")


def add_access_rule(library: LibraryHandle, rule: AccessRule) -> str:
    """Store a rule and return its new id. Raise LibraryUnavailable."""
    rule_id = secrets.token_hex(8)
    row = {"connection_id": rule.connection_id, "who": list(rule.who), "models": list(rule.models)}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(access_rules).values(id=rule_id, **row))
    return rule_id


def remove_access_rule(library: LibraryHandle, rule_id: str) -> None:
    """Remove a rule. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(access_rules).where(access_rules.c.id == rule_id))


def save_role_limit(library: LibraryHandle, role: Role, limit: RoleLimit | None) -> None:
    """Store a role's limits instead of the earlier ones; None restores those of secrets.toml.

    Raise LibraryUnavailable.
    """
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(role_limits).where(role_limits.c.role == role))
        if limit is not None and (limit != RoleLimit() or role in defaults().roles):
            connection.execute(insert(role_limits).values(role=role, **vars(limit)))
