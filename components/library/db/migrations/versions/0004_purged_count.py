"""Count the images of a run that were deleted for good: they were paid for, and no row is left of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; earlier deletions were not counted."""
    op.add_column("runs", sa.Column("thrown", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """Drop it; runs whose images were all deleted become visible again."""
    op.drop_column("runs", "thrown")
