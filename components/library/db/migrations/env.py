"""Alembic's entry: migrates over the connection that `components.library.db.migrate` hands in."""

from alembic import context

from components.library.db.schema import include_name, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
