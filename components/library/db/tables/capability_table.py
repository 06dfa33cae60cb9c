"""The table of servers' capabilities. It shares the metadata of `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Float, String, Table, Text, text

from components.library.db.schema import metadata

# What was found of a server's capabilities. `server` is a hash of its address, `model` empty where every model shares
# the capability.
server_capabilities = Table(
    "server_capabilities",
    metadata,
    Column("server", String(40), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("capability", String(32), primary_key=True),
    Column("value", String(32), nullable=False),
    Column("source", String(16), nullable=False),  # "probe", "run", "person"
    Column("found", Float, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
)
