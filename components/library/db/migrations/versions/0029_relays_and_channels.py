"""On PostgreSQL, let app servers pass requests to each other, and know which run each page's channel follows.

A library in a folder has one app server, which holds every page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("relay_pieces", "page_channels")


def upgrade() -> None:
    """Create the tables, empty."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table(
        "relay_pieces",
        sa.Column("relay", sa.String(32), primary_key=True),
        sa.Column("side", sa.String(8), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "page_channels",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=True),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} SET UNLOGGED")  # after a crash of the database, app servers write them again
    # Images are compressed already; trying it again costs more than writing them.
    op.execute("ALTER TABLE relay_pieces ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        for table in reversed(TABLES):
            op.drop_table(table)
