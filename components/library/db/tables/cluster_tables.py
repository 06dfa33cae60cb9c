"""The tables of temporary state. They exist on PostgreSQL only, and no backup or export contains them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

cluster_metadata = MetaData()

# Every process that has the library open. It is alive until `expires`, which its heartbeat moves on. `serves` are the
# ids of the connections that a worker sends by, and the same with the keys of their servers (`queue.announced`).
processes = Table(
    "processes",
    cluster_metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("host", Text, nullable=False),
    Column("serves", JSON, nullable=False),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("expires", DateTime(timezone=True), nullable=False),
)

# Runs that wait for a worker, with what their rows do not hold. `server_key` names the server that the person chose.
waiting_runs = Table(
    "waiting_runs",
    cluster_metadata,
    Column("run_id", String(32), primary_key=True),
    Column("connection_id", Text, nullable=False, index=True),
    Column("server_key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("images", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("history", JSON, nullable=False),
    Column("user", Text, nullable=False),
)

# One row for each run that a connection works on or has started within the last minute.
connection_turns = Table(
    "connection_turns",
    cluster_metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("connection_id", Text, nullable=False, index=True),
    Column("process", String(32), nullable=False),
    Column("owner", Text, nullable=False),
    Column("images", Integer, nullable=False),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("is_running", Boolean, nullable=False),
)

# Requests to cancel runs of other processes.
cancel_requests = Table(
    "cancel_requests",
    cluster_metadata,
    Column("run_id", String(32), primary_key=True),
    Column("by", Text, nullable=False),
)

# What a run in progress shows and its row does not hold, and its previews. Both tables are unlogged.
live_runs = Table(
    "live_runs",
    cluster_metadata,
    Column("run_id", String(32), primary_key=True),
    Column("process", String(32), nullable=False),
    Column("view", JSON, nullable=False),
)
live_images = Table(
    "live_images",
    cluster_metadata,
    Column("run_id", String(32), primary_key=True),
    Column("token", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Pieces of requests that an app server passes to the one that has the page, and of the answers. Who takes a piece
# removes it. Unlogged, as is the next table.
relay_pieces = Table(
    "relay_pieces",
    cluster_metadata,
    Column("relay", String(32), primary_key=True),
    Column("side", String(8), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    Column("is_last", Boolean, nullable=False),
    Column("written", DateTime(timezone=True), nullable=False),
)

# Which run the event channel of each open page follows; the browser alone has the token.
page_channels = Table(
    "page_channels",
    cluster_metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("process", String(32), nullable=False),
    Column("run_id", String(32), nullable=True),
)
