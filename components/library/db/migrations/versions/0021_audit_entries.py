"""Keep what people did: who ran, deleted, exported, imported or changed a limit, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("target", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("detail", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_person_id", "audit_entries", ["person", "id"])
    op.create_index("ix_audit_entries_action_id", "audit_entries", ["action", "id"])


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("audit_entries")
