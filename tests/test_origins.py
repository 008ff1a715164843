"""SQL says where each value of a configuration comes from, and may fill it."""

import pytest

import clerkbench
from clerkbench.errors import RowsRejectedError
from databases import rows
from migration_files import add_migration

#: One row a kind of requirement; what a clerkship leaves open comes from there.
DEFAULTS = """
CREATE TABLE house_rules (
    id TEXT NOT NULL PRIMARY KEY,
    requirement_type TEXT NOT NULL UNIQUE,
    block_size_days INTEGER
);
INSERT INTO house_rules (id, requirement_type, block_size_days) VALUES ('1', 'inpatient', 21);
"""

SETTINGS = """
SELECT
    stored.setting,
    coalesce(stored.value, CASE stored.setting WHEN 'team_size_min' THEN '3' END) AS value,
    CASE WHEN stored.value IS NULL AND stored.setting = 'team_size_min' THEN 'school default' ELSE 'set here' END
    AS origin
FROM (SELECT unnest(CAST($2 AS TEXT[])) AS setting, unnest(CAST($4 AS TEXT[])) AS value) AS stored
WHERE $1 IS NOT NULL AND $3 IS NOT NULL AND $5 IS NOT NULL
"""

REQUIREMENTS = """
SELECT requirements.id AS row_id, house_rules.block_size_days, 'school default' AS origin
FROM clerkship_requirements AS requirements
INNER JOIN house_rules ON requirements.requirement_type = house_rules.requirement_type
WHERE requirements.clerkship_id = $1 AND requirements.block_size_days IS NULL
"""


def origins(bench: clerkbench.Workbench, clerkship: str) -> dict[str, str]:
    return dict(bench.configuration(clerkship).settings[["setting", "origin"]].to_numpy().tolist())


def test_a_value_is_set_here_or_the_default_of_the_schema(own_school):
    found = origins(own_school, "Surgery")
    assert found["assignment_strategy"] == "set here"
    assert found["requirement_structure"] == "default of the schema"
    assert found["required_days"] == "set here"
    assert set(origins(own_school, "Pediatrics").values()) == {"set here", "default of the schema"}


@pytest.mark.parametrize("folder", ["settings", "items"])
def test_the_words_for_an_origin_are_those_of_the_sql(own_sql, new_bench, folder):
    file = own_sql / "in_force" / f"{folder}.sql"
    file.write_text(file.read_text(encoding="utf-8").replace("'set here'", "'von uns'"), encoding="utf-8")
    found = new_bench("small", sql_folder=own_sql).configuration("Surgery")
    assert ("von uns" in set(found.settings["origin"])) is (folder == "settings")
    assert ("von uns" in set(found.lists["requirements"]["origin"])) is (folder == "items")


def test_the_sql_fills_values_and_says_from_where_and_nothing_of_it_is_stored(own_sql, new_bench):
    add_migration(own_sql, DEFAULTS, "DROP TABLE house_rules;")
    (own_sql / "in_force" / "settings.sql").write_text(SETTINGS, encoding="utf-8")
    (own_sql / "in_force" / "requirements.sql").write_text(REQUIREMENTS, encoding="utf-8")
    bench = new_bench("small", sql_folder=own_sql)
    found = bench.configuration("Surgery")
    filled = found.settings.set_index("setting").loc["team_size_min"]
    assert (filled["value"], filled["origin"]) == (3, "school default")
    [requirement] = found.lists["requirements"].to_dict("records")
    assert (requirement["block_size_days"], requirement["origin"]) == (21, "school default")
    assert requirement["required_days"] == 35
    assert found.as_dict()["team_size_min"] is None
    assert found.as_dict()["requirements"][0].get("block_size_days") is None
    bench.configure("Surgery", **found.as_dict())
    assert bench.configuration("Surgery").as_dict() == found.as_dict()
    bench.update(
        "clerkship_requirements", bench.sql("SELECT id FROM clerkship_requirements")["id"][0], block_size_days=7
    )
    [requirement] = bench.configuration("Surgery").lists["requirements"].to_dict("records")
    assert (requirement["block_size_days"], requirement["origin"]) == (7, "set here")


# --- settings that belong to no clerkship


def test_what_holds_for_any_clerkship_reads_back_as_it_was_written(own_school):
    found = own_school.school_configuration()
    assert found.lists["fallbacks"][["primary_preceptor", "fallback_preceptor", "origin"]].to_numpy().tolist() == [
        ["Dr. Chen", "Dr. Okafor", "set here"]
    ]
    assert [*found.lists["capacity_rules"]["preceptor"]] == ["Dr. Chen"]
    assert found.lists["teams"].empty
    before = rows(own_school)
    assert own_school.configure_school(**found.as_dict()).as_dict() == found.as_dict()
    assert rows(own_school) == before
    assert "fallbacks:" in repr(found)
    assert "<h4>Any clerkship</h4>" in found._repr_html_()  # private: what a notebook shows


def test_a_list_for_any_clerkship_is_replaced_and_nothing_else(own_school):
    before = rows(own_school)
    found = own_school.configure_school(
        fallbacks=[{"primary_preceptor": "Dr. Okafor", "fallback_preceptor": "Dr. Chen"}],
        teams=[{"name": "Night", "members": ["Dr. Chen", {"preceptor": "Dr. Okafor", "role": "lead"}]}],
    )
    assert [*found.lists["fallbacks"]["primary_preceptor"]] == ["Dr. Okafor"]
    assert found.as_dict()["teams"][0]["members"][1]["role"] == "lead"
    after = rows(own_school)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"preceptor_fallbacks", "preceptor_teams", "preceptor_team_members"}
    of_surgery = [row for row in before["preceptor_fallbacks"] if row[1] is not None]
    assert [row for row in after["preceptor_fallbacks"] if row[1] is not None] == of_surgery
    own_school.configure_school(teams=[])
    assert not {row[2] for row in rows(own_school)["preceptor_teams"]} & {"Night"}


def test_wrong_settings_of_a_school_are_all_reported_and_nothing_changes(own_school):
    before = rows(own_school)
    with pytest.raises(RowsRejectedError) as error:
        own_school.configure_school(fallbacks=[{"primary_preceptor": "Dr. Who"}], electives=["Art"])
    assert "The school cannot be configured like this." in str(error.value)
    assert "There is no setting called 'electives'." in str(error.value)
    assert "Dr. Who" in str(error.value)
    assert rows(own_school) == before


def test_a_table_of_defaults_is_a_setting_of_the_school_without_python(own_sql, new_bench):
    add_migration(own_sql, DEFAULTS, "DROP TABLE house_rules;")
    bench = new_bench("small", sql_folder=own_sql)
    assert bench.school_configuration().as_dict()["house_rules"] == [
        {"id": "1", "requirement_type": "inpatient", "block_size_days": 21}
    ]
    inpatient = {"id": "1", "requirement_type": "inpatient", "block_size_days": 14}
    defaults = [inpatient, {"id": "2", "requirement_type": "elective"}]
    found = bench.configure_school(house_rules=defaults)
    assert found.as_dict()["house_rules"] == [inpatient, {"id": "2", "requirement_type": "elective"}]
