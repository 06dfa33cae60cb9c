"""Mark imported runs; their cost does not count as spending."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Runs that were imported earlier are unknown, so none is marked."""
    op.add_column("runs", sa.Column("imported_at", sa.Float()))


def downgrade() -> None:
    """Drop it; imported runs count as spending again."""
    op.drop_column("runs", "imported_at")
