"""A delete applies the referential actions of the schema to referencing rows, and the plan shows them before."""

import random
import re
import shutil
import sqlite3
import uuid

import numpy as np
import pandas as pd
import pytest

import clerkbench
from clerkbench.errors import ReferencedError, UnknownNameError, UnknownRowError
from clerkbench.files.sql_files import SqlFiles
from databases import TWO_SCHOOLS, everything, made
from migration_files import add_migration
from small_school import DR_CHEN, DR_OKAFOR, METRO, METRO_HOSPITAL, RIVERSIDE, SURGERY, uid

#: The tables whose rows may depend on a clerkship. A later schema may have more.
OF_THE_DESIGN = [
    "clerkships", "clerkship_configurations", "clerkship_requirements", "clerkship_electives",
    "preceptor_capacity_rules", "preceptor_fallbacks", "preceptor_teams", "preceptor_team_members",
]  # fmt: skip


def test_a_clerkship_goes_with_everything_that_depends_on_it(own_school):
    gone = own_school.delete("clerkships", SURGERY)
    gone = gone[gone["table"].isin(OF_THE_DESIGN)]
    assert gone[["action", "table", "label"]].to_numpy().tolist() == [
        ["delete", "clerkships", "Surgery"],
        ["delete", "clerkship_configurations", "Surgery"],
        ["delete", "clerkship_requirements", "Surgery, inpatient"],
        ["delete", "preceptor_capacity_rules", "Dr. Chen, Surgery"],
        ["delete", "preceptor_fallbacks", "Surgery, Dr. Chen, Dr. Okafor"],
        ["delete", "preceptor_teams", "Surgery A"],
        ["delete", "clerkship_electives", "Trauma"],
        ["delete", "preceptor_team_members", "Surgery A, Dr. Chen"],
    ]
    assert gone["id"].tolist() == [SURGERY, uid(51), uid(61), uid(91), uid(81), uid(71), uid(65), uid(75)]
    assert gone["path"].iloc[-1] == "preceptor_team_members.team_id → preceptor_teams.clerkship_id → clerkships"
    kept = own_school.tables().set_index("table")["rows"]
    assert {table: count for table, count in kept[OF_THE_DESIGN].items() if count} == {
        "clerkships": 2,
        "clerkship_requirements": 1,
        "preceptor_capacity_rules": 1,
        "preceptor_fallbacks": 1,
    }
    assert kept[["health_systems", "sites", "preceptors"]].tolist() == [2, 2, 4]


def test_a_plan_says_exactly_what_the_delete_does_and_changes_nothing(own_school):
    before = everything(own_school)
    plan = own_school.delete_plan("clerkships", SURGERY)
    assert everything(own_school) == before
    assert own_school.delete("clerkships", SURGERY).equals(plan)


def test_what_has_no_dependents_goes_alone(own_school):
    gone = own_school.delete("preceptor_team_members", uid(75))
    assert gone["label"].tolist() == ["Surgery A, Dr. Chen"]


def test_several_rows_go_in_one_call(own_school):
    both = own_school.sql("SELECT id FROM clerkships ORDER BY name")["id"]
    gone = own_school.delete("clerkships", both)
    assert gone["label"][gone["table"] == "clerkships"].tolist() == ["Pediatrics", "Radiology", "Surgery"]
    assert own_school.sql("FROM clerkships").empty


@pytest.mark.parametrize("none", [[], (), pd.Series([], dtype=object)], ids=["list", "tuple", "Series"])
def test_no_rows_are_no_change(small_school, none):
    before = everything(small_school)
    assert small_school.delete("clerkships", none).empty
    assert everything(small_school) == before


def test_a_row_may_be_named_by_its_name(small_school):
    assert small_school.delete_plan("clerkships", "Surgery").equals(small_school.delete_plan("clerkships", SURGERY))


def test_ids_may_come_out_of_pandas_and_numpy(tmp_path):
    with made(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER)") as bench:
        bench.insert("t", [{"id": number} for number in range(9)])
        frame = bench.sql("FROM t ORDER BY id")
        bench.update("t", frame.loc[0, "id"], x=1)
        for ids in (frame["id"][1:3], frame["id"].to_numpy()[3:5], {5}, pd.Index([6]), np.int64(7)):
            bench.delete("t", ids)
        assert bench.con.execute("FROM t ORDER BY id").fetchall() == [(0, 1), (8, None)]
        with pytest.raises(UnknownRowError, match="A row of t must be given by its id; got DataFrame"):
            bench.delete("t", frame)


def test_a_name_that_two_rows_have_is_refused_with_their_ids(own_school):
    [other] = own_school.insert("preceptor_teams", {"name": "Surgery A"})
    with pytest.raises(
        UnknownRowError, match=r"2 rows of preceptor_teams are named 'Surgery A'\. Name one by its id: "
    ):
        own_school.delete("preceptor_teams", "Surgery A")
    assert own_school.delete("preceptor_teams", other)["id"].tolist() == [other]


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("Surgry", "clerkships has no row 'Surgry'. Did you mean 'Surgery'? Nothing was changed."),
        (uid(999), f"clerkships has no row '{uid(999)}'. Nothing was changed."),
        (5, "clerkships has no row 5. Nothing was changed."),
        (None, "clerkships has no row None. Nothing was changed."),
        (object, "clerkships has no row <class 'object'>. Nothing was changed."),
        ({"id": SURGERY}, "A row of clerkships must be given by its id; got dict. Nothing was changed."),
        ([SURGERY, "Surgry"], "clerkships has no row 'Surgry'. Did you mean 'Surgery'? Nothing was changed."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("act", ["delete", "delete_plan"])
def test_a_row_that_is_not_there_is_reported_as_missing(small_school, act, reference, says):
    before = everything(small_school)
    with pytest.raises(UnknownRowError, match=f"^{re.escape(says)}$"):
        getattr(small_school, act)("clerkships", reference)
    assert everything(small_school) == before


@pytest.mark.parametrize("table", ["clerkship", "configuration_overview", "clerkbench_migrations"])
def test_an_unknown_table_is_refused(small_school, table):
    with pytest.raises(UnknownNameError, match=f"There is no table '{table}'"):
        small_school.delete(table, SURGERY)


# --- RESTRICT


def test_a_refused_delete_names_the_referencing_rows_the_rule_and_the_remedy(small_school):
    before = everything(small_school)
    with pytest.raises(ReferencedError) as refusal:
        small_school.delete("health_systems", "Metro")
    says = str(refusal.value)
    assert says.startswith(
        "health_systems Metro cannot be deleted:\n"
        "- it is referenced by Dr. Chen and Dr. Okafor (preceptors.health_system_id)"
    )
    assert "A preceptor belongs to a health system, which cannot go while it has preceptors." in says
    assert "Give them another row of health_systems with bench.update('preceptors', …, health_system_id=…), or" in says
    assert (
        "Give them another row of sites with bench.update('preceptors', …, site_id=…, health_system_id=…), "
        "empty it with site_id=None, or delete them first." in says
    )
    assert says.endswith("\nNothing was changed.")
    assert everything(small_school) == before


def test_the_plan_of_a_refused_delete_has_the_rows_that_stop_it(small_school):
    plan = small_school.delete_plan("health_systems", METRO)
    assert plan[["action", "table", "label"]].to_numpy().tolist() == [
        ["delete", "health_systems", "Metro"],
        ["restrict", "preceptors", "Dr. Chen"],
        ["restrict", "preceptors", "Dr. Okafor"],
        ["delete", "sites", "Metro Hospital"],
        ["restrict", "preceptors", "Dr. Chen"],
    ]
    assert plan["path"].iloc[-1] == ("preceptors.(site_id, health_system_id) → sites.health_system_id → health_systems")
    with pytest.raises(ReferencedError) as refusal:
        small_school.delete("health_systems", METRO)
    assert refusal.value.rows.equals(plan)


def test_the_remedy_of_a_refused_delete_works(own_school):
    own_school.update("preceptors", DR_CHEN, health_system_id=RIVERSIDE, site_id=None)
    own_school.update("preceptors", DR_OKAFOR, health_system_id=RIVERSIDE)
    gone = own_school.delete("health_systems", METRO)
    assert gone["label"].tolist() == ["Metro", "Metro Hospital"]


def test_a_refused_delete_names_five_of_many_referencing_rows_and_counts_the_others(own_school):
    own_school.insert(
        "preceptors",
        [
            {"name": f"Dr. {n}", "email": f"{n}@x.example", "specialty": "Surgery", "health_system_id": METRO}
            for n in range(7)
        ],
    )
    with pytest.raises(ReferencedError, match=r"it is referenced by (Dr\. \w+, ){4}Dr\. \w+ and 4 more \("):
        own_school.delete("health_systems", METRO)


def test_a_site_is_held_by_the_preceptors_who_work_there(small_school):
    with pytest.raises(
        ReferencedError, match=r"referenced by Dr\. Chen \(preceptors\.site_id and preceptors\.health_system_id\)"
    ):
        small_school.delete("sites", METRO_HOSPITAL)


# --- schemas of others: one more migration, every kind of foreign key

NOTES = """
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL,
        clerkship_id TEXT REFERENCES clerkships (id) /* ON DELETE SET NULL */,
        follows INTEGER REFERENCES notes (id) /* ON DELETE CASCADE */,
        updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    );
    CREATE TABLE stars (note_id INTEGER NOT NULL REFERENCES notes (id) /* ON DELETE CASCADE */);
    CREATE TABLE pins (note_id INTEGER NOT NULL REFERENCES notes (id) /* ON DELETE SET NULL */);
"""


@pytest.fixture
def with_notes(new_bench, own_sql):
    add_migration(own_sql, NOTES, "DROP TABLE pins; DROP TABLE stars; DROP TABLE notes;")
    with new_bench("small", sql_folder=own_sql) as bench:
        bench.insert(
            "notes",
            [
                {"id": 3, "text": "third", "follows": 2},
                {"id": 1, "text": "first", "clerkship_id": SURGERY, "updated_at": "2020-01-01"},
                {"id": 2, "text": "second", "follows": 1},
            ],
        )
        bench.insert("stars", [{"note_id": 2}, {"note_id": 2}, {"note_id": 3}])
        yield bench


def test_a_row_whose_reference_is_set_to_null_stays_and_gets_a_new_time_of_change(with_notes):
    gone = with_notes.delete("clerkships", SURGERY)
    [emptied] = gone[gone["action"] == "set null"].itertuples()
    assert (emptied.table, emptied.id, emptied.label) == ("notes", 1, "Surgery")
    notes = with_notes.sql("SELECT id, clerkship_id, follows, updated_at FROM notes ORDER BY id")
    assert notes["clerkship_id"].isna().all()
    assert notes["follows"].astype("Int64").tolist() == [pd.NA, 1, 2]  # these rows were set aside and restored
    assert notes["updated_at"][0].year > 2020
    assert len(with_notes.sql("FROM stars")) == 3


@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
def test_a_chain_of_rows_in_one_table_is_deleted_to_its_end(with_notes, together):
    if together:
        with with_notes.transaction():
            gone = with_notes.delete("notes", 1)
    else:
        gone = with_notes.delete("notes", 1)
    # Rows of a table without a key go like others; they have no id to be reported by.
    assert gone[["table", "id"]].to_numpy().tolist() == [
        ["notes", 1], ["notes", 2], ["notes", 3], ["stars", None], ["stars", None], ["stars", None],
    ]  # fmt: skip
    assert with_notes.sql("FROM notes").empty
    assert with_notes.sql("FROM stars").empty


# Constraints that row 1 would violate after SET NULL, and row 2 would not.
BROKEN = [
    (
        "x INTEGER, CHECK (p IS NOT NULL OR x > 3)); --",
        [(1, 1, 3), (2, 2, 4)],
        "CHECK(((p IS NOT NULL) OR (x > 3)))",
    ),
    (
        "x INTEGER);\n-- Without a parent, each has its number.\nCREATE UNIQUE INDEX i ON c (coalesce(p, 0), x); --",
        [(1, 1, 3), (2, 2, 4), (3, None, 3)],
        "Without a parent, each has its number",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "rows", "rule"), BROKEN, ids=["a check", "an index"])
def test_set_null_that_violates_a_constraint_is_refused_and_shown_in_the_plan(tmp_path, rest, rows, rule):
    up = f"""
        CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parents (id) /* ON DELETE SET NULL */, {rest}
    """
    with made(tmp_path, up) as bench:
        bench.insert("parents", [{"id": 1}, {"id": 2}])
        bench.insert("c", [dict(zip(("id", "p", "x"), row, strict=True)) for row in rows])
        before = everything(bench)
        plan = bench.delete_plan("parents", [1, 2])
        assert plan[["action", "table", "id"]].to_numpy().tolist()[2:] == [["set null", "c", 2], ["restrict", "c", 1]]
        with pytest.raises(ReferencedError, match=re.escape(f"would lose c.p, which a constraint forbids: {rule}")):
            bench.delete("parents", [1, 2])
        assert everything(bench) == before
        assert bench.delete("parents", 2)["action"].tolist() == ["delete", "set null"]


def test_a_constraint_on_the_time_of_change_is_foreseen_too(tmp_path):
    up = """
        CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE c (
            id INTEGER PRIMARY KEY,
            p INTEGER REFERENCES parents (id) /* ON DELETE SET NULL */,
            sealed BOOLEAN,
            updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            -- What is sealed does not change any more.
            CHECK (NOT sealed OR updated_at < TIMESTAMP '2020-01-01')
        );
        INSERT INTO parents VALUES (1), (2);
        INSERT INTO c VALUES (1, 1, TRUE, '2019-01-01'), (2, 2, FALSE, '2019-01-01');
    """
    with made(tmp_path, up) as bench:
        with pytest.raises(ReferencedError, match=r"1 would lose c\.p, which a .* forbids: What is sealed"):
            bench.delete("parents", [1, 2])
        assert bench.delete("parents", 2)["action"].tolist() == ["delete", "set null"]
        assert bench.con.execute("SELECT id, p FROM c ORDER BY id").fetchall() == [(1, 1), (2, None)]


def test_set_null_on_a_column_that_must_not_be_empty_is_refused(with_notes):
    with_notes.insert("pins", {"note_id": 3})
    before = everything(with_notes)
    with pytest.raises(
        ReferencedError, match=r"would lose pins\.note_id, which a constraint forbids: pins\.note_id must not"
    ):
        with_notes.delete("notes", 3)
    assert everything(with_notes) == before


def test_set_null_on_a_column_that_others_reference_is_refused(tmp_path):
    up = """
        CREATE TABLE systems (id INTEGER PRIMARY KEY);
        CREATE TABLE sites (
            id INTEGER PRIMARY KEY,
            system INTEGER REFERENCES systems (id) /* ON DELETE SET NULL */,
            UNIQUE (id, system)
        );
        CREATE TABLE people (
            id INTEGER PRIMARY KEY,
            site INTEGER,
            system INTEGER,
            FOREIGN KEY (site, system) REFERENCES sites (id, system)
        );
    """
    with made(tmp_path, up) as bench:
        bench.insert("systems", [{"id": 1}, {"id": 2}])
        bench.insert("sites", [{"id": 1, "system": 1}, {"id": 2, "system": 2}])
        bench.insert("people", {"id": 1, "site": 1, "system": 1})
        with pytest.raises(
            ReferencedError, match=r"systems 1 cannot be deleted:\n- it is referenced by 1, 1 \(people\.site and"
        ):
            bench.delete("systems", 1)
        assert bench.delete("systems", 2)["action"].tolist() == ["delete", "set null"]


# A file of somebody else may hold other scripts under the same checksums. Its delete rules hold for it alone.
def test_the_delete_rules_of_one_database_are_not_those_of_another(new_bench):
    one, other = new_bench("small"), new_bench("small")
    other.con.execute("UPDATE clerkbench_migrations SET up_script = replace(up_script, '/* ON DELETE CASCADE */', '')")
    assert set(one.delete_plan("clerkships", SURGERY)["action"]) == {"delete"}
    assert set(other.delete_plan("clerkships", SURGERY)["action"]) == {"delete", "restrict"}
    assert set(one.delete_plan("clerkships", SURGERY)["action"]) == {"delete"}


# The catalog distinguishes two foreign keys of one column by their parent columns. Their delete rules must, too.
@pytest.mark.parametrize("other_way_round", [False, True])
def test_two_foreign_keys_of_one_column_have_separate_delete_rules(tmp_path, other_way_round):
    keys = [
        "FOREIGN KEY (x) REFERENCES p /* ON DELETE CASCADE */",
        "FOREIGN KEY (x) REFERENCES p (b) /* ON DELETE SET NULL */",
    ]
    if other_way_round:
        keys.reverse()
    up = f"""
        CREATE TABLE p (a INTEGER PRIMARY KEY, b INTEGER UNIQUE);
        CREATE TABLE c (id INTEGER PRIMARY KEY, x INTEGER, {", ".join(keys)});
    """
    with made(tmp_path, up) as bench:
        found = bench.relationships().set_index("parent_columns")["on_delete"]
        assert found.to_dict() == {"a": "CASCADE", "b": "SET NULL"}


def test_a_row_without_a_key_cannot_be_named(with_notes):
    with pytest.raises(UnknownRowError, match="stars has no primary key, so nothing identifies its rows"):
        with_notes.delete("stars", 1)


def test_a_delete_rule_that_a_migration_changes_holds_from_then_on(tmp_path):
    """The catalog says the same of the table before and after: DuckDB knows no delete rules."""
    child = "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) /* ON DELETE {} */);"
    cascade, set_null = child.format("CASCADE"), child.format("SET NULL")
    made(tmp_path, "CREATE TABLE parents (id INTEGER PRIMARY KEY);" + cascade).close()
    add_migration(tmp_path, f"DROP TABLE children; {set_null}", f"DROP TABLE children; {cascade}")
    with clerkbench.open(sql_folder=tmp_path, migrate=False) as bench:
        bench.migrate(to=1)
        bench.insert("parents", {"id": 1})

        def fate() -> str:
            bench.insert("children", {"id": 2, "parent": 1})
            [action] = bench.delete_plan("parents", 1)["action"][1:]
            bench.delete("children", 2)
            return action

        found = [fate()]
        for migrate in (bench.migrate, bench.rollback, bench.migrate):
            migrate()
            found.append(fate())
    assert found == ["delete", "set null", "delete", "set null"]


def test_a_database_file_knows_its_delete_rules_on_its_own(own_sql, tmp_path):
    add_migration(own_sql, NOTES, "DROP TABLE notes;")
    with clerkbench.open(tmp_path / "school.duckdb", sql_folder=own_sql) as bench:
        bench.insert("clerkships", {"id": SURGERY, "name": "Surgery", "specialty": "Surgery", "required_days": 45})
        bench.insert("notes", {"id": 1, "text": "first", "clerkship_id": SURGERY})
        plan = bench.delete_plan("clerkships", SURGERY)
    shutil.copy(tmp_path / "school.duckdb", tmp_path / "elsewhere.duckdb")
    shutil.rmtree(own_sql)
    with clerkbench.open(tmp_path / "elsewhere.duckdb", migrate=False) as elsewhere:
        assert elsewhere.delete("clerkships", SURGERY).equals(plan)
        assert plan["action"].tolist() == ["delete", "set null"]


# One table of each shape that keys can have; the parent is deleted.
SHAPES = [
    # two columns, of which the child's may be half empty: then it references nothing
    (
        "CREATE TABLE p (a INTEGER, b INTEGER, PRIMARY KEY (a, b));"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER,"
        " FOREIGN KEY (x, y) REFERENCES p (a, b) /* ON DELETE SET NULL */);",
        {"p": [(1, 1), (1, 2)], "c": [(1, 1, 1), (2, 1, None), (3, None, None), (4, 1, 2)]},
        (1, 1),
        {"p": [(1, 2)], "c": [(1, None, None), (2, 1, None), (3, None, None), (4, 1, 2)]},
    ),
    # a diamond: two ways lead to the same row, and it goes once
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE l (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);"
        "CREATE TABLE r (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, l INTEGER REFERENCES l (id) /* ON DELETE CASCADE */,"
        " r INTEGER REFERENCES r (id) /* ON DELETE CASCADE */);",
        {"p": [(1,), (2,)], "l": [(1, 1)], "r": [(1, 1), (2, 2)], "b": [(1, 1, 1), (2, None, 1), (3, None, 2)]},
        1,
        {"p": [(2,)], "l": [], "r": [(2, 2)], "b": [(3, None, 2)]},
    ),
    # a row that one key would restrict goes by another, and so does not stand in the way
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, one INTEGER REFERENCES p (id) /* ON DELETE RESTRICT */,"
        " two INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);",
        {"p": [(1,)], "c": [(1, 1, 1)]},
        1,
        {"p": [], "c": []},
    ),
    # several keys to one parent, each with its own rule
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, one INTEGER REFERENCES p (id) /* ON DELETE SET NULL */,"
        " two INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);",
        {"p": [(1,), (2,)], "c": [(1, 1, 2), (2, 2, 1), (3, 1, 1)]},
        1,
        {"p": [(2,)], "c": [(1, None, 2)]},
    ),
    # a parent referenced by something that is not its key
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT REFERENCES p (code) /* ON DELETE CASCADE */);",
        {"p": [(1, "a"), (2, None), (3, "b")], "c": [(1, "a"), (2, None), (3, "b")]},
        1,
        {"p": [(2, None), (3, "b")], "c": [(2, None), (3, "b")]},
    ),
    # one row goes and another, which references it, is emptied
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, up INTEGER REFERENCES c (id) /* ON DELETE SET NULL */,"
        " p INTEGER REFERENCES p (id) /* ON DELETE CASCADE */);",
        {"p": [(1,), (2,)], "c": [(1, None, 1), (2, 1, None), (3, 2, 2)]},
        1,
        {"p": [(2,)], "c": [(2, None, None), (3, 2, 2)]},
    ),
    # names spelled in another way than where they were declared
    (
        'CREATE TABLE "Parents" (id INTEGER, PRIMARY KEY (ID));'
        "CREATE TABLE c (id INTEGER, p INTEGER, PRIMARY KEY (Id),"
        " FOREIGN KEY (P) REFERENCES parents (Id) /* ON DELETE CASCADE */);",
        {"Parents": [(1,), (2,)], "c": [(1, 1), (2, 2)]},
        1,
        {"Parents": [(2,)], "c": [(2, 2)]},
    ),
    # the same in a self-reference, which is read before the table exists
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY, up INTEGER REFERENCES P (ID) /* ON DELETE CASCADE */);",
        {"p": [(1, None), (2, 1), (3, None)]},
        1,
        {"p": [(3, None)]},
    ),
    # a child without a key, with constraints that SET NULL has to respect
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (x INTEGER REFERENCES p (id) /* ON DELETE SET NULL */, v INTEGER,"
        " CHECK (x IS NOT NULL OR v > 3)); CREATE UNIQUE INDEX i ON c (coalesce(x, 0), v);",
        {"p": [(1,), (2,)], "c": [(1, 4), (1, 5), (2, 1)]},
        1,
        {"p": [(2,)], "c": [(None, 4), (None, 5), (2, 1)]},
    ),
    # names that need quotes, in every place
    (
        'CREATE TABLE "the ""p" ("i d" INTEGER PRIMARY KEY);'
        'CREATE TABLE "select" ("from" INTEGER PRIMARY KEY,'
        ' "to" INTEGER REFERENCES "the ""p" ("i d") /* ON DELETE CASCADE */);',
        {'the "p': [(1,), (2,)], "select": [(1, 1), (2, 2)]},
        1,
        {'the "p': [(2,)], "select": [(2, 2)]},
    ),
]  # fmt: skip


@pytest.mark.first_cases(3)
@pytest.mark.parametrize("together", [False, True], ids=["on its own", "in a transaction"])
@pytest.mark.parametrize(("up", "rows", "key", "left"), SHAPES)
def test_every_shape_of_key_is_followed(tmp_path, up, rows, key, left, together):
    with made(tmp_path, up) as bench:
        for table, values in rows.items():
            columns = bench.describe(table)["column"]
            bench.insert(table, [dict(zip(columns, row, strict=True)) for row in values])
        if together:
            with bench.transaction():
                bench.delete(next(iter(rows)), key)
        else:
            bench.delete(next(iter(rows)), key)
        assert {
            table: sorted(bench.con.execute(f'FROM "{table.replace(chr(34), chr(34) * 2)}"').fetchall(), key=repr)
            for table in rows
        } == {table: sorted(values, key=repr) for table, values in left.items()}
        assert set(bench.tables()["table"]) == set(left)


# --- every row of every school


def in_sqlite(bench: clerkbench.Workbench) -> sqlite3.Connection:
    """The school in SQLite, from the same scripts, with real ON DELETE actions."""
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.create_function("gen_random_uuid", 0, lambda: str(uuid.uuid4()))
    con.execute("PRAGMA foreign_keys = ON")
    for migration in SqlFiles().migrations:
        script = re.sub(r"COMMENT ON (TABLE|COLUMN) [\w.]+ IS\s'(?:[^']|'')*';", "", migration.up)
        con.executescript(re.sub(r"/\* (ON DELETE [A-Z ]+) \*/", r"\1", script))
    for table in bench.tables()["table"]:
        rows = bench.con.execute(
            f"SELECT * REPLACE (CAST(created_at AS TEXT) AS created_at, "
            f"CAST(updated_at AS TEXT) AS updated_at) FROM {table}"
        ).fetchall()
        if rows:
            con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    return con


@pytest.mark.parametrize("school", TWO_SCHOOLS)
def test_deleting_any_row_gives_what_sqlite_gives(new_bench, school):
    """Row after row in a random order, in rounds until nothing can be deleted any more."""
    bench = new_bench(school)
    tables = list(bench.tables()["table"])
    oracle = in_sqlite(bench)
    chance = random.Random(school)

    def ids(con) -> dict[str, set[str]]:
        return {table: {row for (row,) in con.execute(f"SELECT id FROM {table}").fetchall()} for table in tables}

    refused, deleted = 0, 0
    while rows := [(table, row) for table, found in sorted(ids(oracle).items()) for row in sorted(found)]:
        table, row = chance.choice(rows)
        plan = bench.delete_plan(table, row)
        try:
            oracle.execute(f"DELETE FROM {table} WHERE id = ?", [row])
        except sqlite3.IntegrityError:
            refused += 1
            with pytest.raises(ReferencedError, match="cannot be deleted") as refusal:
                bench.delete(table, row)
            assert refusal.value.rows.equals(plan)
        else:
            deleted += 1
            assert bench.delete(table, row).equals(plan)
        assert ids(bench.con) == ids(oracle)
    assert deleted > 20
    assert refused > 0
