"""Runs that made no picture can be put into the bin too, and stay for what they cost when they are gone for good."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_runs_in_bin"


def upgrade() -> None:
    """Add the columns; no run was in the bin before."""
    op.add_column("runs", sa.Column("deleted_at", sa.Float()))
    op.add_column("runs", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    where = sa.text("deleted_at IS NOT NULL")
    op.create_index(INDEX, "runs", ["deleted_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop them; what was in the bin is shown again then."""
    op.drop_index(INDEX, "runs")
    op.drop_column("runs", "gone")
    op.drop_column("runs", "deleted_at")
