"""The table of who added which input file. It shares the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table, Text

from components.library.db.schema import metadata

# Inputs that a person has added, which no run needs to have yet: they may see them. Kept with a sign-in only.
own_files = Table(
    "own_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("added", Float, nullable=False),
    Index("ix_own_files_added", "added"),
)
