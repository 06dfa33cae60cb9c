"""Runs, their outputs and their inputs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first three tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("operation", sa.String(16), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("connection_name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("process", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("started", sa.Float()),
        sa.Column("ended", sa.Float()),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("parent_output", sa.String(40)),
        sa.Column("request_id", sa.Text()),
        sa.Column("usage", sa.JSON()),
        sa.Column("cost_micros", sa.BigInteger()),
        sa.Column("answer", sa.JSON()),
        sa.Column("error", sa.JSON()),
        sa.Column("text", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("extra", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_operation_created", "runs", ["operation", "created", "id"])
    op.create_index("ix_runs_state_process", "runs", ["state", "process"])
    op.create_index("ix_runs_created_id", "runs", ["created", "id"])
    op.create_table(
        "outputs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False, server_default=sa.text("'image'")),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("has_alpha", sa.Boolean(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("revised_prompt", sa.Text()),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("facts", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_outputs"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_outputs_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_outputs_run_id_position", "outputs", ["run_id", "position"])
    op.create_index("ix_outputs_created_id", "outputs", ["created", "id"])
    op.create_index("ix_outputs_sha256", "outputs", ["sha256"])
    op.create_table(
        "inputs",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("has_alpha", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "role", "position", name="pk_inputs"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_inputs_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_inputs_sha256", "inputs", ["sha256"])


def downgrade() -> None:
    """Drop them; the files stay."""
    op.drop_table("inputs")
    op.drop_table("outputs")
    op.drop_table("runs")
