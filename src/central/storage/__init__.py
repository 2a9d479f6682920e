"""The database: SQLAlchemy Core, one repository a file. The only place that knows SQL."""
