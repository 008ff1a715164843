"""What rows are called where a table has no column ``name``: the same in messages, trees, differences and workbooks."""

import pytest

from databases import made

UP = """
CREATE TABLE languages (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE films (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, language_id INTEGER NOT NULL REFERENCES languages (id)
);
CREATE TABLE employees (
    id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, boss_id INTEGER REFERENCES employees (id)
);
CREATE TABLE nodes (id INTEGER PRIMARY KEY, above_id INTEGER REFERENCES nodes (id));
CREATE TABLE countries (iso INTEGER PRIMARY KEY, code TEXT, area INTEGER);
CREATE TABLE castings (
    film_id INTEGER REFERENCES films (id) /* ON DELETE CASCADE */,
    employee_id INTEGER REFERENCES employees (id),
    PRIMARY KEY (film_id, employee_id)
);
CREATE TABLE measures (id INTEGER PRIMARY KEY, film_id INTEGER UNIQUE REFERENCES films (id) /* ON DELETE CASCADE */);
"""


@pytest.fixture
def studio(tmp_path):
    with made(tmp_path, UP) as bench:
        bench.insert("languages", {"id": 1, "name": "English"})
        films = [{"id": 1, "title": "Rope"}, {"id": 2, "title": "Vertigo"}, {"id": 3, "title": "Vertigo"}]
        bench.insert("films", [{**film, "language_id": 1} for film in films])
        people = [("Ann", "Lee", None), ("Bo", "Ray", 1), ("Cy", None, 2)]
        bench.insert(
            "employees",
            [
                {"id": number, "first_name": first, "last_name": last, "boss_id": boss}
                for number, (first, last, boss) in enumerate(people, start=1)
            ],
        )
        bench.insert("nodes", [{"id": 1}, {"id": 2, "above_id": 1}])
        bench.insert("countries", {"iso": 4, "code": "AF", "area": 1})
        bench.insert("castings", [{"film_id": 1, "employee_id": 2}, {"film_id": 2, "employee_id": 3}])
        bench.insert("measures", {"id": 9, "film_id": 1})
        yield bench


def labels(bench, table: str, key: object) -> list[str]:
    return list(bench.delete_plan(table, key)["label"])


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    ("table", "key", "label"),
    [
        ("films", 1, "Rope"),
        ("films", 2, "Vertigo"),
        ("employees", 3, "Cy"),
        ("nodes", 2, "2"),
        ("countries", 4, "AF"),
        ("castings", (1, 2), "Rope, Bo, Ray"),
        ("measures", 9, "Rope"),
    ],
)
def test_the_label_of_a_row_consists_of_columns_that_users_know(studio, table, key, label):
    assert labels(studio, table, key)[0] == label
    assert studio.related(table, key)["label"].iat[0] == label
    fork = studio.fork()
    fork.sql("DELETE FROM castings" if table == "employees" else "SELECT 1")
    fork.delete(table, key)
    reported = fork.diff(studio).rows
    assert label in set(reported["row"])
    fork.close()


def test_rows_that_are_called_the_same_show_their_keys(studio):
    assert labels(studio, "films", [2, 3])[:2] == ["Vertigo (2)", "Vertigo (3)"]


def test_a_row_is_found_by_its_title(studio):
    assert labels(studio, "films", "Rope")[0] == "Rope"


@pytest.mark.long
def test_a_chain_of_keys_is_cut(tmp_path):
    up = "CREATE TABLE t0 (id INTEGER PRIMARY KEY, title TEXT);" + "".join(
        f"CREATE TABLE t{n} (a INTEGER REFERENCES t{n - 1} ({'id' if n == 1 else 'a'}), "
        f"b INTEGER REFERENCES t{n - 1} ({'id' if n == 1 else 'a'}), PRIMARY KEY (a), UNIQUE (a, b));"
        for n in range(1, 16)
    )
    with made(tmp_path, up) as bench:
        bench.insert("t0", {"id": 1, "title": "a title of some words"})
        for n in range(1, 16):
            bench.insert(f"t{n}", {"a": 1, "b": 1})
        [label] = labels(bench, "t15", 1)
        assert len(label) <= 101
        bench.save(tmp_path / "school.xlsx")
