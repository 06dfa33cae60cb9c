"""Alembic's entry point; `components.library.db.migrate` passes the connection."""

from alembic import context

from components.library.db.dialects import is_postgresql
from components.library.db.schema import include_name
from components.library.db.tables.all_tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
    if is_postgresql(connection):
        from components.library.db.postgres import settle_text_columns

        settle_text_columns(connection, metadata)
