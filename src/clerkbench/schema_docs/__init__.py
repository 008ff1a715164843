"""Describes the schema to people and programs: tables, diagram, dictionary, dependents of a row, types."""
