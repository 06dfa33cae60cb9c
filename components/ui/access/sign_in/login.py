"""A login: the person that a request's cookie or header proves, and how it travels on to pages and routes.

The gate writes the person into a header of the request, after it removed any header of that name that came from
outside. Pages read it from `st.context.headers`, routes from the request, so both see what the gate checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Scope

from components.team.people import Person, Role

CARRIER = "x-image-workbench-person"
LONGEST = 200  # characters of a user, a name or a group
NOBODY = Person("", "", Role.VIEWER)


@dataclass(frozen=True)
class Login:
    """Who signed in. `role` is None for a person whom no list lets in.

    `until` is when the login ends, in Unix seconds. `key` identifies it where it can be signed out, else "".
    """

    id: str
    name: str
    role: Role | None
    until: float
    key: str = ""

    @property
    def person(self) -> Person | None:
        """Return the person; None for someone who may not use the app."""
        return None if self.role is None else Person(self.id, self.name, self.role, is_verified=True)


class HeaderRefused(Exception):
    """A request carries a header that it may not carry."""


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a name from outside as one line of at most `longest` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest].strip()


def carry(scope: Scope, login: Login | None) -> None:
    """Write the login's person into the request's headers, in place of whatever came under that name."""
    name = CARRIER.encode()
    headers = [(key, value) for key, value in scope["headers"] if key.lower() != name]
    if login is not None and login.role is not None:
        value = {"id": login.id, "name": login.name, "role": login.role, "until": login.until}
        headers.append((name, json.dumps(value).encode("ascii")))
    scope["headers"] = headers


def carried_person(headers: Mapping[str, str]) -> Person:
    """Return the person whom the gate wrote into these headers; `NOBODY`, a viewer without an id, for none."""
    value = headers.get(CARRIER)
    if not value:
        return NOBODY
    found = json.loads(value)
    return Person(found["id"], found["name"], Role(found["role"]), is_verified=True)


def carried_until(headers: Mapping[str, str]) -> float:
    """Return when the carried login ends, in Unix seconds; 0 without one."""
    value = headers.get(CARRIER)
    return float(json.loads(value)["until"]) if value else 0.0
