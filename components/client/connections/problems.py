"""Find what makes a connection unusable, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from components.client.connections.fields import ConnectionFields
from components.parameters import CAPABILITIES, NEWEST_API_VERSION, SHAPES

MOST_PAIRS = 20
LONGEST_NAME = 100
LONGEST_VALUE = 4096

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
# The client sets these itself, for each request, or they concern one hop only.
_RESERVED_HEADERS = frozenset(
    {
        *("connection", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("accept-encoding", "content-encoding", "content-length", "content-type"),
        *("proxy-authorization", "proxy-connection"),
    }
)


class ConnectionProblem(NamedTuple):
    """A problem: its field, such as ``base_url`` or ``headers.0``, and a sentence without a period."""

    field: str
    message: str


def problems_of(connection: ConnectionFields) -> Iterator[ConnectionProblem]:
    """Yield every problem of a connection."""
    if connection.shape not in SHAPES:
        yield ConnectionProblem("shape", f"The shape must be one of: {', '.join(SHAPES)}")
    if message := _problem_of_address(connection.base_url):
        yield ConnectionProblem("base_url", message)
    elif connection.shape == "azure-deployments" and not connection.server.version:
        yield ConnectionProblem("api_version", f"Azure's deployments need an API version, such as {NEWEST_API_VERSION}")
    for name, label in _TEXTS.items():
        if any(not 32 < ord(character) < 127 for character in getattr(connection, name) or ""):
            yield ConnectionProblem(
                name, f"The {label} has a blank, a line break or a special character in it; paste it again"
            )
    yield from _problems_of_pairs(connection)
    yield from _problems_of_model_names(connection)
    for name, value in connection.capabilities:
        capability = CAPABILITIES.get(name)
        if capability is None:
            yield ConnectionProblem(
                "capabilities", f"{name!r} is not a capability; there are {', '.join(CAPABILITIES)}"
            )
        elif value not in capability.values:
            yield ConnectionProblem("capabilities", f"The capability {name} must be {' or '.join(capability.values)}")
    for name, least in (("runs_at_once", 1), ("images_per_minute", 0)):
        limit = getattr(connection, name)
        if limit is not None and limit < least:
            yield ConnectionProblem(name, f"{name} must be a whole number of {least} or more")


_TEXTS = {"api_key": "key", "organization": "organization", "project": "project", "api_version": "API version"}


def _problem_of_address(base_url: str) -> str | None:
    if not base_url:
        return "The base URL is empty"
    try:
        parts = urlsplit(base_url)
        port_given = parts.port is not None  # reading it checks it
        host = parts.hostname
    except ValueError:
        return "The base URL cannot be read as an address"
    if parts.scheme not in ("http", "https"):
        return "The base URL must begin with https:// or http://"
    if not host or any(not 32 < ord(character) < 127 for character in base_url):
        return "The base URL has no server name" if not host else "The base URL has characters that must be encoded"
    if parts.username is not None or parts.password is not None:
        return "The base URL must not carry a user name or password; put the key into its own field"
    if port_given and parts.port == 0:
        return "The base URL's port is 0, which no server can have"
    return None


def _problems_of_pairs(connection: ConnectionFields) -> Iterator[ConnectionProblem]:
    """Yield the problems of further headers and query parameters. No message contains a value."""
    for field, kind, pairs in (
        ("headers", "header", connection.headers),
        ("query", "query parameter", connection.query),
    ):
        if len(pairs) > MOST_PAIRS:
            yield ConnectionProblem(
                f"{field}.{MOST_PAIRS}", f"At most {MOST_PAIRS} of each kind, headers and query parameters"
            )
        seen: set[str] = set()
        for place, (name, value) in enumerate(pairs[:MOST_PAIRS]):
            message = _problem_of_name(connection, kind, name) or _problem_of_value(kind, name, value)
            same = name.lower() if kind == "header" else name
            if same in seen:
                message = f"The {kind} {name} is there twice"
            seen.add(same)
            if message:
                yield ConnectionProblem(f"{field}.{place}", message)


def _problem_of_name(connection: ConnectionFields, kind: str, name: str) -> str | None:
    if not name:
        return f"A {kind} has no name"
    if len(name) > LONGEST_NAME or any(not 32 < ord(character) < 127 for character in name):
        return f"The name of a {kind} has at most {LONGEST_NAME} letters, without blanks and line breaks"
    if kind == "query parameter":
        if connection.server.is_azure and name == "api-version":
            return "The API version has a field of its own"
        return None
    if not _HEADER_NAME.fullmatch(name):
        return f"{name} has a character that no header's name can have"
    if name.lower() in _RESERVED_HEADERS:
        return f"{name} is set for each request and cannot be given here"
    if connection.api_key and name.lower() == connection.server.key_header[0].lower():
        return f"{name} carries the API key; leave one of the two empty"
    return None


def _problem_of_value(kind: str, name: str, value: str) -> str | None:
    if not value:
        return f"Type the value of {name}"
    if len(value) > LONGEST_VALUE:
        return f"The value of {name} is longer than {LONGEST_VALUE} characters"
    # A query is percent-encoded; a header is sent as it is.
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return f"The value of {name} has a line break or another control character in it"
    if kind == "header" and not value.isascii():
        return f"The value of {name} has a character that no header can carry; use letters of ASCII"
    return None


def _problems_of_model_names(connection: ConnectionFields) -> Iterator[ConnectionProblem]:
    if len(connection.model_names) > MOST_PAIRS:
        yield ConnectionProblem("model_names", f"At most {MOST_PAIRS} model names")
    models: set[str] = set()
    for name, model in connection.model_names[:MOST_PAIRS]:
        if not name or not model or not (name + model).isprintable():
            yield ConnectionProblem("model_names", "Each line needs a name, =, and the model that it stands for")
        elif model in models:
            where = "Put the other one into a copy of this connection"
            yield ConnectionProblem(
                "model_names", f"Two names stand for {model}; only one can be used at a time. {where}"
            )
        models.add(model)
