"""Changes of the schema, in order, for alembic."""
