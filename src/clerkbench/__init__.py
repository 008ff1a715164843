"""A workbench for the configuration schema of medical-school clerkships.

Start with :func:`open`::

    import clerkbench

    bench = clerkbench.open()
    bench.seed("hybrid")
    bench.sql("FROM configuration_overview")
"""

from clerkbench import errors
from clerkbench.interchange.engines.trial_server import trial_server
from clerkbench.interfaces.sql_magic import load_ipython_extension
from clerkbench.workbench.opening import open
from clerkbench.workbench.workbench import SchoolReader, Workbench

__all__ = ["SchoolReader", "Workbench", "errors", "load_ipython_extension", "open", "trial_server"]


def __dir__() -> list[str]:
    """The public names. The packages are how clerkbench is built, and not what it offers."""
    return [*__all__, "__doc__", "__name__", "__path__"]
