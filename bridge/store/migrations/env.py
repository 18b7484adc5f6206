"""What alembic runs; :func:`bridge.store.upgrade.bring_up_to_date` hands the connection in."""

from alembic import context

from bridge.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=metadata,
    # SQLite alters most of a table only by copying it.
    render_as_batch=True,
)
# The caller's transaction is around all of it: a migration that fails leaves nothing behind.
context.run_migrations()
