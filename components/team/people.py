"""People and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ONLY_OWNER = "Its owner or an admin may change, cancel or delete it."  # what pages say where `may_change` is false


class Role(StrEnum):
    """What a person may do: a viewer sees, a member runs too, an admin also changes what is another's."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True)
class Person:
    """Someone who uses the app.

    `id` is what runs store as their owner: an email address or user name that a sign-in verified, else the name that
    the person gave, "" for none. `name` is what pages show. Without a sign-in everybody is an admin, since names that
    nobody checks cannot keep anyone out.
    """

    id: str
    name: str
    role: Role = Role.ADMIN
    is_verified: bool = False

    @property
    def may_run(self) -> bool:
        """Return whether the person may submit runs and change what is theirs."""
        return self.role != Role.VIEWER

    @property
    def is_admin(self) -> bool:
        """Return whether the person may change what is another's, limits and budgets."""
        return self.role == Role.ADMIN

    def may_change(self, owner: str) -> bool:
        """Return whether the person may delete, cancel or edit what belongs to `owner`."""
        return self.is_admin or (self.may_run and bool(self.id) and owner == self.id)


_RANKS = (Role.VIEWER, Role.MEMBER, Role.ADMIN)


def has_role(role: Role, needed: Role) -> bool:
    """Return whether a role is at least another."""
    return _RANKS.index(role) >= _RANKS.index(needed)
