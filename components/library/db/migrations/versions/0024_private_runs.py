"""Let runs and sheets be seen by their owner alone, and keep who added which input file."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; everything that is there stays the team's."""
    for table in ("runs", "sheets"):
        op.add_column(table, sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_table(
        "own_files",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("added", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "person", name="pk_own_files"),
    )
    op.create_index("ix_own_files_added", "own_files", ["added"])


def downgrade() -> None:
    """Drop them; what was private becomes the team's."""
    op.drop_table("own_files")
    for table in ("runs", "sheets"):
        op.drop_column(table, "is_private")
