"""How a school goes to the databases that applications run on, and comes back.

``dialects`` writes our scripts for another engine, ``addresses`` reads where a school is to go, ``targets`` works with
what is there: ``postgresql`` and ``sqlite``. ``shipment`` is what goes; ``export`` sends it, ``script`` writes it down
instead, ``arrival`` brings a school back, ``remote_audit`` asks a server for what is wrong.
"""
