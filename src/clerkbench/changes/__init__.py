"""Changes rows, each call whole or not at all, although DuckDB refuses most of it in one statement.

- ``insert``, ``update``, ``delete`` are what the workbench offers;
- ``exchange`` brings rows of many tables at once: a whole school, a configuration, what a what-if copy changed;
- ``plan`` says what a delete does, ``affected`` in which order DuckDB lets rows be changed;
- ``stepwise`` and ``rebuild`` are the two ways to do it, ``ways`` takes the one that fits, ``moving`` serves both;
- ``refusals`` says why the database refuses something.
"""
