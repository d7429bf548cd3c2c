class EmbeddedPostgresError(RuntimeError):
    """One sentence or two: what is wrong with the database, and what to do."""
