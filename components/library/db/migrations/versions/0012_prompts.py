"""Keep prompts with their versions, labels, tags and results, and add the first prompts.

The start set is inserted here and nowhere else, so that a deleted prompt does not come back.
"""

import json
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

START_SET = Path(__file__).parents[1] / "start_prompts.json"
EMPTY = sa.text("''")


def _of_version(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["prompt_id", "number"],
        ["prompt_versions.prompt_id", "prompt_versions.number"],
        name=f"fk_{name}_prompt_id",
        ondelete="CASCADE",
    )


def _of_prompt(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name=f"fk_{name}_prompt_id", ondelete="CASCADE")


def upgrade() -> None:
    """Create the tables and insert the start set."""
    prompts = op.create_table(
        "prompts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
    )
    versions = op.create_table(
        "prompt_versions",
        sa.Column("prompt_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=EMPTY),
        sa.PrimaryKeyConstraint("prompt_id", "number", name="pk_prompt_versions"),
        _of_prompt("prompt_versions"),
    )
    op.create_table(
        "prompt_labels",
        sa.Column("prompt_id", sa.String(32), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("moved", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "label", name="pk_prompt_labels"),
        _of_version("prompt_labels"),
    )
    tags = op.create_table(
        "prompt_tags",
        sa.Column("prompt_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "tag", name="pk_prompt_tags"),
        _of_prompt("prompt_tags"),
    )
    for name, owner in (("prompt_runs", "run"), ("prompt_sheets", "sheet")):
        op.create_table(
            name,
            sa.Column(f"{owner}_id", sa.String(32), nullable=False),
            sa.Column("prompt_id", sa.String(32), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(f"{owner}_id", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owner}s.id"], name=f"fk_{name}_{owner}_id", ondelete="CASCADE"
            ),
            _of_version(name),
        )
        op.create_index(f"ix_{name}_prompt_id_number", name, ["prompt_id", "number"])
    start, now = json.loads(START_SET.read_text("utf-8")), time.time()
    for place, one in enumerate(start):
        one["id"] = f"start-{place + 1:02}"
    op.bulk_insert(prompts, [{"id": one["id"], "name": one["name"], "created": now} for one in start])
    op.bulk_insert(
        versions,
        [
            {
                "prompt_id": one["id"],
                "number": 1,
                "text": one["recipe"]["values"]["prompt"],
                "recipe": one["recipe"],
                "created": now,
                "note": "From the start set.",
            }
            for one in start
        ],
    )
    op.bulk_insert(tags, [{"prompt_id": one["id"], "tag": tag} for one in start for tag in one["tags"]])


def downgrade() -> None:
    """Drop all of it."""
    for name in ("prompt_sheets", "prompt_runs", "prompt_tags", "prompt_labels", "prompt_versions", "prompts"):
        op.drop_table(name)
