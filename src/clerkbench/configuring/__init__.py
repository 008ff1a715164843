"""The configuration of one clerkship, by name: all that holds for it, and one call to change it.

- ``settings`` finds in the schema what can be set: columns, and lists of rows that belong to the clerkship;
- ``configuration`` reads them, each with where it comes from;
- ``configure`` writes them.
"""
