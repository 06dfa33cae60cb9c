"""Note the run whose image a cell shows while its newest run has none."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its id."""
    op.add_column("sheet_cells", sa.Column("former_run_id", sa.String(32)))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("sheet_cells", "former_run_id")
