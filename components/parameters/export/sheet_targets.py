"""Where the cells of a sheet over several connections go: a name, an address and environment variables for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from components.parameters.export.request_parts import header_variables, query_variables
from components.parameters.kinds import shorten
from components.parameters.server import Server


@dataclass(frozen=True)
class SheetTarget:
    """A connection in exported code. `suffix` ends its environment variables, so that no two share a key."""

    name: str
    server: Server
    suffix: str

    @property
    def headers(self) -> list[tuple[str, str, str]]:
        """Return the headers with secret values: name, what stands before the value, environment variable."""
        return [(name, prefix, variable + self.suffix) for name, prefix, variable in header_variables(self.server)]

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the query parameters with secret values and their environment variables."""
        return [(name, variable + self.suffix) for name, variable in query_variables(self.server)]

    @property
    def note(self) -> str:
        """Return what is read from the environment, as a line."""
        variables = [*(variable for _, _, variable in self.headers), *(variable for _, variable in self.query)]
        return f"{self.name}: {', '.join(variables)}"


def targets_of(servers: Mapping[str, tuple[str, Server]]) -> dict[str, SheetTarget]:
    """Return the targets of connections, given by id as name and server. Names and variables are each used once.

    A query in a base URL may hold a secret, so its values come from the environment too.
    """
    targets: dict[str, SheetTarget] = {}
    for key, (name, server) in servers.items():
        label = shorten(name)
        suffix = "_" + (re.sub(r"[^A-Z0-9]+", "_", label.upper()).strip("_") or "SERVER")
        taken = {one.name for one in targets.values()} | {one.suffix for one in targets.values()}
        if label in taken or suffix in taken:
            label, suffix = f"{label} ({len(targets) + 1})", f"{suffix}_{len(targets) + 1}"
        own = [one for one, _ in parse_qsl(urlsplit(server.base_url).query) if one != "api-version"]
        bare = replace(
            server,
            base_url=server.base_url.partition("?")[0],
            api_version=server.version,
            query_names=tuple(dict.fromkeys([*server.query_names, *own])),
        )
        targets[key] = SheetTarget(label, bare, suffix)
    return targets
