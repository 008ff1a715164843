"""A whole school in one workbook, or in a folder of CSV files, as people read and write it."""
