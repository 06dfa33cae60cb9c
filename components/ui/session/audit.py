"""Note in the audit trail what the person at this browser did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.library.team.audit import record
from components.ui.process.workbench import workbench
from components.ui.session.owner import person


def note_action(action: str, target: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Record what the person at this browser has just done; see `record`."""
    record(workbench().full_library, person(), action, target, detail)
