"""A whole school in one spreadsheet, or in a folder of CSV files, as people read and write it.

- ``sheets`` says what stands in a sheet: which columns under which headings, and how a value is written in a cell;
- ``workbooks`` reads and writes ``.xlsx``, ``csv_folders`` a folder of ``.csv``: sheets of cells, whatever they mean;
- ``saving`` writes what is stored, with names in place of ids;
- ``loading`` reads it back, tells all that is wrong with it at once, and stores it whole or not at all.
"""
