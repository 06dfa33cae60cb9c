"""Keep the batches that cells of sheets were sent in, so that a restart goes on with them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "sheet_batches",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("process", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sheet_batches"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_sheet_batches_sheet_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sheet_batches_sheet_id", "sheet_batches", ["sheet_id"])


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("sheet_batches")
