"""The checks of a saved prompt, which new sheets of it begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, delete, exists, insert, literal, select

from components.checks import KINDS
from components.library.db.dialects import lock_row
from components.library.db.tables.prompt_tables import prompt_checks, prompts
from components.library.errors import explained
from components.library.sheets.checks import MOST_CHECKS, add_check
from components.library.store import Library

Check = tuple[str, Mapping[str, Any]]  # kind and settings


def keep_checks(library: Library, prompt_id: str, checks: Sequence[Check]) -> None:
    """Replace a prompt's checks; nothing for a prompt that was deleted. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        lock_row(connection, prompts.c.id, prompt_id)
        connection.execute(delete(prompt_checks).where(prompt_checks.c.prompt_id == prompt_id))
        for position, (kind, settings) in enumerate(checks[:MOST_CHECKS]):
            values = (literal(prompt_id), literal(position), literal(kind), literal(dict(settings), JSON()))
            row = select(*values).where(exists().where(prompts.c.id == prompt_id))
            columns = ["prompt_id", "position", "kind", "settings"]
            connection.execute(insert(prompt_checks).from_select(columns, row))


def prompt_checks_of(library: Library, prompt_id: str) -> list[Check]:
    """Return a prompt's checks of kinds that this version knows, in their order. Raise LibraryUnavailable."""
    query = select(prompt_checks).where(prompt_checks.c.prompt_id == prompt_id).order_by(prompt_checks.c.position)
    with explained(library.folder), library.engine.connect() as connection:
        return [(row.kind, row.settings) for row in connection.execute(query) if row.kind in KINDS]


def begin_with_checks(library: Library, sheet_id: str, prompt_id: str) -> None:
    """Add a prompt's checks to a new sheet. Models are asked only after a person agrees. Raise LibraryUnavailable."""
    for kind, settings in prompt_checks_of(library, prompt_id):
        add_check(library, sheet_id, kind, settings)
