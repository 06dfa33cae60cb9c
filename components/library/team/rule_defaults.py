"""The limits and budgets of secrets.toml, which this process reads at its start.

They are no rows: a change of the file holds from the next start, and what an admin sets goes before it. Counters of
budgets are kept for all that run, so processes that were started with other files count the same.
"""

from __future__ import annotations

from components.team.defaults import Defaults

_found = Defaults()


def use_defaults(found: Defaults) -> None:
    """Let these hold in this process, where admins have set nothing else."""
    global _found
    _found = found


def defaults() -> Defaults:
    """Return what secrets.toml said at the start."""
    return _found
