"""Changes the schema: applies and rolls back migrations, runs scripts, keeps views in step, loads sample schools."""
