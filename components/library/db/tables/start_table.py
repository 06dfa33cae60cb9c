"""The table of planned starts. It shares the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, String, Table, Text, text

from components.library.db.schema import metadata

# Cells of a sheet that are to be sent later, which a row stands for until they are. The base URL and the connection's
# id say whose key is needed, which is never stored.
sheet_starts = Table(
    "sheet_starts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), nullable=False),
    Column("connection_id", String(200), nullable=False),
    Column("base_url", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("user", Text, nullable=False, server_default=text("''")),  # the parameter, which no recipe holds
    Column("positions", JSON, nullable=False),
    Column("as_batch", Boolean, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("process", String(32)),  # that sends the cells at this moment; NULL while the start waits
    Column("problem", Text, nullable=False, server_default=text("''")),
    Index("ix_sheet_starts_sheet_id", "sheet_id"),
)
