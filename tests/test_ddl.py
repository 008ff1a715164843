"""Declarations that the catalog does not keep are read from the scripts, in any formatting."""

import re

import pytest

import clerkbench
from clerkbench.database.expressions import canonical
from clerkbench.errors import ReferencedError, SqlFileError
from clerkbench.files.declared_constraints import Declared, declared_constraints
from clerkbench.files.sql_text import tokens
from databases import made
from migration_files import add_migration


def rules(*scripts: str) -> dict[tuple[str, tuple[str, ...]], str]:
    return {
        (table, each.columns): each.on_delete
        for table, declared in declared_constraints(scripts).items()
        for each in declared
        if each.kind == "foreign key"
    }


# Each way to write a delete rule: the CREATE TABLE, and the action of column b.
WAYS = [
    # nothing written is RESTRICT
    ("CREATE TABLE t (b TEXT REFERENCES p (id))", "RESTRICT"),
    ("CREATE TABLE t (b TEXT REFERENCES p)", "RESTRICT"),
    ("CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE CASCADE */)", "CASCADE"),
    ("create table t (b text references p (id) /*on delete  set\nnull*/ not null)", "SET NULL"),
    ("CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE NO ACTION */)", "RESTRICT"),
    # what DuckDB itself parses means the same
    ("CREATE TABLE t (b TEXT REFERENCES p (id) ON DELETE RESTRICT)", "RESTRICT"),
    ("CREATE TABLE t (b TEXT, FOREIGN KEY (b) REFERENCES p (id) /* ON DELETE CASCADE */)", "CASCADE"),
    ("CREATE TABLE t (b TEXT, CONSTRAINT b_p FOREIGN KEY (b) REFERENCES p (id) /* ON DELETE CASCADE */)", "CASCADE"),
    ("CREATE OR REPLACE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE CASCADE */)", "CASCADE"),
    ("CREATE TABLE IF NOT EXISTS main.t (b TEXT REFERENCES main.p (id) /* ON DELETE CASCADE */)", "CASCADE"),
    ('CREATE TABLE "T" ("B" TEXT REFERENCES "P" ("id") /* ON DELETE CASCADE */)', "CASCADE"),
    # a comment that is no rule, a comma and a parenthesis inside others
    (
        "CREATE TABLE t (a DECIMAL(9, 2) CHECK (a IN (1, (2))), -- (one,\n"
        "b TEXT /* a parent */ REFERENCES p (id) /* ON DELETE CASCADE */, c TEXT)",
        "CASCADE",
    ),
]


@pytest.mark.parametrize(("script", "action"), WAYS, ids=[way[0] for way in WAYS])
def test_a_delete_rule_is_read_in_every_way_to_write_it(script, action):
    assert rules(script) == {("t", ("b",)): action}


def test_each_foreign_key_has_the_delete_rule_that_follows_it():
    script = """
        CREATE TABLE t (
            a TEXT REFERENCES p (id) /* ON DELETE CASCADE */,
            b TEXT REFERENCES p (id),
            c TEXT,
            FOREIGN KEY (c, a) REFERENCES q (id, a) /* ON DELETE SET NULL */
        );
    """
    assert rules(script) == {("t", ("a",)): "CASCADE", ("t", ("b",)): "RESTRICT", ("t", ("c", "a")): "SET NULL"}


def test_the_columns_that_a_foreign_key_references_are_read_where_they_are_named():
    script = """
        CREATE TABLE t (
            a TEXT REFERENCES main.p ("One", two) /* ON DELETE CASCADE */,
            b TEXT REFERENCES p,
            FOREIGN KEY (a, b) REFERENCES q (x, y)
        );
        ALTER TABLE q RENAME COLUMN y TO z;
    """
    declared = declared_constraints([script, "CREATE TABLE q (x TEXT, y TEXT);", "ALTER TABLE q RENAME COLUMN x TO w;"])
    keys = [(each.parent, each.parent_columns) for each in declared["t"]]
    assert keys == [("p", ("one", "two")), ("p", ()), ("q", ("w", "y"))]


# A comment that looks like a delete rule must be valid and in the right place. Ignoring it would mean RESTRICT.
@pytest.mark.parametrize(
    ("behind", "says"),
    [
        ("/* ON DELETE CASCAD */", "/* ON DELETE CASCAD */ is not a delete rule."),
        ("/* ON DELETE SET DEFAULT */", "/* ON DELETE SET DEFAULT */ is not a delete rule."),
        ("/* on delete */", "/* on delete */ is not a delete rule."),
        ("/* ON DELTE CASCADE */", "/* ON DELTE CASCADE */ is not a delete rule."),
        ("-- ON DELETE CASCADE\n", "-- ON DELETE CASCADE is not a delete rule."),
        ("/* ON UPDATE CASCADE ON DELETE CASCADE */", "ON DELETE CASCADE */ is not a delete rule."),
        (", /* ON DELETE CASCADE */ c TEXT", "/* ON DELETE CASCADE */ does not stand behind a REFERENCES"),
        ("NOT NULL /* ON DELETE CASCADE */", "/* ON DELETE CASCADE */ does not stand behind a REFERENCES"),
    ],
)
def test_a_misspelled_or_misplaced_delete_rule_is_an_error_not_a_restrict(behind, says):
    with pytest.raises(SqlFileError, match=re.escape(says)) as error:
        rules(f"CREATE TABLE t (b TEXT REFERENCES p (id) {behind})")
    assert "After REFERENCES table (columns) write /* ON DELETE CASCADE */" in str(error.value)


def test_one_column_may_refer_to_two_parents_with_two_rules():
    declared = declared_constraints(
        [
            "CREATE TABLE t (a TEXT, FOREIGN KEY (a) REFERENCES p (id) /* ON DELETE CASCADE */, "
            "FOREIGN KEY (a) REFERENCES q (id))"
        ]
    )
    assert [(each.parent, each.on_delete) for each in declared["t"]] == [("p", "CASCADE"), ("q", "RESTRICT")]


def test_tables_of_the_same_name_in_two_schemas_are_distinguished():
    script = """
        CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE CASCADE */);
        CREATE TABLE s.t (b TEXT REFERENCES p (id));
    """
    assert rules(script) == {("t", ("b",)): "CASCADE", ("s.t", ("b",)): "RESTRICT"}


@pytest.mark.parametrize("name", ["check", "unique", "primary", "foreign", "references", "as", "select", "constraint"])
def test_a_quoted_keyword_is_a_name(name):
    script = (
        f'CREATE TABLE "{name}" ("{name}" TEXT REFERENCES p (id) /* ON DELETE CASCADE */, CHECK ("{name}" <> \'\'))'
    )
    [key, check] = declared_constraints([script])[name]
    assert (key.columns, key.on_delete) == ((name,), "CASCADE")
    assert check.expression == f"\"{name}\" <> ''"


def test_a_comment_at_the_end_of_a_line_belongs_to_that_line():
    script = "CREATE TABLE t (\na INTEGER, -- how many\nCHECK (a > 0), -- at least one\nCHECK (a < 9)\n);"
    checks = [each for each in declared_constraints([script])["t"] if each.kind == "check"]
    assert [each.words for each in checks] == ["", ""]


@pytest.mark.parametrize("script", ["", "-- nothing", ";;"])
def test_a_script_without_statements_declares_nothing(script):
    assert declared_constraints([script]) == {}


ANEW = "CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE SET NULL */);"


@pytest.mark.parametrize(
    "later",
    [
        ["DROP TABLE t;" + ANEW],
        ["DROP TABLE IF EXISTS t;", ANEW],
        [ANEW.replace("TABLE t", "TABLE n") + "DROP TABLE t; ALTER TABLE n RENAME TO t;"],
        ["CREATE TABLE kept AS SELECT * FROM t; DROP TABLE t; DROP TABLE kept", ANEW],
    ],
    ids=["rebuilt", "in a later script", "renamed", "with its rows set aside"],
)
def test_a_table_that_a_later_script_rebuilds_has_the_later_rule(later):
    first = "CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE CASCADE */);"
    assert rules(first, *later) == {("t", ("b",)): "SET NULL"}


def test_the_comment_above_a_constraint_is_its_rule_in_words():
    script = """
        -- What the table is for, which is no rule.
        CREATE TABLE t (
            a INTEGER,
            -- The first is positive,
            -- always.
            CHECK (a > 0),
            CHECK (a < 100)
        );
        /* Each once. */
        CREATE UNIQUE INDEX once ON t (coalesce(a, 0));
    """
    assert [each for each in declared_constraints([script])["t"] if each.kind != "integer"] == [
        Declared("check", expression="a > 0", words="The first is positive, always."),
        Declared("check", expression="a < 100"),
        Declared("index", expression="once", words="Each once."),
    ]


def test_signs_beyond_ascii_do_not_shift_what_is_read():
    script = "-- é…名\nCREATE TABLE t (a TEXT,\n-- Größe\nCHECK (a <> '…名'));"
    assert [each for each in declared_constraints([script])["t"] if each.kind != "integer"] == [
        Declared("check", expression="a <> '…名'", words="Größe")
    ]


def test_tokens_carry_their_text_and_place():
    found = tokens('SELECT "a""b" -- why\n;')
    assert [(token.text, token.name, token.start, token.is_comment) for token in found] == [
        ("SELECT", "select", 0, False),
        ('"a""b"', 'a"b', 7, False),
        ("-- why", "-- why", 14, True),
        (";", ";", 21, False),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("name LIKE 'a%'", "(name ~~ 'a%')"),
        ("TRIM(name) <> ''", '("trim"("name") != \'\')'),
        ("a in (1,2)", "(a IN (1, 2))"),
        ("(a IS NULL) = (b IS NULL)", "((a IS NULL) = (b IS NULL))"),
    ],
)
def test_one_expression_has_one_spelling(bench, one, other):
    spelling = canonical(bench.con, [one, other])
    assert spelling[one] == spelling[other]
    assert canonical(bench.con, []) == {}


@pytest.mark.parametrize("name", ["temp", "replace", "temporary", '"or"', '"if"', '"exists"', '"not"'])
def test_an_sql_keyword_can_be_a_name(tmp_path, name):
    up = f"""
        CREATE TABLE parents (id INTEGER PRIMARY KEY, {name} INTEGER UNIQUE);
        CREATE TABLE {name} (
            id INTEGER PRIMARY KEY,
            {name} INTEGER REFERENCES parents (id) /* ON DELETE CASCADE */,
            -- Not below zero.
            CHECK ({name} >= 0)
        );
        CREATE TABLE renamed (old INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) /* ON DELETE SET NULL */);
        ALTER TABLE renamed RENAME COLUMN old TO {name};
    """
    with made(tmp_path, up) as bench:
        rules = bench.relationships().set_index("child")["on_delete"]
        assert rules.to_dict() == {name.strip('"'): "CASCADE", "renamed": "SET NULL"}
        assert "Not below zero." in set(bench.constraints()["rule"])
        bench.con.execute("INSERT INTO parents VALUES (1, 1)")
        bench.insert(name.strip('"'), {"id": 1, name.strip('"'): 1})
        bench.delete("parents", 1)
        assert bench.tables()["rows"].sum() == 0


@pytest.mark.parametrize("made_how", ["CREATE TABLE IF NOT EXISTS", "create /* again */ table if not exists"])
def test_create_if_not_exists_of_an_existing_table_changes_no_delete_rule(tmp_path, made_how):
    add_migration(
        tmp_path,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id));",
        "DROP TABLE child; DROP TABLE parent;",
    )
    add_migration(
        tmp_path,
        f"{made_how} child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) /* ON DELETE CASCADE */);"
        f"{made_how} other (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) /* ON DELETE SET NULL */);",
        "DROP TABLE other;",
        name="more",
    )
    with clerkbench.open(sql_folder=tmp_path) as bench:
        rules = bench.relationships().set_index("child")["on_delete"]
        assert rules.to_dict() == {"child": "RESTRICT", "other": "SET NULL"}
        bench.insert("parent", {"id": 1})
        bench.insert("child", {"id": 1, "parent": 1})
        with pytest.raises(ReferencedError, match=r"it is referenced by 1 \(child\.parent\)"):
            bench.delete("parent", 1)
