"""Loads nbval in a way that starts quickly. What the tests share is in tests/conftest.py."""

import sys

# nbval needs jsonschema, which imports this package if it is there. Importing it takes two seconds, and it only checks
# internationalized addresses, of which a notebook's schema has none. None in sys.modules makes the import fail at once.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

pytest_plugins = ["nbval.plugin"]
