"""The table of batches. It shares the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, String, Table, Text, text

from components.library.db.schema import metadata

# Cells of a sheet that were sent as one batch, which its server answers within a day. `cells` are pairs of position and
# run id; the base URL and the connection's id say whose key is needed, which is never stored.
sheet_batches = Table(
    "sheet_batches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sheet_id", String(32), ForeignKey("sheets.id", ondelete="CASCADE"), nullable=False),
    Column("connection_id", String(200), nullable=False),
    Column("connection_name", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("process", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # "new", "creating", "under_way", "ended"
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("cells", JSON, nullable=False),
    Column("remote_id", Text),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("cancelled_by", Text),  # NULL while nobody has cancelled it
    Index("ix_sheet_batches_sheet_id", "sheet_id"),
)
