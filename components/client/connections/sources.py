"""Connections from the environment and from secrets.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from components.client.connections.connection import Connection
from components.client.connections.fields import OPENAI, Pairs
from components.parameters import Shape

_WORDS = {True: "yes", False: "no"}


def connections_from_environment(environment: Mapping[str, str]) -> list[Connection]:
    """Return the connections of the variables that the official package reads, for OpenAI and for Azure.

    OpenAI: ``OPENAI_API_KEY`` or ``OPENAI_BASE_URL``; a base URL alone is enough, because many local servers need no
    key. Azure: ``AZURE_OPENAI_ENDPOINT``, ``AZURE_OPENAI_API_KEY``; with ``OPENAI_API_VERSION`` the deployments
    surface, as the package's ``AzureOpenAI`` has it, else the v1 surface. Both: ``OPENAI_ORG_ID``,
    ``OPENAI_PROJECT_ID``.
    """

    def read(variable: str) -> str:
        return environment.get(variable, "").strip()

    organization, project = read("OPENAI_ORG_ID"), read("OPENAI_PROJECT_ID")
    found = []
    key, base_url = read("OPENAI_API_KEY"), read("OPENAI_BASE_URL")
    if key or base_url:
        found.append(
            Connection(
                id="environment",
                name="Environment" if base_url and base_url.rstrip("/") != OPENAI else "OpenAI (environment)",
                base_url=base_url or OPENAI,
                api_key=key,
                organization=organization,
                project=project,
                source="environment",
            )
        )
    if endpoint := read("AZURE_OPENAI_ENDPOINT"):
        version = read("OPENAI_API_VERSION")
        is_v1 = not version or endpoint.rstrip("/").endswith("/openai/v1")
        found.append(
            Connection(
                id="environment-azure",
                name="Azure OpenAI (environment)",
                base_url=endpoint,
                api_key=read("AZURE_OPENAI_API_KEY"),
                organization=organization,
                project=project,
                source="environment",
                shape="azure" if is_v1 else "azure-deployments",
                api_version="" if is_v1 else version,
            )
        )
    return found


def connections_from_secrets(secrets: Mapping[str, Any]) -> list[Connection]:
    """Return the team's connections from the tables ``[connections.NAME]`` of secrets.toml, in their order.

    Keys of a table: ``api_key``, ``base_url``, ``organization``, ``project``, ``name`` (shown instead of NAME),
    ``runs_at_once``, ``images_per_minute``, ``shape``, ``api_version``, and the tables ``headers``, ``query``,
    ``models`` (the server's name of a model, and the model) and ``capabilities`` (a name, and a value or a boolean).
    Tables with neither key nor base URL are skipped: Streamlit keeps database connections there. Invalid values
    stay, so that ``Connection.problem`` can report them.
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
                shape=cast(Shape, str(table.get("shape") or "openai")),
                api_version=str(table.get("api_version") or ""),
                headers=_pairs(table.get("headers")),
                query=_pairs(table.get("query")),
                model_names=_pairs(table.get("models")),
                capabilities=_pairs(table.get("capabilities")),
            )
        )
    return connections


def read_secrets(folders: Iterable[Path]) -> dict[str, Any]:
    """Return what `.streamlit/secrets.toml` in these folders holds, the last one's tables before the others'.

    For processes without Streamlit, which reads the same files, and before its first page. Raise
    tomllib.TOMLDecodeError and OSError.
    """
    found: dict[str, Any] = {}
    for folder in folders:
        path = folder / ".streamlit" / "secrets.toml"
        if path.is_file():
            found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def _limit(value: Any) -> int | None:
    """Return a limit, or -1 for anything but an integer, so that ``Connection.problem`` reports it."""
    return value if value is None or type(value) is int else -1


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _pairs(value: Any) -> Pairs:
    """Return a table's names and values, or a pair without a name, so that ``Connection.problem`` reports it."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        return (("", ""),)
    return tuple(
        (str(name), _WORDS.get(one, str(one)) if isinstance(one, bool) else str(one)) for name, one in value.items()
    )
