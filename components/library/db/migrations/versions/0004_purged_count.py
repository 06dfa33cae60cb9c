"""How many of a run's pictures were thrown away for good: they were made and paid for, and the run shows no more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was thrown away before."""
    op.add_column("runs", sa.Column("thrown", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """Drop it; runs whose pictures were all thrown away are shown again then."""
    op.drop_column("runs", "thrown")
