"""Text and files: SQL text and its tokens, the files under ``sql/``, rule headers, CSV files, paths, atomic writes.
Knows no database.
"""
