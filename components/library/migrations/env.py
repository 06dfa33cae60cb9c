"""Alembic's entry: migrates over the connection that `components.library.migrate` hands in."""

from alembic import context

from components.library.fulltext import is_ours
from components.library.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
