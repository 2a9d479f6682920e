"""Alembic's entry: runs the migrations on the connection it was given, in that connection's transaction."""

from alembic import context

from central.storage.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()
