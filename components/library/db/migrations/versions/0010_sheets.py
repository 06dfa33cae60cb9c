"""Keep sheets with their cells, and the saved lists that prompts name."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "sheets",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("cap_micros", sa.BigInteger()),
        sa.Column("stopped", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_sheets"),
    )
    op.create_index("ix_sheets_created_id", "sheets", ["created", "id"])
    op.create_table(
        "sheet_cells",
        sa.Column("sheet_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("recipe", sa.JSON()),
        sa.Column("skipped", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("run_id", sa.String(32)),
        sa.Column("estimate_high_micros", sa.BigInteger()),
        sa.Column("spent_before_micros", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("sheet_id", "position", name="pk_sheet_cells"),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheets.id"], name="fk_sheet_cells_sheet_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sheet_cells_run_id", "sheet_cells", ["run_id"])
    op.create_table(
        "word_lists",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_word_lists"),
    )


def downgrade() -> None:
    """Drop them; the runs of the cells stay."""
    op.drop_table("word_lists")
    op.drop_table("sheet_cells")
    op.drop_table("sheets")
