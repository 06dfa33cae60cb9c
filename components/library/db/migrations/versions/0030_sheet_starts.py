"""Keep which cells of sheets are to be sent later, and when, so that a restart does not forget them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "sheet_starts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("user", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("as_batch", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.Float(), nullable=False),
        sa.Column("process", sa.String(32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_sheet_starts"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_sheet_starts_sheet_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sheet_starts_sheet_id", "sheet_starts", ["sheet_id"])


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("sheet_starts")
