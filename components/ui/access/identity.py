"""Who sends a request: the person who signed in, or the name that a person gave to this browser."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import HTTPConnection

from components.team.people import Person
from components.ui.access.sign_in.login import carried_person, one_line
from components.ui.access.sign_in.policy import sign_in

NAME_COOKIE = "image_workbench_owner"
LONGEST_NAME = 60


def clean_name(name: str) -> str:
    """Return a name as one line of at most 60 characters."""
    return one_line(name, LONGEST_NAME)


def named_person(cookie: str) -> Person:
    """Return the person whose name a browser remembers in its cookie, percent-encoded; "" for none."""
    name = clean_name(unquote(cookie))
    return Person(name, name)


def person_of(connection: HTTPConnection) -> Person:
    """Return who sends a request, for the routes beside Streamlit's pages."""
    if sign_in().is_on:
        return carried_person(connection.headers)
    return named_person(connection.cookies.get(NAME_COOKIE, ""))
