"""Changes rows, whole or not at all: insert, update, delete, batches, and the two strategies that DuckDB needs."""
