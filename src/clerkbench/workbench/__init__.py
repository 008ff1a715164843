"""The facade: opens a school, and offers everything that can be done with it."""
