"""A server that runs the rules itself finds what DuckDB finds; one call audits many schools."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import pytest

import clerkbench
import engines
import rule_cases
from clerkbench.files.sql_files import SqlFiles
from clerkbench.interchange.engines import postgresql
from clerkbench.interchange.engines.addresses import Server
from clerkbench.school.audit import ordered, queries, violations
from databases import ROOT, SCHOOLS, TWO_SCHOOLS, rows

#: The lookups that the cases use, as PostgreSQL has them; those of sql/seed_lookups.sql are DuckDB's.
LOOKUPS = [
    f"CREATE FUNCTION {name}_named(wanted text) RETURNS text LANGUAGE sql "
    f"AS $$ SELECT id FROM {table} WHERE name = wanted $$"
    for name, table in {
        "clerkship": "clerkships",
        "preceptor": "preceptors",
        "team": "preceptor_teams",
        "health_system": "health_systems",
    }.items()
] + [
    "CREATE FUNCTION site_named(system text, wanted text) RETURNS text LANGUAGE sql AS $$ "
    "SELECT id FROM sites WHERE health_system_id = health_system_named(system) AND name = wanted $$",
    "CREATE FUNCTION configuration_of(wanted text) RETURNS text LANGUAGE sql AS $$ "
    "SELECT id FROM clerkship_configurations WHERE clerkship_id = clerkship_named(wanted) $$",
]

FILES = SqlFiles()


@pytest.fixture(scope="module")
def both(templates, server) -> Iterator[tuple[clerkbench.Workbench, Server]]:
    """The hybrid school in DuckDB and on PostgreSQL, with functions that give the id of a row by its name."""
    address = Server(server, engines.new_schema())
    with templates.copy("hybrid") as bench:
        bench.export(server, schema=address.schema)
        bench.con.execute(FILES.seed_lookups)
        with engines.connected(server, address.schema) as con:
            engines.run(con, *LOOKUPS)
        yield bench, address


def on_server(address: Server, sql: str, area: int) -> pd.DataFrame:
    """What the server finds in an area after a change, which is taken back."""
    rules = [rule for rule in FILES.rules if rule.area == area]

    class TakeBack(Exception):
        pass

    found = pd.DataFrame()
    try:
        with postgresql.connect(address, writing=True) as target:
            for statement in target.dialect.written(sql):
                target.run(statement)
            found = ordered(violations(rules, target.rows(" UNION ALL ".join(queries(rules)))), None)
            raise TakeBack
    except TakeBack:
        return found


def in_duckdb(bench: clerkbench.Workbench, sql: str, area: int) -> pd.DataFrame:
    bench.con.begin()
    try:
        bench.con.execute(sql)
        return bench.audit(area=area)
    finally:
        bench.con.rollback()


#: Of each rule the first case that breaks it.
FIRST = list({case.rule: case for case in reversed(rule_cases.CASES) if case.says}.values())


@pytest.mark.first_cases(10)
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in FIRST else pytest.mark.long) for case in rule_cases.CASES],
    ids=str,
)
def test_a_server_finds_what_duckdb_finds(both, case: rule_cases.Case):
    bench, address = both
    [area] = [rule.area for rule in FILES.rules if rule.id == case.rule]
    ours, theirs = in_duckdb(bench, case.sql, area), on_server(address, case.sql, area)
    # A row that a case adds has another id in each.
    reported = [column for column in ours if column != "row_id"]
    ours, theirs = (pd.DataFrame(each)[reported].sort_values(reported, ignore_index=True) for each in (ours, theirs))
    pd.testing.assert_frame_equal(theirs, ours)
    if case.says:
        assert case.says in set(theirs["message"])


@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_an_audit_of_a_shipped_sample_school_is_the_same(seeded, server, school):
    schema = engines.new_schema()
    seeded[school].export(server, schema=schema)
    with clerkbench.open(server, schema=schema) as there:
        pd.testing.assert_frame_equal(there.audit(), seeded[school].audit())


# --- many schools


def spoil(server: str, schema: str) -> None:
    with engines.connected(server, schema) as con:
        engines.run(con, "UPDATE clerkships SET required_days = required_days + 1 WHERE name = 'Surgery'")


@pytest.mark.long
def test_one_call_audits_files_servers_and_schemas_and_reports_of_each(seeded, server, run):
    good, bad = f"med_{engines.new_schema()}", f"med_{engines.new_schema()}"
    for schema in (good, bad):
        seeded["traditional"].export(server, schema=schema)
    spoil(server, bad)
    seeded["traditional"].export("school.sqlite")
    assert run("seed", "traditional", "school.duckdb")[0] == 0
    assert run("audit", server, "--schema", good) == (0, "No violations.\n", "")
    code, out, err = run("audit", "school.duckdb", "school.sqlite", server, "--schema", good, "--schema", bad)
    shown = str(Server(server, bad))
    assert (code, err) == (1, "")
    assert out.startswith("school.duckdb: No violations.\nschool.sqlite: No violations.\n")
    assert f"{Server(server, good)}: No violations.\n" in out
    assert f"{shown}: 1 error\n\nerror: requirement-days-add-up (area 3)\n  Surgery lasts 46 days" in out
    code, out, _ = run("audit", "school.duckdb", server, "--schema", "med_school_*", "--format", "json")
    assert code == 1
    [found] = json.loads(out)
    assert (found["school"], found["rule"]) == (shown, "requirement-days-add-up")
    code, out, _ = run("audit", server, "--schema", bad, "--schema", good, "--format", "github")
    title = shown.replace(":", "%3A").replace(",", "%2C")
    first, second, *_ = out.splitlines()
    assert code == 1 and first.startswith(f"::error title={title}%3A requirement-days-add-up::Surgery lasts 46 days")
    assert second == f"{shown}: 1 error"
    code, out, _ = run("audit", server, "--schema", good[:-1] + "[" + good[-1] + "]", "--format", "json")
    assert (code, json.loads(out)) == (0, [])


@pytest.mark.long
def test_a_school_that_cannot_be_read_is_reported_and_the_others_are_audited(seeded, server, run):
    schema = engines.new_schema()
    seeded["flexible"].export(server, schema=schema)
    code, out, err = run("audit", "missing.duckdb", server, "--schema", schema)
    assert code == 2
    assert out == f"{Server(server, schema)}: No violations.\n"
    assert err.startswith("missing.duckdb: There is no database missing.duckdb.")
    code, out, err = run("audit", server, "--schema", "nowhere_*")
    assert (code, out) == (2, "")
    assert f"{Server(server, 'nowhere_*')}: No school is in a schema 'nowhere_*'." in err and schema in err
    code, out, err = run("audit", server, "--schema", "nowhere", "--schema", schema, "--format", "github")
    assert (code, err) == (2, "")
    failed, summary = out.splitlines()
    title = str(Server(server, "nowhere")).replace(":", "%3A").replace(",", "%2C")
    assert failed.startswith(f"::error title={title}::No school is in a schema 'nowhere'. ")
    assert summary == f"{Server(server, schema)}: No violations."
    code, out, err = run("audit", "postgresql://localhost:1/x", "missing.sqlite", "--schema", "x")
    assert (code, out) == (2, "") and "Connection refused" in err and "There is no file" in err


def test_a_schema_or_a_pattern_that_has_no_effect_is_refused(run):
    run("migrate", "school.duckdb")
    code, out, err = run("audit", "school.duckdb", "--schema", "x")
    assert (code, out) == (2, "") and "--schema is for servers, and none of these is one" in err
    code, out, err = run("export", "school.duckdb", "postgresql://", "--schema", "med_*")
    assert (code, out) == (2, "") and "'med_*' is a pattern: name one schema. Nothing was changed." in err
    code, out, err = run("import", "postgresql://", "new.duckdb", "--schema", "med_?")
    assert (code, out) == (2, "") and "'med_?' is a pattern" in err and not Path("new.duckdb").exists()
    code, out, err = run("export", "school.duckdb", "postgresql://", "--sql-only", "--replace")
    assert (code, out) == (2, "") and "--sql-only cannot be combined" in err


@pytest.mark.long
def test_a_school_is_shipped_and_brought_back_on_the_command_line(server, run, templates, seeded):
    schema = engines.new_schema()
    shutil.copyfile(templates.file("hybrid"), "school.duckdb")
    count = sum(map(len, rows(seeded["hybrid"]).values()))
    shown = str(Server(server, schema))
    assert run("export", "school.duckdb", server, "--schema", schema) == (
        0, f"{shown} holds the school now: {count} rows in {len(rows(seeded['hybrid']))} tables.\n", "",
    )  # fmt: skip
    code, out, err = run("export", "school.duckdb", server, "--schema", schema)
    assert (code, out) == (2, "") and err.startswith(f"{shown} holds a school already")
    assert run("export", "school.duckdb", server, "--schema", schema, "--replace")[0] == 0
    assert run("import", server, "back.duckdb", "--schema", schema)[:2] == (
        0,
        f"back.duckdb holds the school now: {count} rows.\n",
    )
    assert run("diff", "school.duckdb", "back.duckdb")[:2] == (0, "No row differs.\n")
    assert run("import", server, "new.duckdb", "--schema", "nowhere")[0] == 2
    assert not Path("new.duckdb").exists()
    code, out, _ = run("export", "school.duckdb", "postgresql://", "--sql-only")
    assert code == 0 and out.startswith("-- A school for PostgreSQL, written by clerkbench.\nBEGIN;\n")
    assert out.endswith("COMMIT;\n")
    code, out, _ = run("export", "school.duckdb", "school.sqlite")
    assert (code, Path("school.sqlite").exists()) == (0, True)
    assert run("diff", "school.sqlite", "school.duckdb")[:2] == (0, "No row differs.\n")


@pytest.mark.long
def test_many_schools_live_on_one_server(new_bench, seeded, server, run):
    schemas = [f"many_{number:02}" for number in range(8)]
    benches = [seeded[name] for name in SCHOOLS]
    for number, schema in enumerate(schemas):
        benches[number % len(benches)].export(server, schema=schema)
    spoil(server, "many_03")
    code, out, err = run("audit", server, "--schema", "many_*", "--severity", "error")
    reported = [line for line in out.splitlines() if line.startswith("postgresql://")]
    assert (code, err, len(reported)) == (1, "", len(schemas))
    assert [line.partition("(schema ")[2] for line in reported if "No violations." not in line] == ["many_03): 1 error"]
    with new_bench() as back:
        back.import_from(server, schema=schemas[-1])
        assert rows(back) == rows(benches[(len(schemas) - 1) % len(benches)])
    with engines.connected(server) as con:
        # Nothing refers from one schema to another, or to what all share: so each can go, or move elsewhere, by itself.
        crossing = engines.rows(
            con,
            "SELECT count(*) FROM pg_constraint c JOIN pg_class child ON conrelid = child.oid "
            "JOIN pg_class parent ON confrelid = parent.oid "
            "WHERE contype = 'f' AND child.relnamespace <> parent.relnamespace",
        )
        assert crossing == [(0,)]
        definitions = engines.rows(
            con,
            "SELECT pg_get_viewdef(oid) FROM pg_class "
            "WHERE relkind = 'v' AND relnamespace::regnamespace::text = 'many_00'",
        )
        assert len(definitions) == len(FILES.views)
        others = [name for name in ["public", *schemas[1:]] if any(f"{name}." in text for (text,) in definitions)]
        assert others == []


# --- secrets


@pytest.mark.long
def test_a_password_is_shown_nowhere(seeded, server, run):
    """In no message, no repr, no ledger, no script; whatever the driver itself says."""
    secrets = ["s3same/open", "open%2Bs3same", "open+s3same"]
    urls = [
        "postgresql://ann:s3same/open@localhost:1/db",
        "postgresql://ann:open%2Bs3same@localhost:1/db",
        "postgresql://ann@localhost:1/db?password=open%2Bs3same",
        "postgresql://ann:s3same/open@localhost:x/db",
        "postgresql://ann:open%2Bs3same@[::/db",
        "postgresql://ann:open%2Bs3same@localhost/db?nonsense=1",
    ]
    clerkbench.open("school.duckdb").close()
    for url in urls:
        for command in (["export", "school.duckdb", url], ["audit", url], ["import", url, "x.duckdb"]):
            code, out, err = run(*command)
            assert (code, out) == (2, "")
            assert "ann@" in err and "Traceback" not in err
            assert not [secret for secret in secrets if secret in err], err
    parts = urlsplit(server)
    host = parts.netloc.rpartition("@")[2]
    secret = parts.password or "s3same%2Fopen"
    given = urlunsplit((parts.scheme, f"{parts.username}:{secret}@{host}", *parts[2:]))
    schema = engines.new_schema()
    seeded["hybrid"].export(given, schema=schema)
    with clerkbench.open(given, schema=schema) as there:
        assert secret not in repr(there) + str(there) + repr(vars(there))
        assert secret not in there.sql("FROM clerkbench_migrations").to_string()
    assert secret not in seeded["hybrid"].export_script(given)


@pytest.mark.long
def test_what_the_readme_does_on_a_server_works(server, run):
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    section = page.partition("## More than one user")[2].partition("\n## ")[0]
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1].splitlines()
    assert len(commands) == 4
    run("seed", "traditional", "school.duckdb")
    with clerkbench.open("school.duckdb") as bench, bench.fork() as changed:
        changed.update("clerkships", "Surgery", description="As in the workbook")
        changed.save("school.xlsx")
    with engines.connected(server) as con:
        engines.run(con, "DROP DATABASE IF EXISTS of_the_readme", "CREATE DATABASE of_the_readme")
    url = engines.database(server, "of_the_readme")
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "clerkbench"
        code, _, err = run(*[url if each.startswith("postgresql://") else each for each in arguments])
        assert (code, err) == (0, "")
    with clerkbench.open(url, schema="springfield") as there:
        [description] = there.sql("SELECT description FROM clerkships WHERE name = 'Surgery'")["description"]
        assert description == "As in the workbook"
