"""One DuckDB database: connection, ledger, schema, rows and their labels, transactions, write conflicts."""
