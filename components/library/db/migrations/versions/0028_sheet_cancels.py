"""Count how often a sheet was cancelled: what was being sent before ends, also when the rest is sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count."""
    op.add_column("sheets", sa.Column("cancels", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("sheets", "cancels")
