"""What the catalog forgets is read from the scripts, however they are written."""

import pytest

from clerkbench.ddl import Declared, declared_constraints
from clerkbench.errors import SqlFileError
from clerkbench.sql_text import canonical, tokens


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


def test_each_foreign_key_has_the_rule_that_stands_behind_it():
    script = """
        CREATE TABLE t (
            a TEXT REFERENCES p (id) /* ON DELETE CASCADE */,
            b TEXT REFERENCES p (id),
            c TEXT,
            FOREIGN KEY (c, a) REFERENCES q (id, a) /* ON DELETE SET NULL */
        );
    """
    assert rules(script) == {("t", ("a",)): "CASCADE", ("t", ("b",)): "RESTRICT", ("t", ("c", "a")): "SET NULL"}


@pytest.mark.parametrize("rule", ["/* ON DELETE CASCAD */", "/* ON DELETE SET DEFAULT */", "/* on delete */"])
def test_a_misspelt_delete_rule_is_an_error_not_a_restrict(rule):
    with pytest.raises(SqlFileError, match=r"is not a delete rule\. After REFERENCES write") as error:
        rules(f"CREATE TABLE t (b TEXT REFERENCES p (id) {rule})")
    assert rule in str(error.value)


ANEW = "CREATE TABLE t (b TEXT REFERENCES p (id) /* ON DELETE SET NULL */);"


@pytest.mark.parametrize(
    "later",
    [
        ["DROP TABLE t;" + ANEW],
        ["DROP TABLE IF EXISTS t;", ANEW],
        [ANEW.replace("TABLE t", "TABLE n") + "DROP TABLE t; ALTER TABLE n RENAME TO t;"],
        ["CREATE TABLE kept AS SELECT * FROM t; DROP TABLE t; DROP TABLE kept", ANEW],
    ],
    ids=["made anew", "in a later script", "renamed", "with its rows set aside"],
)
def test_a_table_that_a_later_script_makes_anew_has_the_later_rule(later):
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
        -- Each once.
        CREATE UNIQUE INDEX once ON t (coalesce(a, 0));
    """
    assert declared_constraints([script])["t"] == [
        Declared("check", expression="a > 0", words="The first is positive, always."),
        Declared("check", expression="a < 100"),
        Declared("index", expression="once", words="Each once."),
    ]


def test_signs_beyond_ascii_do_not_shift_what_is_read():
    script = "-- é…名\nCREATE TABLE t (a TEXT, -- Größe\nCHECK (a <> '…名'));"
    assert declared_constraints([script])["t"] == [Declared("check", expression="a <> '…名'", words="Größe")]


def test_tokens_carry_their_text_and_place():
    found = tokens('SELECT "a""b" -- why\n;')
    assert [(token.text, token.word, token.start, token.is_comment) for token in found] == [
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
