"""Foreign keys: what they are, that they refuse orphans, and that they hold parents in place."""

import duckdb
import pytest

from clerkbench.errors import RowsRejectedError
from contract import RELATIONSHIPS, lines
from small_school import (
    ANOTHER,
    DR_CHEN,
    DR_OKAFOR,
    METRO,
    NOBODY,
    PEDIATRICS,
    SMALL_SCHOOL,
    SURGERY_TEAM,
)

KEYS = lines(RELATIONSHIPS)


@pytest.fixture(scope="module")
def keys(small_school) -> dict[str, tuple]:
    """The foreign keys of the catalog, by how the contract writes them."""
    return {
        f"{key.child} ({key.child_columns}) -> {key.parent}: {key.cardinality}, {key.on_delete}": key
        for key in small_school.relationships().itertuples()
    }


def test_the_relationships_are_those_of_the_contract(keys):
    new = set(keys) - set(KEYS)
    assert not new, f"Add to RELATIONSHIPS in tests/contract.py: {sorted(new)}"
    assert set(keys) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_row_without_its_parent_is_refused(small_school, keys, key):
    key = keys[key]
    orphan = ANOTHER[key.child] | {key.child_columns.split(", ")[0]: NOBODY}
    with pytest.raises(RowsRejectedError, match=rf"No row of {key.parent} fits .*'{NOBODY}'") as refusal:
        small_school.insert(key.child, orphan)
    assert f"foreign_key:{key.child_columns}" in set(refusal.value.violations["rule"])
    assert small_school.sql(f"FROM {key.child} WHERE {key.child_columns.split(', ')[0]} = '{NOBODY}'").empty


@pytest.mark.parametrize("key", KEYS)
def test_a_parent_with_children_cannot_be_deleted_with_plain_sql(small_school, keys, key):
    key = keys[key]
    parent, child = key.parent_columns.split(", ")[0], key.child_columns.split(", ")[0]
    held = f"FROM {key.parent} WHERE {parent} IN (SELECT {child} FROM {key.child})"
    before = len(small_school.sql(held))
    assert before > 0
    with pytest.raises(duckdb.ConstraintException, match="still referenced by a foreign key in a different table"):
        small_school.con.execute(f"DELETE {held}")
    assert len(small_school.sql(held)) == before


def test_a_parent_without_children_can_be_deleted_with_plain_sql(small_school):
    [row_id] = small_school.insert("clerkships", ANOTHER["clerkships"])
    small_school.con.execute("DELETE FROM clerkships WHERE id = ?", [row_id])
    assert len(small_school.sql("FROM clerkships")) == len(SMALL_SCHOOL["clerkships"])


# A junction: many preceptors in a team, many teams for a preceptor, each pair once.
def test_a_preceptor_may_be_in_several_teams_but_in_each_once(small_school):
    [team] = small_school.insert("preceptor_teams", {"name": "Night team"})
    in_two = {"team_id": team, "preceptor_id": DR_CHEN, "priority": 1}
    members = small_school.insert("preceptor_team_members", [in_two, in_two | {"preceptor_id": DR_OKAFOR}])
    teams_of_chen = small_school.sql("FROM preceptor_team_members WHERE preceptor_id = ?", [DR_CHEN])
    assert set(teams_of_chen["team_id"]) == {team, SURGERY_TEAM}
    with pytest.raises(
        RowsRejectedError, match=r"Night team, Dr\. Chen has team_id 'Night team' and preceptor_id 'Dr\. Chen' already"
    ):
        small_school.insert("preceptor_team_members", in_two | {"priority": 2})
    for member in members:
        small_school.con.execute("DELETE FROM preceptor_team_members WHERE id = ?", [member])
    small_school.con.execute("DELETE FROM preceptor_teams WHERE id = ?", [team])


def test_a_preceptor_of_another_system_cannot_be_given_a_site(small_school):
    [row_id] = small_school.insert("preceptors", ANOTHER["preceptors"])
    with pytest.raises(duckdb.ConstraintException, match="foreign key constraint because key"):
        small_school.con.execute("UPDATE preceptors SET health_system_id = ? WHERE id = ?", [METRO, row_id])
    small_school.con.execute("DELETE FROM preceptors WHERE id = ?", [row_id])


def test_a_second_configuration_of_a_clerkship_is_refused(small_school):
    [row_id] = small_school.insert("clerkship_configurations", {"clerkship_id": PEDIATRICS})
    with pytest.raises(RowsRejectedError, match="Another row has clerkship_id 'Pediatrics' already"):
        small_school.insert("clerkship_configurations", {"clerkship_id": PEDIATRICS})
    small_school.con.execute("DELETE FROM clerkship_configurations WHERE id = ?", [row_id])
