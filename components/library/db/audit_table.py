"""The table of the audit trail. It shares the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, String, Table, Text, text

from components.library.db.schema import metadata

# What people did. `id` begins with the time, so its order is that of time; `person` is the id of a `Person`, "" for one
# without a name. Entries name ids and counts, never a prompt or a key.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created", Float, nullable=False),
    Column("person", Text, nullable=False, server_default=text("''")),
    Column("action", String(40), nullable=False),
    Column("target", Text, nullable=False, server_default=text("''")),
    Column("detail", JSON(none_as_null=True)),
    Index("ix_audit_entries_person_id", "person", "id"),
    Index("ix_audit_entries_action_id", "action", "id"),
)
