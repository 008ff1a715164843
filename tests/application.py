"""What an application has beside an exported school: a table with foreign keys, triggers, policies, rights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clerkbench
import engines

APPLICATION = [
    "CREATE TABLE app_events (id INTEGER PRIMARY KEY, clerkship_id TEXT NOT NULL REFERENCES clerkships (id), "
    "site_id TEXT REFERENCES sites (id) ON DELETE SET NULL, note TEXT, "
    "elective_id TEXT REFERENCES clerkship_electives (id))",
    "INSERT INTO app_events SELECT row_number() OVER (ORDER BY id), id, (SELECT min(id) FROM sites), name, "
    "(SELECT min(id) FROM clerkship_electives) FROM clerkships",
    "CREATE INDEX app_by_name ON clerkships (name, required_days)",
]
ON_POSTGRESQL = [
    "CREATE FUNCTION app_log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END'",
    "CREATE TRIGGER app_touch BEFORE UPDATE ON sites FOR EACH ROW EXECUTE FUNCTION app_log()",
    "ALTER TABLE sites DISABLE TRIGGER app_touch",
    "CREATE TRIGGER app_touch BEFORE UPDATE ON clerkships FOR EACH ROW EXECUTE FUNCTION app_log()",
    "COMMENT ON TRIGGER app_touch ON clerkships IS 'Keeps the time.'",
    "ALTER TABLE sites ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY app_reads ON sites FOR SELECT TO app_reader USING (site_type <> 'other')",
    "GRANT SELECT, UPDATE (name) ON sites TO app_reader",
    "GRANT SELECT ON configuration_overview TO app_reader",
    "COMMENT ON CONSTRAINT app_events_site_id_fkey ON app_events IS 'Where it happened.'",
]
IN_SQLITE = [
    "CREATE TRIGGER app_touch AFTER UPDATE ON sites BEGIN UPDATE app_events SET note = 'touched'; END",
    "CREATE VIEW app_view AS SELECT clerkships.name FROM clerkships JOIN sites",
]


@contextmanager
def beside(school: clerkbench.SchoolReader, target: str, options: dict[str, str]) -> Iterator[Any]:
    """Export a school, and create what the application has. Returns a connection."""
    school.export(target, **options)
    if options:
        with engines.connected(target, options["schema"]) as con:
            if not engines.rows(con, "SELECT 1 FROM pg_roles WHERE rolname = 'app_reader'"):
                engines.run(con, "CREATE ROLE app_reader")
            engines.run(con, *APPLICATION, *ON_POSTGRESQL)
            yield con
    else:
        con = engines.in_sqlite(Path(target))
        for statement in (*APPLICATION, *IN_SQLITE):
            con.execute(statement)
        yield con
        con.close()


def of_application(con: Any) -> list[Any]:
    """Everything that the application made."""
    if not hasattr(con, "adbc_get_info"):
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name LIKE 'app%' ORDER BY ALL"
        return [
            con.execute(query.replace("ALL", "1, 2, 3")).fetchall(),
            con.execute("SELECT * FROM app_events").fetchall(),
        ]
    return [
        engines.rows(con, query)
        for query in (
            "SELECT * FROM app_events ORDER BY 1",
            "SELECT conname, confrelid::regclass::text, pg_get_constraintdef(oid), "
            "obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 'app_events'::regclass "
            "ORDER BY 1",
            "SELECT relname, tgname, tgenabled::text, pg_get_triggerdef(pg_trigger.oid), "
            "obj_description(pg_trigger.oid, 'pg_trigger') FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid "
            "WHERE tgname LIKE 'app%' AND relnamespace = current_schema()::regnamespace ORDER BY 1",
            "SELECT tablename, policyname, roles::text, cmd, qual FROM pg_policies WHERE schemaname = current_schema()",
            "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND "
            "relname = 'sites'",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'app%' "
            "ORDER BY 1",
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'app_reader' "
            "AND table_schema = current_schema() ORDER BY 1, 2",
            "SELECT column_name FROM information_schema.column_privileges WHERE grantee = 'app_reader' "
            "AND table_schema = current_schema() AND privilege_type = 'UPDATE' ORDER BY 1",
        )
    ]
