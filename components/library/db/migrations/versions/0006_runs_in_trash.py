"""Allow runs without outputs in the trash, and keep the cost of runs that were deleted for good."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_runs_in_bin"


def upgrade() -> None:
    """Add the columns; no run is in the trash."""
    op.add_column("runs", sa.Column("deleted_at", sa.Float()))
    op.add_column("runs", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    where = sa.text("deleted_at IS NOT NULL")
    op.create_index(INDEX, "runs", ["deleted_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop them; runs in the trash become visible again."""
    op.drop_index(INDEX, "runs")
    op.drop_column("runs", "gone")
    op.drop_column("runs", "deleted_at")
