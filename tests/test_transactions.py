"""A transaction of the workbench is committed whole or not at all, nests, and commits no orphan."""

import asyncio
import contextlib
import re
import threading

import duckdb
import pytest

import clerkbench
from clerkbench.database.transactions import transaction
from clerkbench.errors import ReferencedError, RowsRejectedError, TransactionError, UnknownNameError
from databases import everything
from migration_files import MIGRATIONS
from small_school import (
    ANOTHER,
    DR_CHEN,
    METRO,
    PEDIATRICS,
    RIVERSIDE,
    SMALL_SCHOOL,
    SURGERY,
    SURGERY_TEAM,
    uid,
)

DERMATOLOGY = {"name": "Dermatology", "specialty": "Dermatology", "required_days": 10}


def test_all_changes_of_a_block_are_kept_together(own_school):
    with own_school.transaction():
        [dermatology] = own_school.insert("clerkships", DERMATOLOGY)
        own_school.insert("clerkship_configurations", {"clerkship_id": dermatology})
        own_school.update("preceptors", DR_CHEN, health_system_id=RIVERSIDE, site_id=None)
        own_school.delete("clerkships", SURGERY)
        assert own_school.sql("FROM clerkships")["name"].sort_values().tolist() == [
            "Dermatology",
            "Pediatrics",
            "Radiology",
        ]
    assert own_school.sql("FROM clerkships")["name"].sort_values().tolist() == [
        "Dermatology",
        "Pediatrics",
        "Radiology",
    ]
    assert own_school.sql("SELECT health_system_id FROM preceptors WHERE id = ?", [DR_CHEN]).iloc[0, 0] == RIVERSIDE


def test_an_exception_takes_everything_back(own_school):
    before = everything(own_school)
    with pytest.raises(ZeroDivisionError), own_school.transaction():
        own_school.insert("clerkships", DERMATOLOGY)
        own_school.delete("clerkships", SURGERY)
        own_school.update("preceptors", DR_CHEN, email="elsewhere@metro.example")
        raise ZeroDivisionError
    assert everything(own_school) == before


# Deletes that DuckDB rejects in one transaction in any order, because it still counts the deleted rows.
ORDERS = [
    # what depends on the clerkship by hand, then the clerkship
    [("preceptor_team_members", uid(75)), ("preceptor_teams", SURGERY_TEAM), ("clerkships", SURGERY)],
    # twice through the same tables
    [("clerkships", SURGERY), ("preceptors", DR_CHEN)],
    [("preceptors", DR_CHEN), ("clerkships", SURGERY), ("clerkships", PEDIATRICS)],
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=[" then ".join(table for table, _ in order) for order in ORDERS])
def test_deletes_may_follow_each_other_in_one_transaction(own_school, order):
    with own_school.transaction():
        for table, row in order:
            own_school.delete(table, row)
    for table, row in order:
        assert own_school.sql(f"FROM {table} WHERE id = '{row}'").empty


def test_rows_stored_in_the_transaction_are_deleted_and_changed_like_others(own_school):
    with own_school.transaction():
        [clerkship] = own_school.insert("clerkships", DERMATOLOGY)
        [team] = own_school.insert("preceptor_teams", {"clerkship_id": clerkship, "name": "Skin"})
        own_school.insert("preceptor_team_members", {"team_id": team, "preceptor_id": DR_CHEN, "priority": 1})
        own_school.update("clerkships", clerkship, name="Skin")
        own_school.update("preceptor_teams", team, clerkship_id=PEDIATRICS)
        assert own_school.delete("clerkships", clerkship)["label"].tolist() == ["Skin"]
    assert own_school.delete("clerkships", PEDIATRICS)["label"].tolist() == ["Pediatrics", "Skin", "Skin, Dr. Chen"]


def test_sql_by_hand_is_part_of_the_transaction(own_school):
    before = everything(own_school)
    with pytest.raises(ZeroDivisionError), own_school.transaction():
        own_school.sql("DELETE FROM preceptor_team_members")
        own_school.con.execute("UPDATE clerkships SET required_days = 1")
        own_school.delete("preceptor_teams", SURGERY_TEAM)  # DuckDB still counts the members that were deleted by hand
        raise ZeroDivisionError
    assert everything(own_school) == before


def test_a_refusal_that_changed_nothing_lets_the_transaction_go_on(own_school):
    with own_school.transaction():
        own_school.delete("preceptor_fallbacks", uid(81))
        with pytest.raises(ReferencedError):
            own_school.delete("health_systems", METRO)
        with pytest.raises(UnknownNameError):
            own_school.delete("health_system", METRO)
        with pytest.raises(RowsRejectedError, match=r"whole number \(INTEGER\); got 'two'"):
            own_school.update("preceptors", DR_CHEN, max_students="two")
        with pytest.raises(RowsRejectedError, match="No row of health_systems fits health_system_id"):
            own_school.update("preceptors", DR_CHEN, health_system_id=uid(999))
        with pytest.raises(RowsRejectedError, match="Row 1 has name 'Dermatology' as well"):
            own_school.insert("clerkships", [DERMATOLOGY, DERMATOLOGY])
        own_school.delete("preceptor_fallbacks", uid(82))
    assert own_school.sql("FROM preceptor_fallbacks").empty


# --- nesting


def test_a_block_inside_another_becomes_part_of_it(own_school):
    before = everything(own_school)
    with pytest.raises(ZeroDivisionError), own_school.transaction():
        with own_school.transaction(), own_school.transaction():
            own_school.delete("clerkships", SURGERY)
        raise ZeroDivisionError
    assert everything(own_school) == before
    with own_school.transaction():
        with own_school.transaction():
            own_school.delete("clerkships", SURGERY)
        own_school.delete("clerkships", PEDIATRICS)
    assert own_school.sql("FROM clerkships")["name"].tolist() == ["Radiology"]


# DuckDB has no savepoints: what failed inside cannot be taken back alone.
@pytest.mark.parametrize(
    "fail",
    [
        lambda bench: bench.sql("SELECT nothing"),
        lambda bench: bench.sql("INSERT INTO clerkships SELECT * FROM clerkships"),
    ],
    ids=["a query", "a query that stores"],
)
def test_an_ignored_failure_rolls_back_the_whole_transaction(own_school, fail):
    before = everything(own_school)
    with (
        pytest.raises(
            TransactionError, match=r"failed inside the transaction, and the error was ignored.*nothing of it was"
        ) as end,
        own_school.transaction(),
    ):
        own_school.insert("health_systems", {"name": "Valley"})
        with pytest.raises(clerkbench.errors.ClerkbenchError) as refusal:
            fail(own_school)
    assert everything(own_school) == before
    if not isinstance(refusal.value, clerkbench.errors.QueryError):
        assert str(end.value).endswith(f"What failed: {refusal.value}")
    own_school.delete("clerkships", SURGERY)


def test_a_block_that_failed_inside_another_takes_it_back_too(own_school):
    before = everything(own_school)
    with (
        pytest.raises(TransactionError, match=r"nothing of it was kept\. What failed: division by zero"),
        own_school.transaction(),
    ):
        own_school.insert("health_systems", {"name": "Valley"})
        with pytest.raises(ZeroDivisionError), own_school.transaction():
            own_school.insert("clerkships", DERMATOLOGY)
            raise ZeroDivisionError("division by zero")
    assert everything(own_school) == before


def test_a_block_of_another_task_is_refused_as_long_as_one_is_open(own_school):
    refused, entered = asyncio.Event(), asyncio.Event()

    async def first():
        with own_school.transaction():
            own_school.insert("clerkships", DERMATOLOGY)
            entered.set()
            await refused.wait()

    async def second():
        await entered.wait()
        try:
            not_ours = pytest.raises(TransactionError, match="A transaction of another task is open")
            with not_ours, own_school.transaction():
                own_school.insert("preceptor_teams", {"name": "Skin"})
        finally:
            refused.set()

    async def both():
        await asyncio.gather(first(), second())

    asyncio.run(asyncio.wait_for(both(), 60))
    assert "Skin" not in set(own_school.sql("FROM preceptor_teams")["name"])
    assert DERMATOLOGY["name"] in set(own_school.sql("FROM clerkships")["name"])


@pytest.mark.first_cases(4)
@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
@pytest.mark.parametrize(
    "act",
    [
        lambda bench: bench.update("preceptors", DR_CHEN, health_system_id=RIVERSIDE, site_id=None),
        lambda bench: bench.delete("clerkships", SURGERY),
        lambda bench: bench.insert("clerkships", DERMATOLOGY),
        lambda bench: None,
    ],
    ids=["an update", "a delete", "an insert", "nothing"],
)
def test_ending_a_transaction_inside_its_block_is_reported_and_nothing_is_done_after_it(own_school, end, act):
    own_school.con.execute("UPDATE clerkships SET updated_at = updated_at")
    before = everything(own_school)
    with (
        pytest.raises(
            TransactionError,
            match=r"was ended inside its block: .* What was committed by hand stays, and so does what was done after",
        ),
        own_school.transaction(),
    ):
        own_school.insert("health_systems", {"id": uid(13), "name": "Valley"})
        own_school.sql(end)
        act(own_school)
    assert set(everything(own_school)) == set(before)
    systems = own_school.sql("FROM health_systems")["name"].tolist()
    assert ("Valley" in systems) == (end == "COMMIT")
    own_school.con.execute("DELETE FROM health_systems WHERE name = 'Valley'")
    assert everything(own_school) == before


@pytest.mark.parametrize("act", ["migrate", "rollback"])
def test_a_call_that_needs_its_own_transaction_is_refused_in_another(own_school, act):
    with (
        own_school.transaction(),
        pytest.raises(TransactionError, match=r"A transaction is open on this connection\. End it first: leave"),
    ):
        getattr(own_school, act)()


def test_the_migrations_can_be_asked_in_a_transaction(own_school):
    with own_school.transaction():
        assert len(own_school.migrations()) == len(MIGRATIONS)


def test_a_school_is_not_seeded_in_a_transaction(bench):
    with bench.transaction(), pytest.raises(TransactionError, match="A transaction is open on this connection"):
        bench.seed("hybrid")


@pytest.mark.parametrize(
    "act",
    [
        lambda bench: bench.insert("clerkships", DERMATOLOGY),
        lambda bench: bench.update("clerkships", SURGERY, required_days=50),
        lambda bench: bench.delete("clerkships", SURGERY),
        lambda bench: bench.transaction().__enter__(),
    ],
    ids=["insert", "update", "delete", "transaction"],
)
def test_a_transaction_begun_by_hand_is_left_alone(own_school, act):
    own_school.con.begin()
    own_school.con.execute("INSERT INTO health_systems (name) VALUES ('Valley')")
    with pytest.raises(TransactionError, match="A transaction is open on this connection"):
        act(own_school)
    own_school.con.commit()
    assert len(own_school.sql("FROM health_systems")) == 3
    assert len(own_school.sql("FROM clerkships")) == len(SMALL_SCHOOL["clerkships"])


def test_a_plan_may_be_made_in_any_transaction(own_school):
    plan = own_school.delete_plan("clerkships", SURGERY)
    with own_school.transaction():
        assert own_school.delete_plan("clerkships", SURGERY).equals(plan)
    own_school.con.begin()
    assert own_school.delete_plan("clerkships", SURGERY).equals(plan)
    own_school.con.rollback()


# --- orphans: another connection of the same process changes what the transaction relies on


@pytest.fixture
def other(own_school):
    """Another connection to the same database, used without the workbench."""
    with own_school.con.cursor() as other:
        yield other


def test_a_child_whose_parent_another_connection_deletes_is_not_committed(own_school, other):
    before = everything(own_school)
    with pytest.raises(TransactionError) as refusal, own_school.transaction():
        own_school.insert("clerkship_configurations", {"clerkship_id": PEDIATRICS})
        other.execute("DELETE FROM clerkships WHERE id = ?", [PEDIATRICS])
    assert str(refusal.value) == (
        "While the transaction was open, another connection changed clerkship_configurations or clerkships, and "
        f"clerkship_configurations.clerkship_id would reference rows of clerkships that do not exist: {PEDIATRICS}. "
        "Run it again. Nothing was changed."
    )
    assert everything(own_school)["clerkship_configurations"] == before["clerkship_configurations"]


def test_a_parent_to_which_another_connection_adds_a_child_is_not_deleted(own_school, other):
    says = f"would reference rows of clerkships that do not exist: {PEDIATRICS}"
    with pytest.raises(TransactionError, match=says), own_school.transaction():
        own_school.delete("clerkships", PEDIATRICS)
        other.execute("INSERT INTO clerkship_configurations (clerkship_id) VALUES (?)", [PEDIATRICS])
    assert len(own_school.sql("FROM clerkship_configurations")) == 2
    assert len(own_school.sql("FROM clerkships")) == len(SMALL_SCHOOL["clerkships"])


# A rebuilt table contains the snapshot of the transaction. Later rows of other connections would be lost.
@pytest.mark.first_cases(1)
@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO preceptor_capacity_rules (preceptor_id) SELECT id FROM preceptors WHERE name = 'Dr. Silva'",
        f"UPDATE preceptor_capacity_rules SET max_students_per_day = 2 WHERE id = '{uid(91)}'",
        f"DELETE FROM preceptor_capacity_rules WHERE id = '{uid(92)}'",
    ],
    ids=["an insert", "an update", "a delete"],
)
def test_what_another_connection_stored_in_a_rebuilt_table_is_not_lost(own_school, other, change):
    says = "another connection changed preceptor_capacity_rules, which the transaction rebuilds"
    with pytest.raises(TransactionError, match=says), own_school.transaction():
        own_school.insert("health_systems", {"name": "Valley"})
        other.execute(change)
        seen = everything(own_school)["preceptor_capacity_rules"]
        own_school.delete("clerkships", SURGERY)
    assert everything(own_school)["preceptor_capacity_rules"] != seen
    assert len(own_school.sql("FROM health_systems")) == 2
    own_school.delete("clerkships", SURGERY)


def test_what_another_connection_does_elsewhere_does_not_stop_a_transaction(own_school, other):
    with own_school.transaction():
        [team] = own_school.insert("preceptor_teams", ANOTHER["preceptor_teams"])
        own_school.insert("preceptor_team_members", {"team_id": team, "preceptor_id": DR_CHEN, "priority": 1})
        own_school.delete("clerkships", SURGERY)
        own_school.update("preceptors", DR_CHEN, site_id=None)
        other.execute(
            "INSERT INTO health_systems (id, name) VALUES ('00000000-0000-4000-8000-000000000013', 'Valley');"
            "INSERT INTO school_defaults (requirement_type) VALUES ('elective')"
        )
    assert own_school.sql("FROM clerkships")["name"].tolist() == ["Pediatrics", "Radiology"]
    assert len(own_school.sql("FROM health_systems")) == 3


def test_a_write_conflict_of_two_connections_on_one_row_is_reported(own_school, other):
    other.begin()
    other.execute(f"UPDATE clerkships SET required_days = 50 WHERE id = '{SURGERY}'")
    with pytest.raises(TransactionError, match="Another connection changed the same rows at the same time"):
        own_school.update("clerkships", SURGERY, required_days=51)
    other.commit()
    assert own_school.update("clerkships", SURGERY, required_days=51)["required_days"] == 51


@pytest.mark.long
def test_two_benches_on_one_file_take_turns(tmp_path):
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file) as one, clerkbench.open(tmp_path / "." / "school.duckdb") as two:
        done = []

        def insert() -> None:
            two.insert("health_systems", {"name": "Valley"})
            done.append("two")

        with one.transaction():
            one.insert("health_systems", {"name": "Metro"})
            waiting = threading.Thread(target=insert)
            waiting.start()
            waiting.join(timeout=0.3)
            done.append("one")
        waiting.join()
        assert done == ["one", "two"]
        assert len(two.sql("FROM health_systems")) == 2


# --- no message of DuckDB's about foreign keys


QUERIES = [
    (
        f"DELETE FROM clerkships WHERE id = '{SURGERY}'",
        "still reference a row to delete or change: those with clerkship_id: 00000000-",
    ),
    (f"UPDATE preceptors SET email = 'x' WHERE id = '{DR_CHEN}'", "bench.update(table, id, …) changes it."),
    (
        f"INSERT INTO clerkship_configurations (clerkship_id) VALUES ('{uid(999)}')",
        f"A row would reference a row that does not exist: no row has id: {uid(999)}.",
    ),
    ("DROP TABLE clerkships", "references the table. DuckDB drops it only after the tables that reference it"),
    ("ALTER TABLE clerkships RENAME TO rotations", "a migration may alter it all the same"),
]


@pytest.mark.parametrize(("query", "says"), QUERIES, ids=[query for query, _ in QUERIES])
def test_a_refused_query_is_explained_in_words_of_the_workbench(own_school, query, says):
    with pytest.raises(clerkbench.errors.QueryError, match=re.escape(says)) as refusal:
        own_school.sql(query)
    assert "foreign key" not in str(refusal.value).lower()
    with pytest.raises(duckdb.Error):
        own_school.con.execute(query)


# DuckDB answers the COMMIT of an aborted transaction without an error, and keeps nothing of it.
def test_a_transaction_that_a_caught_error_has_aborted_is_not_taken_for_committed():
    with duckdb.connect() as con:
        with pytest.raises(TransactionError, match=r"committed\..*aborted"), transaction(con):
            con.execute("CREATE TABLE t (a INTEGER)")
            with contextlib.suppress(duckdb.CatalogException):
                con.execute("CREATE VIEW v AS FROM nothing")
        assert con.execute("FROM duckdb_tables()").fetchall() == []
