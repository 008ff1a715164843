"""URLs are always shown without passwords. A call that needs a file rejects a URL."""

import shutil
from pathlib import Path

import pytest

import clerkbench
from clerkbench.errors import ArgumentError
from clerkbench.files import urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:s3same@host:5432/db", "postgresql://ann@host:5432/db"),
        ("postgresql://ann:s3/s@me@host/db", "postgresql://ann@host/db"),
        ("postgresql:///db?host=/tmp&password=s3same&x=1", "postgresql:///db?host=/tmp&password=***&x=1"),
        ("postgresql:/ann:s3same@host/db", "postgresql://ann@host/db"),  # what a path makes of it
        ("postgres:ann:s3same@host/db", "postgres://ann@host/db"),
        ("mysql://root:s3same@host/db", "mysql://root@host/db"),
        ("https://host/school.csv", "https://host/school.csv"),
        ("school.duckdb", "school.duckdb"),
        (r"C:\schools\a:b@c.duckdb", r"C:\schools\a:b@c.duckdb"),
        ("C:/schools/a:b@c.duckdb", "C:/schools/a:b@c.duckdb"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert urls.without_password(url) == shown


@pytest.mark.parametrize(
    ("password", "said", "reported"),
    [
        ("s3same", 'cannot open "postgresql://ann:s3same@host/db"', 'cannot open "postgresql://ann@host/db"'),
        ("top/secret", 'invalid integer value "top" for "port"', 'invalid integer value "***" for "port"'),
        ("p%40ss", "p@ss, p%40ss", "***, ***"),
        ("server", 'the server knows no user "server"', 'the server knows no user "***"'),
        ("a", 'a user "ann" failed', 'a user "ann" failed'),
        ("ann", 'user "ann" failed', 'user "ann" failed'),  # which the URL shows in any case
        ("", 'user "ann" failed', 'user "ann" failed'),
    ],
)
def test_what_a_driver_repeats_of_a_password_is_taken_out_and_nothing_else(password, said, reported):
    assert urls.mask_secrets(said, f"postgresql://ann:{password}@host/db") == reported


URL = "postgresql://ann:s3same@db.example.org/schools"


@pytest.mark.parametrize(
    "act",
    [
        lambda bench: clerkbench.open(URL.replace("postgresql", "mysql")),
        lambda bench: clerkbench.open(Path(URL)),
        lambda bench: bench.load(URL),
        lambda bench: bench.save(URL),
        lambda bench: bench.validate("sites", URL),
        lambda bench: bench.dictionary().save(URL),
    ],
    ids=["open", "open a path", "load", "save", "validate", "a page"],
)
def test_a_url_is_refused_where_a_file_is_required(bench, act, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ArgumentError, match=r"ann@db\.example\.org/schools is a URL, and here a file is meant"
    ) as refusal:
        act(bench)
    assert "s3same" not in str(refusal.value)
    assert str(refusal.value).endswith("Nothing was changed.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.first_cases(3)
@pytest.mark.parametrize(
    "command",
    [
        ["seed", "hybrid", URL],
        ["migrate", URL],
        ["rollback", URL],
        ["save", URL, "school.xlsx"],
        ["save", "school.duckdb", URL],
        ["load", URL, "new.duckdb"],
        ["load", "school.xlsx", URL],
        ["template", URL],
        ["validate", "sites", URL],
        ["types", URL],
        ["docs", URL],
        ["docs", "page.md", "--database", URL],
        ["import", "school.duckdb", URL],
        ["import", URL, URL],
        ["export", "school.duckdb", URL.replace("://", ":/")],
        ["diff", "school.duckdb", URL.replace("://", ":/")],
        ["audit", URL.replace("://", ":/")],
        ["audit", URL.replace("://", ":/"), "school.duckdb"],
    ],
    ids=lambda command: " ".join(command),
)
def test_a_command_that_needs_a_file_shows_no_password(run, templates, command):
    shutil.copyfile(templates.file("empty"), "school.duckdb")
    before = sorted(Path.cwd().iterdir())
    code, out, err = run(*command)
    assert code == 2
    assert "s3same" not in out + err
    assert "ann@db.example.org/schools" in err and "Traceback" not in err
    assert sorted(Path.cwd().iterdir()) == before
