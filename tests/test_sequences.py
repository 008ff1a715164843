"""If a sequence numbers rows, the next row always gets an unused number, regardless of the source of the other rows."""

import pytest

import clerkbench
import engines
from clerkbench.errors import SchemaError
from databases import made, rows

UP = """
CREATE SEQUENCE patient_numbers;
CREATE SEQUENCE "Down wards" START -1 INCREMENT -1 MINVALUE -1000 MAXVALUE -1;
CREATE TABLE patients (id INTEGER PRIMARY KEY DEFAULT nextval('patient_numbers'), name TEXT NOT NULL UNIQUE);
CREATE TABLE visits (
    id INTEGER PRIMARY KEY DEFAULT nextval('"Down wards"'),
    patient_id INTEGER NOT NULL REFERENCES patients (id) /* ON DELETE CASCADE */
);
"""
DOWN = 'DROP TABLE visits; DROP TABLE patients; DROP SEQUENCE patient_numbers; DROP SEQUENCE "Down wards";'


@pytest.fixture
def ward(tmp_path):
    with made(tmp_path, UP, DOWN) as bench:
        bench.insert("patients", [{"name": name} for name in "abc"])
        bench.insert("visits", [{"patient_id": 1}, {"patient_id": 3}])
        yield bench


def another(tmp_path) -> clerkbench.Workbench:
    return clerkbench.open(sql_folder=tmp_path)


def is_numbered_on(bench: clerkbench.Workbench) -> bool:
    """Whether the next rows go on behind the last ones; some numbers may be skipped."""
    before = bench.sql("SELECT max(id) FROM patients").iat[0, 0], bench.sql("SELECT min(id) FROM visits").iat[0, 0]
    [patient] = bench.insert("patients", {"name": "next"})
    [visit] = bench.insert("visits", {"patient_id": patient})
    return patient in range(before[0] + 1, before[0] + 4) and visit in range(before[1] - 3, before[1])


def test_rows_that_bring_their_numbers_set_the_sequence_forward(ward):
    ward.insert("patients", [{"id": 20, "name": "x"}, {"id": 7, "name": "y"}])
    ward.update("visits", -1, id=-30)
    assert is_numbered_on(ward)


def test_a_number_beyond_the_end_of_a_sequence_is_stored(tmp_path):
    up = "CREATE SEQUENCE few MAXVALUE 10; CREATE TABLE t (id HUGEINT PRIMARY KEY DEFAULT nextval('few'));"
    with made(tmp_path, up) as bench:
        stored = bench.insert("t", [{"id": 100}, {"id": 2**100}])
        assert [int(each) for each in stored] == [100, 2**100]


def test_numbers_below_leave_the_sequence_where_it_is(ward):
    ward.delete("patients", "b")
    ward.insert("patients", {"id": 2, "name": "x"})
    assert is_numbered_on(ward)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("ending", ["", ".xlsx"], ids=["folder", "workbook"])
def test_a_loaded_school_is_numbered_on(ward, tmp_path, ending):
    place = tmp_path / f"school{ending}"
    ward.save(place)
    with another(tmp_path) as other:
        other.load(place)
        assert rows(other) == rows(ward)
        assert is_numbered_on(other)


def test_rows_of_a_file_without_a_number_get_unused_numbers(tmp_path):
    (tmp_path / "school").mkdir()
    (tmp_path / "school" / "patients.csv").write_text("id,name\n2,a\n,b\n,c\n1,d\n")
    with made(tmp_path, UP) as bench:
        bench.load(tmp_path / "school")
        found = dict(bench.sql("SELECT name, id FROM patients").itertuples(index=False))
    assert (found["a"], found["d"]) == (2, 1)
    assert sorted(found.values()) == sorted(set(found.values()))


def test_a_fork_is_numbered_on_and_so_is_the_school_that_adopts_it(ward):
    fork = ward.fork()
    assert is_numbered_on(fork)
    ward.adopt(fork)
    ward.delete("patients", "next")
    assert is_numbered_on(ward)
    fork.close()


def test_a_rebuild_keeps_the_numbers(ward):
    ward.update("patients", "a", id=1, name="z")
    ward.delete("patients", "b")
    assert is_numbered_on(ward)


@pytest.mark.long
def test_a_school_on_a_server_is_numbered_on_there_and_back_here(ward, tmp_path, server):
    schema = engines.new_schema()
    ward.export(server, schema=schema)
    ward.export(server, schema=schema, replace=True)
    with engines.connected(server, schema) as con:
        assert engines.rows(con, "INSERT INTO patients (name) VALUES ('new') RETURNING id > 3") == [(True,)]
        assert engines.rows(con, "INSERT INTO visits (patient_id) VALUES (3) RETURNING id < -2") == [(True,)]
    with another(tmp_path) as other:
        other.import_from(server, schema=schema)
        assert is_numbered_on(other)


def test_a_script_for_a_server_numbers_on(ward):
    script = ward.export_script("postgresql://somewhere/db")
    last = dict(ward.sql("SELECT sequence_name, last_value FROM duckdb_sequences()").itertuples(index=False))
    assert f"SELECT pg_catalog.setval('patient_numbers', {last['patient_numbers']});" in script
    assert f"SELECT pg_catalog.setval('\"Down wards\"', {last['Down wards']});" in script


@pytest.mark.parametrize("call", ["export", "export_script"])
def test_sqlite_has_no_sequences_and_a_school_with_one_is_refused(ward, tmp_path, call):
    target = tmp_path / "school.sqlite"
    with pytest.raises(SchemaError, match=r"SQLite has no sequences, and a migration makes Down wards, patient_num"):
        getattr(ward, call)(target)
    assert not target.exists()


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("default", ["nextval('S')", "CAST(nextval('s') AS INTEGER)", "nextval('s')::INTEGER"])
def test_a_sequence_stays_ahead_however_it_is_called(tmp_path, default):
    up = f"CREATE SEQUENCE s; CREATE TABLE t (id INTEGER PRIMARY KEY DEFAULT ({default}), n TEXT);"
    with made(tmp_path, up) as bench:
        bench.insert("t", [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}])
        assert bench.insert("t", {"n": "c"}) == [3]


def test_a_sequence_stays_ahead_of_the_rows_of_a_migration(tmp_path):
    up = "CREATE SEQUENCE s; CREATE TABLE t (id INTEGER PRIMARY KEY DEFAULT nextval('s'), n TEXT);"
    with made(tmp_path, f"{up} INSERT INTO t VALUES (1, 'a'), (2, 'b');") as bench:
        assert bench.insert("t", {"n": "c"}) == [3]
