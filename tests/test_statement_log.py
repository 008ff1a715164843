"""Every statement can be seen, with its time, by whoever asks for it."""

import logging
import re

import pytest

import clerkbench
import engines
from clerkbench.errors import QueryError
from clerkbench.files.sql_files import SqlFiles
from databases import made

NAME = "clerkbench.sql"


@pytest.fixture
def logged(caplog) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger=NAME)
    return caplog


def statements(logged: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in logged.records if record.name == NAME]


def test_a_statement_is_logged_with_its_time_in_milliseconds(bench, logged):
    bench.sql("SELECT 1 AS one")
    assert re.fullmatch(r" *\d+\.\d\d ms  SELECT 1 AS one", statements(logged)[-1])


def test_a_statement_that_fails_is_logged_with_the_kind_of_its_error(bench, logged):
    with pytest.raises(QueryError):
        bench.sql("SELECT no_such_column")
    assert statements(logged)[0].endswith("ms  SELECT no_such_column  -- BinderException")


def test_the_values_of_parameters_are_not_logged(bench, logged):
    bench.sql("SELECT ? AS secret", ["s3same"])
    bench.insert("health_systems", {"name": "s3same"})
    assert "SELECT ? AS secret" in "\n".join(statements(logged))
    assert "s3same" not in "\n".join(statements(logged))


def test_a_transaction_is_logged_from_its_beginning_to_its_end(own_school, logged):
    with own_school.transaction():
        own_school.delete("clerkships", "Pediatrics")
    words = [each.split("ms  ")[1] for each in statements(logged)]
    assert words.index("BEGIN") < next(at for at, each in enumerate(words) if each.startswith("DELETE"))
    assert words.count("COMMIT") == 1
    with pytest.raises(ZeroDivisionError), own_school.transaction():
        _ = 1 / 0
    assert any(each.endswith("ROLLBACK") for each in statements(logged))


def test_the_statements_of_a_migration_are_logged(logged, tmp_path):
    made(tmp_path, "CREATE TABLE notes (id TEXT);").close()
    assert any("CREATE TABLE notes" in each for each in statements(logged))


READING = {
    "dictionary": lambda bench: bench.dictionary(),
    "describe": lambda bench: bench.describe("t1"),
    "diagram": lambda bench: bench.diagram(),
    "relationships": lambda bench: bench.relationships(),
    "tables": lambda bench: bench.tables(),
    "types": lambda bench: bench.types("python"),
}


def test_the_statements_that_describe_a_schema_grow_with_its_tables_and_no_faster(tmp_path, logged):
    counts = {name: [] for name in READING}
    for number in (4, 8, 12):
        tables = (f"CREATE TABLE t{each} (id INTEGER PRIMARY KEY REFERENCES t0 (id));" for each in range(number))
        (tmp_path / str(number)).mkdir()
        with made(tmp_path / str(number), " ".join(tables)) as bench:
            for name, read in READING.items():
                logged.clear()
                read(bench)
                counts[name].append(len(statements(logged)))
    for name, (few, more, most) in counts.items():
        assert 0 <= more - few == most - more <= 4 * 4, name


#: By call the most statements that it may ask beside one for each table, and the call; configurations also ask one for
#: each query of ``sql/in_force``. With eleven tables and five queries that is 41 for configure, one of which makes sure
#: that the transaction is not aborted, and 25 for save.
COSTS = {
    "configure": (25, lambda bench, _: bench.configure("Surgery", allow_partial_blocks=True)),
    "configuration": (4, lambda bench, _: bench.configuration("Surgery")),
    "save": (14, lambda bench, folder: bench.save(folder / "school")),
}


@pytest.mark.parametrize("call", COSTS)
def test_a_call_reads_the_schema_once_and_asks_few_statements(own_school, tmp_path, logged, call):
    most, act = COSTS[call]
    tables = len(own_school.tables())
    queries = 0 if call == "save" else len(SqlFiles().queries("in_force"))
    logged.clear()
    act(own_school, tmp_path)
    asked = statements(logged)
    assert 0 < len(asked) <= most + tables + queries, asked


def test_a_description_of_the_schema_and_an_audit_ask_few_statements_for_any_tables(own_school, logged):
    # The first of them in a process also reads what the scripts declare.
    for call, most in (("describe", 5), ("dictionary", 4), ("audit", 6)):
        logged.clear()
        _ = own_school.describe("clerkships") if call == "describe" else getattr(own_school, call)()
        asked = statements(logged)
        assert 0 < len(asked) <= most, asked


def test_loading_a_school_asks_few_statements(seeded, bench, tmp_path, logged):
    tables = len(bench.tables())
    seeded["hybrid"].save(tmp_path / "school.xlsx")
    logged.clear()
    bench.load(tmp_path / "school.xlsx")
    asked = statements(logged)
    assert 0 < len(asked) <= 139 + tables, asked  # 150 with eleven tables


@pytest.mark.long
def test_what_is_sent_to_a_server_is_logged_too(own_school, server, logged):
    schema = engines.new_schema()
    own_school.export(server, schema=schema)
    found = "\n".join(statements(logged))
    assert f'CREATE SCHEMA "{schema}"' in found or f"CREATE SCHEMA {schema}" in found
    assert "COPY " in found
    with clerkbench.open(server, schema=schema) as there:
        logged.clear()
        there.audit()
    assert any("UNION ALL" in each for each in statements(logged))


def test_nothing_is_logged_unless_somebody_asks_and_the_connection_is_duckdbs_own(bench, caplog):
    bench.tables()
    assert statements(caplog) == []
    caplog.set_level(logging.DEBUG, logger=NAME)
    assert type(bench.con).__module__.strip("_").startswith("duckdb")
