"""Alembic's entry: migrates over the connection that `components.library.db.migrate` hands in."""

from alembic import context

from components.library.db.schema import metadata
from components.library.queries.fulltext import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
