"""A workbench for the configuration schema of medical-school clerkships.

Start with :func:`open`::

    import clerkbench

    bench = clerkbench.open()
    bench.seed("hybrid")
    bench.sql("FROM configuration_overview")
"""

from clerkbench import errors
from clerkbench.magic import load_ipython_extension
from clerkbench.workbench import Workbench, open

__all__ = ["Workbench", "errors", "load_ipython_extension", "open"]
