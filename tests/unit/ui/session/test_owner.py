"""The name that a person gives."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from components.client import Connection
from components.library.team.audit import ACTIONS
from components.runs.probing.probe_view import ProbeView
from components.team.people import Person, Role
from components.ui.access.identity import LONGEST_NAME, clean_name
from components.ui.connections import probe_panel


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Anna   Ohlsson ", "Anna Ohlsson"),
        ("Zoë\nO’Hara", "Zoë O’Hara"),
        ("\u202eevil\x00", "evil"),
        ("", ""),
        ("   ", ""),
        ("x" * 200, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_one_short_line(given: str, kept: str) -> None:
    """No line breaks, no control or direction marks, no more than fits beside a run."""
    assert clean_name(given) == kept


@pytest.mark.parametrize(("who", "role", "cancels"), [("bob", "member", 0), ("ann", "member", 1), ("bob", "admin", 1)])
def test_a_probe_is_cancelled_by_its_owner_and_by_admins(
    who: str, role: str, cancels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe of a team's connection is at everybody's page; whoever cancels it is in the audit trail."""
    probes, noted = Mock(), Mock()
    probes.view.return_value = ProbeView((), "", "", "ann")
    monkeypatch.setattr(probe_panel, "workbench", lambda: Mock(probes=probes))
    monkeypatch.setattr(probe_panel, "person", lambda: Person(who, who, Role(role), True))
    monkeypatch.setattr(probe_panel, "note_action", noted)
    probe_panel._cancel(Connection("team:x", "X"))
    assert probes.cancel.call_count == noted.call_count == cancels
    assert all(one.args[0] in ACTIONS for one in noted.call_args_list)
