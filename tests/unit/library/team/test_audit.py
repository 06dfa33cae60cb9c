"""The audit trail: recorded, found by person, action and time, bounded, exported, and free of what is not its own."""

from __future__ import annotations

import csv
import io
import logging
from pathlib import Path

import pytest

from components.library import Library, open_library
from components.library.team import audit
from components.library.team.audit import AuditFilter, audit_csv, audit_page, people_in_audit, record
from components.team.people import Person, Role

ADA = Person("ada@example.com", "Ada", Role.MEMBER, is_verified=True)
BEN = Person("ben@example.com", "Ben", Role.ADMIN, is_verified=True)


@pytest.fixture
def library(tmp_path: Path):
    opened = open_library(tmp_path / "library")
    yield opened
    opened.close()


def test_entries_are_found_by_person_action_and_time(library: Library) -> None:
    """Each condition leaves out the others, the newest comes first."""
    record(library, ADA, "run.submitted", "r1", {"model": "gpt-image-2"})
    record(library, BEN, "output.deleted", "", audit.ids_detail(["r1-0", "r1-1"]))
    record(library, None, "imported")
    entries = audit_page(library, AuditFilter()).entries
    assert [entry.action for entry in entries] == ["imported", "output.deleted", "run.submitted"]
    assert entries[1].detail == {"count": 2, "ids": ["r1-0", "r1-1"]}
    assert [one.target for one in audit_page(library, AuditFilter(person=ADA.id)).entries] == ["r1"]
    assert [one.person for one in audit_page(library, AuditFilter(action="imported")).entries] == [""]
    middle = entries[1].created
    assert [one.action for one in audit_page(library, AuditFilter(since=middle)).entries][-1] == "output.deleted"
    assert [one.action for one in audit_page(library, AuditFilter(until=middle)).entries] == ["run.submitted"]
    assert people_in_audit(library) == ["", ADA.id, BEN.id]


def test_pages_hold_every_entry_once(library: Library) -> None:
    """Pages follow each other without a gap although entries are added meanwhile."""
    for number in range(7):
        record(library, ADA, "run.submitted", str(number))
    seen, after = [], None
    while True:
        page = audit_page(library, AuditFilter(), after=after, limit=3)
        seen += [entry.target for entry in page.entries]
        record(library, ADA, "run.submitted", "later")
        if (after := page.after) is None:
            break
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_only_the_newest_are_kept(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest entries make room, so that the table cannot grow without end."""
    monkeypatch.setattr(audit, "MOST_ENTRIES", 3)
    monkeypatch.setattr(audit, "TRIM_ONE_IN", 1)
    for number in range(6):
        record(library, ADA, "run.submitted", str(number))
    assert [entry.target for entry in audit_page(library, AuditFilter()).entries] == ["5", "4", "3"]


def test_the_csv_has_every_entry_and_no_formula(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a spreadsheet would run is escaped; batches leave nothing out."""
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    for number in range(5):
        record(library, Person("=1+1", ""), "exported", str(number), {"kind": "zip"})
    rows = list(csv.DictReader(io.StringIO("".join(audit_csv(library, AuditFilter())))))
    assert [row["target"] for row in rows] == ["4", "3", "2", "1", "0"]
    assert rows[0]["person"] == "'=1+1"
    assert rows[0]["detail"] == '{"kind": "zip"}'


def test_an_unknown_action_is_a_mistake_in_the_code(library: Library) -> None:
    """Pages have words for every action."""
    with pytest.raises(ValueError, match="is not among"):
        record(library, ADA, "run.begun")


def test_a_database_that_cannot_be_written_is_logged(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """What the entry tells of has happened: the person's action does not fail for it."""
    with library.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_entries")
    with caplog.at_level(logging.WARNING):
        record(library, ADA, "exported")
    assert "Could not add an audit entry for exported" in caplog.text
