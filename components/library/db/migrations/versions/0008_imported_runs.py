"""Mark runs that came in with an archive: what they say of money is not counted here."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Which runs were imported before is not known, so none is marked."""
    op.add_column("runs", sa.Column("imported_at", sa.Float()))


def downgrade() -> None:
    """Drop it; imported runs are counted in Spending again then."""
    op.drop_column("runs", "imported_at")
