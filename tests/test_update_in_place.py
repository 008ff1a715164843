"""A school in use gets the changes of a fork or of a file, where it lives, beside what an application made there."""

from pathlib import Path

import pytest

import clerkbench
import engines
from application import of_application
from clerkbench.errors import ArgumentError, MovedOnError, RowsRejectedError, SchemaError, TargetError
from clerkbench.interfaces import cli
from databases import rows
from migration_files import add_migration
from small_school import DR_CHEN, METRO, PEDIATRICS, RIVERSIDE, SURGERY, uid


def there_at(place, **options) -> clerkbench.SchoolReader:
    return clerkbench.open(place[0], **place[1], **options)


def run(place, connection, statement: str) -> None:
    engines.run(connection, statement) if place[1] else connection.execute(statement)


CHANGES = {
    "rows of all kinds": lambda bench: (
        bench.insert("clerkships", {"name": "Psychiatry", "specialty": "Psychiatry", "required_days": 30}),
        bench.update("preceptors", DR_CHEN, name="Dr. Wei Chen", max_students=2),
        bench.delete("preceptor_capacity_rules", uid(92)),
    ),
    "a child that moves from a parent that goes to one that comes": lambda bench: (
        bench.insert("health_systems", {"id": uid(13), "name": "Harbor"}),
        bench.update("preceptors", "Dr. Silva", health_system_id=uid(13)),
        bench.delete("requirement_sites", uid(111)),
        bench.delete("elective_preceptors", uid(121)),
        bench.delete("preceptors", "Dr. Mori"),
        bench.delete("health_systems", RIVERSIDE),
    ),
    "a row in the place of another with the same name": lambda bench: (
        bench.delete("preceptor_teams", "Surgery A"),
        bench.insert("preceptor_teams", {"name": "Surgery A", "clerkship_id": SURGERY, "require_same_site": True}),
    ),
    "texts with quotes, backslashes and line ends": lambda bench: bench.update(
        "health_systems", METRO, notes="a 'quoted' \\ text;\r\nwith -- lines\nand ∑"
    ),
    "a value that becomes empty": lambda bench: bench.update("preceptors", DR_CHEN, site_id=None),
}


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("name", CHANGES)
def test_the_changes_of_a_fork_arrive_and_nothing_else_changes(place, connection, name):
    with there_at(place) as there:
        copy = there.fork()
        before = rows(copy)
        CHANGES[name](copy)
        wanted = rows(copy)
        counts = there.adopt(copy)
        assert counts[["added", "changed", "removed"]].to_numpy().sum() > 0
        assert rows(there) == wanted != before
    found = of_application(connection)
    assert [row[0] for row in found[1 if not place[1] else 0]] == [1, 2, 3]  # the events of the application
    with there_at(place) as again:
        assert rows(again) == wanted


@pytest.mark.long
def test_priorities_that_change_places_arrive(place, connection):
    with there_at(place) as there:
        copy = there.fork()
        [second] = copy.insert("preceptor_team_members", {"team_id": uid(71), "preceptor_id": uid(32), "priority": 2})
        there.adopt(copy)
        with copy.transaction():
            copy.update("preceptor_team_members", uid(75), priority=3)
            copy.update("preceptor_team_members", second, priority=1)
            copy.update("preceptor_team_members", uid(75), priority=2)
        there.adopt(copy)
        assert there.sql("SELECT id, priority FROM preceptor_team_members ORDER BY priority").to_numpy().tolist() == [
            [second, 1],
            [uid(75), 2],
        ]


@pytest.mark.long
def test_a_row_that_changed_there_meanwhile_is_named(place, connection):
    with there_at(place) as there:
        copy = there.fork()
        copy.update("clerkships", "Surgery", required_days=50)
        run(place, connection, "UPDATE clerkships SET required_days = 60 WHERE name = 'Surgery'")
        with pytest.raises(MovedOnError, match=r"- clerkships Surgery: changed in both"):
            there.adopt(copy)
        run(place, connection, "UPDATE clerkships SET required_days = 45 WHERE name = 'Surgery'")
        run(place, connection, "UPDATE clerkships SET required_days = 41 WHERE name = 'Pediatrics'")
    with there_at(place) as there:
        copy = there.fork()
        copy.update("clerkships", "Surgery", required_days=50)
        run(place, connection, "UPDATE clerkships SET required_days = 42 WHERE name = 'Pediatrics'")
        there.adopt(copy)
        assert there.sql("SELECT required_days FROM clerkships ORDER BY name")["required_days"].tolist() == [42, 10, 50]


@pytest.mark.long
def test_rows_of_an_application_keep_what_they_reference(place, connection):
    before = of_application(connection)
    with there_at(place) as there:
        copy = there.fork()
        copy.delete("clerkships", "Pediatrics")
        with pytest.raises(
            TargetError, match=r"(?s)rows of others reference rows that would be deleted:\n- clerkships Pedi"
        ):
            there.adopt(copy)
        copy = there.fork()
        copy.delete("preceptors", "Dr. Silva")
        there.adopt(copy)
        assert "Dr. Silva" not in set(there.sql("SELECT name FROM preceptors")["name"])
    assert of_application(connection) == before


@pytest.mark.long
def test_a_fork_is_adopted_again_although_a_trigger_there_keeps_the_times(place, connection):
    """The application of the tests has such a trigger on clerkships in PostgreSQL."""
    if not place[1]:
        connection.execute(
            "CREATE TRIGGER app_times AFTER UPDATE ON clerkships BEGIN "
            "UPDATE clerkships SET updated_at = '2020-01-01 00:00:00' WHERE id = NEW.id; END"
        )
    with there_at(place) as there:
        copy = there.fork()
        for days in (51, 52, 53):
            copy.update("clerkships", "Surgery", required_days=days)
            counts = there.adopt(copy)
            assert counts["changed"].sum() == 1
            assert there.sql("SELECT required_days FROM clerkships WHERE name = 'Surgery'").iat[0, 0] == days
        run(place, connection, "UPDATE clerkships SET required_days = 60 WHERE name = 'Surgery'")
        copy.update("clerkships", "Surgery", required_days=54)
        with pytest.raises(MovedOnError, match=r"- clerkships Surgery: changed in both"):
            there.adopt(copy)


@pytest.mark.long
def test_rows_that_exchange_unique_values_are_not_deleted_where_others_reference_them(place, connection):
    with there_at(place) as there:
        copy = there.fork()
        [other] = copy.insert("clerkship_electives", {"configuration_id": uid(51), "name": "Burns"})
        there.adopt(copy)
        run(
            place,
            connection,
            "CREATE TABLE app_wishes (elective_id TEXT REFERENCES clerkship_electives (id) ON DELETE CASCADE)",
        )
        run(place, connection, "INSERT INTO app_wishes SELECT id FROM clerkship_electives")
        with copy.transaction():
            copy.update("clerkship_electives", other, name="For a moment")
            copy.update("clerkship_electives", "Trauma", name="Burns")
            copy.update("clerkship_electives", other, name="Trauma")
        with pytest.raises(TargetError, match=r"exchange values that must be unique, and others reference them"):
            there.adopt(copy)
    assert len(engines.rows(connection, "SELECT * FROM app_wishes")) == 2


@pytest.mark.long
def test_a_unique_value_that_others_reference_is_not_changed(place, connection):
    run(place, connection, "CREATE TABLE app_cards (email TEXT REFERENCES preceptors (email))")
    run(place, connection, "INSERT INTO app_cards SELECT email FROM preceptors WHERE name = 'Dr. Chen'")
    with there_at(place) as there:
        copy = there.fork()
        copy.update("preceptors", "Dr. Chen", email="wei.chen@metro.example")
        with pytest.raises(TargetError, match="app_cards"):
            there.adopt(copy)
    assert engines.rows(connection, "SELECT p.id FROM preceptors AS p JOIN app_cards USING (email)")


@pytest.mark.long
def test_a_trigger_there_that_changes_other_values_is_noticed(place, connection):
    if place[1]:
        body = "'BEGIN NEW.site_id := NULL; RETURN NEW; END'"
        run(place, connection, f"CREATE FUNCTION app_away() RETURNS trigger LANGUAGE plpgsql AS {body}")
        trigger = "BEFORE UPDATE ON preceptors FOR EACH ROW EXECUTE FUNCTION app_away()"
    else:
        trigger = "AFTER UPDATE ON preceptors BEGIN UPDATE preceptors SET site_id = NULL; END"
    run(place, connection, f"CREATE TRIGGER app_away {trigger}")
    with there_at(place) as there:
        copy = there.fork()
        copy.update("preceptors", "Dr. Chen", max_students=3)
        with pytest.raises(TargetError, match=r"with other values\. A trigger there may have changed them"):
            there.adopt(copy)
        assert there.sql("SELECT count(site_id) AS sites FROM preceptors")["sites"].tolist() == [1]


@pytest.mark.long
def test_a_text_that_the_engine_does_not_take_is_named(place, connection):
    with there_at(place) as there:
        copy = there.fork()
        copy.con.execute("UPDATE clerkships SET description = 'a' || chr(0) || 'b'")
        with pytest.raises(RowsRejectedError, match="A text of clerkships contains a NUL character, at which a state"):
            there.adopt(copy)


@pytest.mark.long
def test_only_a_fork_of_the_school_is_adopted(place, connection, small_school, own_sql):
    with there_at(place) as there, there_at(place) as another:
        for wrong in (another.fork(), small_school, "fork"):
            with pytest.raises(ArgumentError, match=r"adopt\(\) takes a fork of this school"):
                there.adopt(wrong)
        add_migration(own_sql, "ALTER TABLE clerkships ADD COLUMN color TEXT;")
        copy = there.fork()
        with there_at(place, sql_folder=own_sql) as newer:
            newer.migrate()
        with pytest.raises(SchemaError, match="have other migrations"):
            there.adopt(copy)


@pytest.mark.long
def test_a_school_is_updated_from_a_file_on_the_command_line(
    place, connection, new_bench, tmp_path, monkeypatch, capsys
):
    def command(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        return int(end.value.code or 0), capsys.readouterr().out

    schema = ("--schema", place[1]["schema"]) if place[1] else ()
    file = tmp_path / "changed.duckdb"
    with new_bench("small", path=file) as bench:
        bench.update("clerkships", "Surgery", required_days=35)
        bench.delete("preceptor_capacity_rules", uid(92))
        bench.insert("clerkships", {"name": "Art", "specialty": "Art", "required_days": 3})
    code, out = command("update", place[0], *schema, "--from", str(file), "--plan")
    assert "~ Surgery: required days 45 → 35" in out
    assert code == 1  # Art cannot be staffed
    with there_at(place) as there:
        assert len(there.sql("FROM clerkships")) == 3
    code, out = command("update", place[0], *schema, "--from", str(file))
    assert code == 0
    done, rules = out.splitlines()
    assert done.endswith("is updated: 1 rows added, 1 changed, 0 removed.")
    assert rules.startswith("By the rules: ")
    code, out = command("update", place[0], *schema, "--from", str(file), "--delete")
    assert out.splitlines()[0].endswith("is updated: 0 rows added, 0 changed, 1 removed.")
    with there_at(place) as there:
        with clerkbench.open(file) as changed:
            assert not there.diff(changed)
        there.save(tmp_path / "school.xlsx")
    with clerkbench.open() as bench:
        bench.load(tmp_path / "school.xlsx")
        bench.update("clerkships", "Surgery", required_days=36)
        bench.save(tmp_path / "school.xlsx")
    code, out = command("update", place[0], *schema, "--from", str(tmp_path / "school.xlsx"))
    assert (code, out.splitlines()[0].rpartition(": ")[2]) == (0, "0 rows added, 1 changed, 0 removed.")


def test_a_merge_takes_rows_by_id_and_deletes_only_if_asked(own_school, small_school, new_bench):
    other = new_bench("small")
    other.update("clerkships", PEDIATRICS, name="Children")
    own_school.insert("clerkships", {"name": "Art", "specialty": "Art", "required_days": 3})
    counts = own_school.merge(other)
    assert counts.query("table == 'clerkships'")[["rows", "added", "changed", "removed"]].to_numpy().tolist() == [
        [4, 0, 1, 0]
    ]
    counts = own_school.merge(other, delete=True)
    assert int(counts["removed"].sum()) == 1
    assert rows(own_school) == rows(other)


def test_a_merge_that_does_not_fit_changes_nothing(own_school, new_bench):
    other = new_bench("small")
    other.insert("clerkships", {"name": "Art", "specialty": "Art", "required_days": 3})
    own_school.insert("clerkships", {"name": "Art", "specialty": "Art", "required_days": 3})
    before = rows(own_school)
    with pytest.raises(RowsRejectedError, match="The rows of the two schools do not fit together"):
        own_school.merge(other)
    assert rows(own_school) == before
    with pytest.raises(ArgumentError, match="Give another workbench, not"):
        own_school.merge(Path("x.duckdb"))
