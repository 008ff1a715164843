"""Text and files: SQL text, files under ``sql/``, rule headers, CSV, paths, atomic writes. Knows no database."""
