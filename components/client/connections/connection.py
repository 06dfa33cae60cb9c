"""Where requests go, and what each carries: base URL, key, further headers and query parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from urllib.parse import urlsplit

from components.client.connections.fields import ConnectionFields
from components.client.connections.problems import ConnectionProblem, problems_of
from components.client.masking import mask_key
from components.network.addresses import is_local


@dataclass(frozen=True)
class Connection(ConnectionFields):
    """One place to send requests to."""

    @property
    def masked_key(self) -> str:
        """Return the key as people may see it, ``sk-…abcd``, or an empty string without a key."""
        return mask_key(self.api_key)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Return every text that must not be shown, the longest first: the key and all values of headers and query.

        Of a value such as ``Basic dXNlcg==``, its second word is a secret of its own.
        """
        values = [value for _, value in (*self.headers, *self.query)]
        values += [word for value in values if " " in value for word in value.split()[1:]]
        return tuple(sorted(filter(None, dict.fromkeys([self.api_key, *values])), key=len, reverse=True))

    @property
    def secret_names(self) -> list[str]:
        """Return what each further secret value is for: ``header X-Team``, ``parameter code``."""
        return [f"header {name}" for name, _ in self.headers] + [f"parameter {name}" for name, _ in self.query]

    def without_secrets(self) -> Connection:
        """Return the connection without its key and without the values of its headers and query."""
        headers = tuple((name, "") for name, _ in self.headers)
        return replace(self, api_key="", headers=headers, query=tuple((name, "") for name, _ in self.query))

    @cached_property
    def server_key(self) -> str:
        """Return what names the server in the database, without its address: no path or query of it is a secret there.

        Connections to one address share it, unless headers or parameters may lead to different servers behind it.
        """
        if self.source == "built-in":
            return "built-in"  # its port changes
        own = self.id if self.headers or self.query else ""
        address = (self.base_url.rstrip("/"), self.shape, self.api_version, own)
        return sha256(repr(address).encode()).hexdigest()[:40]

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
        secret = " and ".join(name for name, there in (("headers", self.headers), ("parameters", self.query)) if there)
        named = (["the key"] if self.api_key else []) + ([f"secret {secret}"] if secret else [])
        what = ", ".join([*named, "prompts and images"])
        what = what[0].upper() + what[1:]
        return f"{what} travel to {host} unencrypted (http://). Anyone on the way can read and change them."

    @property
    def problems(self) -> tuple[ConnectionProblem, ...]:
        """Return everything that keeps this connection from being used, each problem with the field it belongs to."""
        return tuple(problems_of(self))

    @property
    def problem(self) -> str | None:
        """Return why nothing can be sent with this connection, as a sentence without a period, or None."""
        return next((one.message for one in problems_of(self)), None)

    def url(self, path: str, model: str = "", query: Iterable[tuple[str, str]] = ()) -> str:
        """Return the URL of an endpoint, for example ``/images/edits``, for a model by its name on the server.

        It contains the secret values of ``query``: never show it.
        """
        return self.server.url(path, model, (*query, *self.query))
