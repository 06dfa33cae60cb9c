"""Keep the input images of sheets."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty: sheets from before have no input images."""
    op.create_table(
        "sheet_inputs",
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("has_alpha", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sheet_id", "role", "position", name="pk_sheet_inputs"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_sheet_inputs_sheet_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sheet_inputs_sha256", "sheet_inputs", ["sha256"])


def downgrade() -> None:
    """Undo the migration."""
    op.drop_table("sheet_inputs")
