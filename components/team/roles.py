"""Which role a person has, by lists of users, email addresses and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.team.people import Role

GROUP = "group:"


@dataclass(frozen=True)
class RoleLists:
    """The entries of each role's list, and the role of people in none; None refuses them.

    An entry is a user name, an email address, or `group:NAME`. Upper and lower case count as the same.
    """

    entries: Mapping[Role, frozenset[str]]
    default: Role | None = Role.MEMBER

    @classmethod
    def of(
        cls, admins: Iterable[str], members: Iterable[str], viewers: Iterable[str], default: Role | None
    ) -> RoleLists:
        """Return the lists from the settings' entries."""
        lists = {Role.ADMIN: admins, Role.MEMBER: members, Role.VIEWER: viewers}
        return cls({role: frozenset(map(str.casefold, names)) for role, names in lists.items()}, default)

    @property
    def names_groups(self) -> bool:
        """Return whether any entry is a group."""
        return any(entry.startswith(GROUP) for entries in self.entries.values() for entry in entries)

    def role_of(self, names: Iterable[str], groups: Iterable[str] = ()) -> Role | None:
        """Return the role of a person with these names and groups: the highest whose list has one of them."""
        known = {name.casefold() for name in names if name}
        found = {name for name in known if not name.startswith(GROUP)}  # nobody is a group by being called so
        found |= {f"{GROUP}{group}".casefold() for group in groups if group}
        for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER):
            if self.entries.get(role, frozenset()) & found:
                return role
        return self.default
