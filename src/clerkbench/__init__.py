"""A workbench for the configuration schema of medical-school clerkships.

Start with :func:`open`::

    import clerkbench

    bench = clerkbench.open()
    bench.seed("hybrid")
    bench.sql("FROM configuration_overview")
"""

from clerkbench import errors
from clerkbench.magic import load_ipython_extension
from clerkbench.opening import open
from clerkbench.trial_server import trial_server
from clerkbench.workbench import Workbench

__all__ = ["Workbench", "errors", "load_ipython_extension", "open", "trial_server"]
