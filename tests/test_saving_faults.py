"""After a kill, Ctrl-C or a full disk during a write, the file is either the old one or the complete new one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("saving_faults.py")

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no fork"),
]


@pytest.mark.parametrize("writer", ["folder", "workbook", "sqlite", "diagram"])
def test_whatever_stops_it_a_file_is_the_old_one_or_the_new_one(tmp_path, writer):
    done = subprocess.run(
        [sys.executable, PROGRAM, tmp_path, writer, "3"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == 2 * 3 * 3
    assert [each for each in rounds if each["found"] not in ("before", "after")] == []
    for each in rounds:
        said = str(each["said"])
        if each["fault"] == "full disk":
            assert each["left"] == [], each
        assert all(name.startswith((".clerkbench-", "school.sqlite-")) for name in each["left"]), each
        if "Nothing was changed" in said:
            assert each["found"] == "before", each
        if each["fault"] == "full disk" and each["said"] != "written":
            assert "Error: " in said
            assert "cannot be written" in said or "SQLite says" in said, each
    stopped = [each for each in rounds if each["fault"] == "full disk" and each["said"] != "written"]
    assert stopped, "the disk was never full"
    assert {each["found"] for each in rounds if each["fault"] == "kill"} >= {"before"}
