"""Keep a person's own connections, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "kept_connections",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("person", "id", name="pk_kept_connections"),
    )


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("kept_connections")
