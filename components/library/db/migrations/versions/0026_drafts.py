"""Keep what people have not sent yet over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "drafts",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("saved", sa.Float(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_drafts"),
    )
    op.create_index("ix_drafts_saved", "drafts", ["saved"])


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("drafts")
