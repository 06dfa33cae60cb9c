"""Keep budgets, limits, people, and what each run counts."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AT_ONCE = 500


def upgrade() -> None:
    """Create the tables, and charge the runs of this month with what they cost."""
    op.create_table(
        "budgets",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("soft_micros", sa.BigInteger()),
        sa.Column("hard_micros", sa.BigInteger()),
        sa.PrimaryKeyConstraint("scope", "target", "period", name="pk_budgets"),
    )
    op.create_table(
        "budget_rule",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("fixed_micros", sa.BigInteger(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_budget_rule"),
    )
    op.create_table(
        "charges",
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.Column("is_unknown", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("run_id", name="pk_charges"),
    )
    op.create_index("ix_charges_owner_day", "charges", ["owner", "day"])
    op.create_index("ix_charges_connection_id_day", "charges", ["connection_id", "day"])
    op.create_index("ix_charges_day", "charges", ["day"])
    op.create_table(
        "budget_counters",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "holder", "period", name="pk_budget_counters"),
    )
    op.create_table(
        "access_rules",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("connection_id", sa.String(200), nullable=False),
        sa.Column("who", sa.JSON(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_rules"),
    )
    op.create_table(
        "role_limits",
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("pixels", sa.BigInteger()),
        sa.Column("quality", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("n", sa.Integer()),
        sa.PrimaryKeyConstraint("role", name="pk_role_limits"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.Float(), nullable=False),
        sa.Column("last_seen", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    _charge_this_month()


def _charge_this_month() -> None:
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    names = ("id", "owner", "connection_id", "state", "created", "cost_micros", "estimate_high_micros", "imported_at")
    runs = sa.table("runs", *(sa.column(name) for name in names))
    charges = sa.table(
        "charges",
        *(sa.column(name) for name in ("run_id", "owner", "connection_id", "day", "reserved_micros", "spent_micros")),
    )
    shared = sa.or_(runs.c.connection_id.like("team:%"), runs.c.connection_id.like("environment%"))
    connection = op.get_bind()
    found = connection.execute(
        sa.select(runs).where(runs.c.created >= month, runs.c.imported_at.is_(None), shared)
    ).all()
    rows = [
        {
            "run_id": run.id,
            "owner": run.owner,
            "connection_id": run.connection_id,
            "day": datetime.fromtimestamp(run.created, UTC).date().isoformat(),
            "reserved_micros": 0 if run.state not in ("queued", "running") else run.estimate_high_micros or 0,
            "spent_micros": run.cost_micros if 0 <= (run.cost_micros or 0) <= 10**10 and run.cost_micros else 0,
        }
        for run in found
        if 0 <= run.created < 4_102_444_800
    ]
    for at in range(0, len(rows), AT_ONCE):
        connection.execute(sa.insert(charges), rows[at : at + AT_ONCE])


def downgrade() -> None:
    """Drop them."""
    for name in ("people", "role_limits", "access_rules", "budget_counters", "charges", "budget_rule", "budgets"):
        op.drop_table(name)
