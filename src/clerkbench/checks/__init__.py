"""Checks rows against every constraint of their table before they are stored, all of it at once.

- ``validation`` is what the workbench offers, and what inserts and updates ask first;
- ``staging`` puts the rows into a temporary table, converted to the types they are to have;
- ``order`` puts rows that reference each other into the order in which they can be stored;
- ``breaches`` finds which of them break which constraint;
- ``orphans`` finds stored rows that reference what is not there;
- ``wording`` says it in sentences, with names and a remedy.
"""
