"""A whole school on PostgreSQL or in SQLite: exported, imported, audited there."""
