"""On PostgreSQL, keep who is alive, which runs wait for a worker, who works on which, and what they show.

A library in a folder needs none of it: file locks tell who is alive, and each process works on its own runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = ("processes", "waiting_runs", "connection_turns", "cancel_requests", "live_runs", "live_images")


def upgrade() -> None:
    """Create the tables, empty."""
    if op.get_bind().dialect.name != "postgresql":
        return
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "processes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("serves", sa.JSON(), nullable=False),
        sa.Column("started", moment, nullable=False),
        sa.Column("expires", moment, nullable=False),
    )
    op.create_table(
        "waiting_runs",
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("connection_id", sa.Text(), nullable=False, index=True),
        sa.Column("server_key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
    )
    op.create_table(
        "connection_turns",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=True),
        sa.Column("connection_id", sa.Text(), nullable=False, index=True),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("started", moment, nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "cancel_requests",
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("by", sa.Text(), nullable=False),
    )
    op.create_table(
        "live_runs",
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("view", sa.JSON(), nullable=False),
    )
    op.create_table(
        "live_images",
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("token", sa.Text(), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    for table in ("live_runs", "live_images"):
        op.execute(f"ALTER TABLE {table} SET UNLOGGED")  # lost in a crash of the database, with the runs it shows


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        for table in reversed(TABLES):
            op.drop_table(table)
