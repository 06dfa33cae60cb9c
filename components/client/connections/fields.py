"""The fields of a connection, as they are entered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from components.parameters import OPENAI_BASE_URL, Server, Shape

OPENAI = OPENAI_BASE_URL

Source = Literal["built-in", "environment", "team", "own"]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConnectionFields:
    """What a person or an operator enters for a connection. With an empty key, no key is sent.

    ``headers`` and ``query`` go with every request; their values are secrets like the key. ``model_names``: see
    ``Server``. ``runs_at_once`` and ``images_per_minute`` (0 for no limit) are the server's limits; None takes the
    setting for all connections. ``capabilities`` are those that the operator set, pairs of name and value.
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
    shape: Shape = "openai"
    api_version: str = ""
    headers: Pairs = field(default=(), repr=False)
    query: Pairs = field(default=(), repr=False)
    model_names: Pairs = ()
    capabilities: Pairs = ()

    def __post_init__(self) -> None:
        # Pasted values have blanks and line ends around them, which would break the header or the URL.
        for name in ("base_url", "api_key", "api_version"):
            object.__setattr__(self, name, getattr(self, name).strip())
        for name in ("organization", "project"):
            object.__setattr__(self, name, (getattr(self, name) or "").strip() or None)
        for name in ("headers", "query", "model_names"):
            pairs = tuple((one.strip(), other.strip()) for one, other in getattr(self, name))
            object.__setattr__(self, name, pairs)

    @property
    def server(self) -> Server:
        """Return the server's address without any secret."""
        headers, query = (tuple(name for name, _ in pairs) for pairs in (self.headers, self.query))
        return Server(self.base_url, self.shape, self.api_version, headers, query, self.model_names)
