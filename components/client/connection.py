"""Where requests go: base URL, key, organization, project. The seed calls it a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from components.client.masking import mask_key
from components.network.addresses import is_local

OPENAI = "https://api.openai.com/v1"

Source = Literal["built-in", "environment", "team", "own"]


@dataclass(frozen=True)
class Connection:
    """One place to send requests to. With an empty key, no Authorization header is sent.

    ``runs_at_once`` and ``images_per_minute`` (0 for no limit) are the server's limits; None takes the setting for all
    connections.
    """

    id: str
    name: str
    base_url: str = OPENAI
    api_key: str = field(default="", repr=False)
    organization: str | None = None
    project: str | None = None
    source: Source = "own"
    runs_at_once: int | None = None
    images_per_minute: int | None = None

    def __post_init__(self) -> None:
        # Pasted values have blanks and line ends around them, which would break the header or the URL.
        for name in ("base_url", "api_key", "organization", "project"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, value.strip() or ("" if name in ("base_url", "api_key") else None))

    @property
    def masked_key(self) -> str:
        """Return the key as people may see it, ``sk-…abcd``, or an empty string without a key."""
        return mask_key(self.api_key)

    @property
    def host(self) -> str:
        """Return the server's name or address in lower case, without port; empty if the base URL has none."""
        try:
            return urlsplit(self.base_url).hostname or ""
        except ValueError:
            return ""

    @property
    def scheme_and_host(self) -> tuple[str, str]:
        """Return scheme and host of the base URL; both are empty when it cannot be read."""
        return (urlsplit(self.base_url).scheme, self.host) if self.host else ("", "")

    @property
    def endpoint_name(self) -> tuple[str, int]:
        """Return the server's name or address and its port; ``("", 0)`` if the base URL has none."""
        scheme, host = self.scheme_and_host
        if not host:
            return "", 0
        return host, urlsplit(self.base_url).port or (443 if scheme == "https" else 80)

    @property
    def warning(self) -> str | None:
        """Return a sentence on what to know before using this connection, or None."""
        scheme, host = self.scheme_and_host
        if scheme != "http" or is_local(host):
            return None
        what = "The key, prompts and images" if self.api_key else "Prompts and images"
        return f"{what} travel to {host} unencrypted (http://). Anyone on the way can read and change them."

    @property
    def problem(self) -> str | None:
        """Return why nothing can be sent with this connection, as a sentence without a period, or None."""
        return _problem_of_address(self.base_url) or _problem_of_headers(self) or _problem_of_limits(self)

    def url(self, path: str) -> str:
        """Return the URL of an endpoint, for example ``/images/edits``. A query in the base URL stays at its end."""
        scheme, host, base, query, _ = urlsplit(self.base_url)
        return urlunsplit((scheme, host, base.rstrip("/") + "/" + path.lstrip("/"), query, ""))


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


def _problem_of_headers(connection: Connection) -> str | None:
    for name in ("api_key", "organization", "project"):
        value = getattr(connection, name) or ""
        if any(not 32 < ord(character) < 127 for character in value):
            label = {"api_key": "key", "organization": "organization", "project": "project"}[name]
            return f"The {label} has a blank, a line break or a special character in it; paste it again"
    return None


def _problem_of_limits(connection: Connection) -> str | None:
    for name, least in (("runs_at_once", 1), ("images_per_minute", 0)):
        limit = getattr(connection, name)
        if limit is not None and limit < least:
            return f"{name} must be a whole number of {least} or more"
    return None


def connection_from_environment(environment: Mapping[str, str]) -> Connection | None:
    """Return the connection of ``OPENAI_API_KEY``, ``OPENAI_BASE_URL``, ``OPENAI_ORG_ID``, ``OPENAI_PROJECT_ID``.

    Return None when neither key nor base URL is set. A base URL alone is enough: many local servers need no key.
    """
    key = environment.get("OPENAI_API_KEY", "").strip()
    base_url = environment.get("OPENAI_BASE_URL", "").strip()
    if not key and not base_url:
        return None
    return Connection(
        id="environment",
        name="Environment" if base_url and base_url.rstrip("/") != OPENAI else "OpenAI (environment)",
        base_url=base_url or OPENAI,
        api_key=key,
        organization=environment.get("OPENAI_ORG_ID"),
        project=environment.get("OPENAI_PROJECT_ID"),
        source="environment",
    )


def connections_from_secrets(secrets: Mapping[str, Any]) -> list[Connection]:
    """Return the team's connections from the tables ``[connections.NAME]`` of secrets.toml, in their order.

    Keys of a table: ``api_key``, ``base_url``, ``organization``, ``project``, ``name`` (shown instead of NAME),
    ``runs_at_once``, ``images_per_minute``. Tables with neither key nor base URL are skipped: Streamlit keeps database
    connections there. Invalid values stay, so that ``Connection.problem`` can report them.
    """
    tables = secrets.get("connections", {})
    if not isinstance(tables, Mapping):
        return []
    connections = []
    for name, table in tables.items():
        if not isinstance(table, Mapping) or not (table.get("api_key") or table.get("base_url")):
            continue
        connections.append(
            Connection(
                id=f"team:{name}",
                name=str(table.get("name") or name),
                base_url=str(table.get("base_url") or OPENAI),
                api_key=str(table.get("api_key") or ""),
                organization=_text(table.get("organization")),
                project=_text(table.get("project")),
                source="team",
                runs_at_once=_limit(table.get("runs_at_once")),
                images_per_minute=_limit(table.get("images_per_minute")),
            )
        )
    return connections


def _limit(value: Any) -> int | None:
    """Return a limit, or -1 for anything but an integer, so that ``Connection.problem`` reports it."""
    return value if value is None or type(value) is int else -1


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
