"""The tables of the team: audit trail, budgets, limits, people. Money is millionths of a dollar.

They share the metadata of `schema`.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, text

from components.library.db.schema import metadata

# Whose spending is limited, see `components.team.budgets.Budget`.
budgets = Table(
    "budgets",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("target", Text, primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("soft_micros", BigInteger),
    Column("hard_micros", BigInteger),
)

# One row: how spends are counted that cannot be known, and whom to ask. Whoever changes budgets, or adds counters,
# locks it against those who reserve and settle.
budget_rule = Table(
    "budget_rule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("rule", String(16), nullable=False),
    Column("fixed_micros", BigInteger, nullable=False),
    Column("contact", Text, nullable=False, server_default=text("''")),
)

# What each run over a team's connection reserves and counts. The truth that counters are made from.
charges = Table(
    "charges",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("connection_id", String(200), nullable=False),
    Column("day", String(10), nullable=False),  # in UTC, such as "2026-11-29"
    Column("reserved_micros", BigInteger, nullable=False),
    Column("spent_micros", BigInteger, nullable=False),
    Column("is_unknown", Boolean, nullable=False, server_default=text("false")),
    Index("ix_charges_owner_day", "owner", "day"),
    Index("ix_charges_connection_id_day", "connection_id", "day"),
    Index("ix_charges_day", "day"),
)

# Sums of charges for the budgets that there are: made when first needed, thrown away when budgets change.
budget_counters = Table(
    "budget_counters",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("period", String(10), primary_key=True),  # "2026-11-29" or "2026-11"
    Column("reserved_micros", BigInteger, nullable=False),
    Column("spent_micros", BigInteger, nullable=False),
)

# Who may use which connection and which models, see `components.team.limits`.
access_rules = Table(
    "access_rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("connection_id", String(200), nullable=False),
    Column("who", JSON, nullable=False),
    Column("models", JSON, nullable=False),
)

role_limits = Table(
    "role_limits",
    metadata,
    Column("role", String(16), primary_key=True),
    Column("pixels", BigInteger),
    Column("quality", String(16), nullable=False, server_default=text("''")),
    Column("n", Integer),
)

# Who has used the app, with the role that the sign-in reported last.
people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
)

# What people did. `id` begins with the time, so its order is that of time; `person` is the id of a `Person`, "" for one
# without a name. Entries name ids and counts, never a prompt or a key.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created", Float, nullable=False),
    Column("person", Text, nullable=False, server_default=text("''")),
    Column("action", String(40), nullable=False),
    Column("target", Text, nullable=False, server_default=text("''")),
    Column("detail", JSON(none_as_null=True)),
    Index("ix_audit_entries_person_id", "person", "id"),
    Index("ix_audit_entries_action_id", "action", "id"),
)

# Inputs that a person has added, which no run needs to have yet: they may see them. Kept with a sign-in only.
own_files = Table(
    "own_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("added", Float, nullable=False),
    Index("ix_own_files_added", "added"),
)

# What people have not sent yet, by the hash of a token that only the browser's tab has.
drafts = Table(
    "drafts",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("owner", Text, nullable=False),  # the id of a person who signed in, "" for one who did not
    Column("saved", Float, nullable=False),
    Column("inputs", Text, nullable=False),  # SHA-256 of the files that it refers to, separated by blanks
    Column("content", Text, nullable=False),  # JSON
    Index("ix_drafts_saved", "saved"),
)

# Connections that people keep for themselves; `content` is encrypted, see `team.kept_connections`.
kept_connections = Table(
    "kept_connections",
    metadata,
    Column("person", Text, primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("content", Text, nullable=False),
    Column("saved", Float, nullable=False),
)
