"""How the database came to its present form: Alembic migrations, run by :mod:`central.storage.migrate`."""
