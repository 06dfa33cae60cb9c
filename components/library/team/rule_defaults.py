"""The limits and budgets of secrets.toml, which this process reads at its start.

They are not stored in the database: a change of the file takes effect at the next start, and what an admin sets
replaces them. Counters of budgets are kept for all processes, so those that were started with other files count the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.settings import SettingError
from components.team.defaults import BadDefaults, Defaults, read_defaults

_found = Defaults()


def defaults_in(secrets: Mapping[str, Any]) -> Defaults:
    """Return the limits and budgets of secrets.toml. Raise SettingError for those that cannot be used."""
    try:
        return read_defaults(secrets)
    except BadDefaults as problem:
        raise SettingError(str(problem)) from None


def use_defaults(found: Defaults) -> None:
    """Let these hold in this process, where admins have set nothing else."""
    global _found
    _found = found


def defaults() -> Defaults:
    """Return what secrets.toml said at the start."""
    return _found
