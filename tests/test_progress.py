"""Long work shows how far it has come, and quick work shows nothing."""

import pytest

from clerkbench.errors import ArgumentError
from clerkbench.reporting import progress
from databases import everything
from small_school import METRO


def test_quick_work_shows_nothing(capsys):
    assert list(progress.with_progress(range(1_000), "Working")) == list(range(1_000))
    assert capsys.readouterr() == ("", "")


def test_work_of_more_than_two_seconds_shows_what_is_done_and_how_much(capsys, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))  # each item takes a second
    assert list(progress.with_progress(range(6), "Working")) == list(range(6))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Working:  33%" in shown.err
    assert "2/6" in shown.err
    assert shown.err.endswith("\r"), "the bar is gone when the work is done"


def test_an_invalid_number_of_seconds_is_refused_and_changes_nothing(own_school, monkeypatch):
    before = everything(own_school)
    monkeypatch.setenv("CLERKBENCH_PROGRESS_AFTER", "soon")
    says = r"The environment variable CLERKBENCH_PROGRESS_AFTER must be a number of seconds; got 'soon'\. Nothing was"
    with pytest.raises(ArgumentError, match=says), own_school.transaction():
        own_school.delete("clerkships", "Surgery")
    assert everything(own_school) == before


def test_the_progress_bar_is_removed_when_the_operation_fails(capsys, monkeypatch):
    monkeypatch.setenv("CLERKBENCH_PROGRESS_AFTER", "-1")
    with pytest.raises(ZeroDivisionError):
        for item in progress.with_progress(range(6), "Working"):
            1 / item
    assert capsys.readouterr().err.endswith("\r")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (
            lambda bench: bench.insert("health_systems", [{"name": str(n)} for n in range(300)]),
            "Storing health_systems",
        ),
        (lambda bench: bench.delete("clerkships", "Surgery"), "Creating tables again"),
        (lambda bench: bench.delete("clerkships", "Surgery"), "Detaching tables"),
    ],
    ids=["storing", "putting up", "taking down"],
)
def test_what_may_take_long_shows_its_progress(own_school, capsys, monkeypatch, act, says):
    monkeypatch.setenv("CLERKBENCH_PROGRESS_AFTER", "-1")
    with own_school.transaction():
        act(own_school)
    assert says in capsys.readouterr().err
    assert METRO in set(own_school.sql("FROM health_systems")["id"])
