"""What-if copies of a school: made, compared, and brought back.

- ``fork`` makes the copy, in memory, with everything;
- ``comparison`` finds the rows in which two schools differ, also where their ids do;
- ``difference`` says it in names, with what it breaks and what it fixes;
- ``adoption`` brings what changed in the copy back into the original.
"""
