"""The limit of runs that one person may have waiting or under way at the same time."""

from __future__ import annotations

from components.ui.process.workbench import workbench
from components.ui.session.owner import is_mine


def too_many_open(more: int) -> str:
    """Return why `more` runs of the person at this page cannot begin now, in a sentence; "" if they can.

    Other runs of a sheet follow when earlier ones have ended, so a sheet needs room for its first.
    """
    most = workbench().settings.open_runs_each
    if not most:
        return ""
    mine = sum(is_mine(view.id, view.owner) for view in workbench().runner.live_views())
    if mine + more <= most:
        return ""
    runs = "1 run" if mine == 1 else f"{mine} runs"
    return f"You have {runs} waiting or under way, and one person may have {most}. Wait until some have ended."
