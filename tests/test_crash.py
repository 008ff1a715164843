"""A process that dies, or is interrupted, in the middle of a change leaves the state before it or the one after."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

import clerkbench
from crashing import CHANGES, PREPARED, fill, fresh, ident
from databases import everything

pytestmark = pytest.mark.long


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize(("rounds", "preceptors"), [(7, 20), (5, 10_000)], ids=["small changes", "large changes"])
def test_a_killed_process_leaves_the_state_before_or_after(tmp_path, rounds, preceptors):
    command = [sys.executable, Path(__file__).with_name("crashing.py"), tmp_path, str(rounds), str(preceptors)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    found = [json.loads(line) for line in said.stdout.splitlines()]
    assert len(found) == rounds * len(CHANGES)
    assert {each["state"] for each in found} == {"before", "after"}
    assert {each["orphans"] for each in found} == {0}
    # Some were killed where rows were set aside, and these were put back by opening the file.
    halfway = [each for each in found if each["aside"]]
    assert halfway
    assert {each["state"] for each in halfway} == {"before"}


@pytest.fixture
def prepared(tmp_path) -> Path:
    """A folder with a file to change."""
    with clerkbench.open(tmp_path / PREPARED) as bench:
        fill(bench, 2_000)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="this system sends no SIGINT to a process of its own")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_interrupted_call_leaves_the_state_before_or_after(prepared, change):
    """Ctrl-C at a random moment, again and again, in one process that goes on."""
    with clerkbench.open(fresh(prepared)) as bench:
        before, begin = everything(bench), time.perf_counter()
        change(bench)
        seconds, after = time.perf_counter() - begin, everything(bench)
    chance = random.Random(change.__name__)
    seen = set()
    for _ in range(8):
        with clerkbench.open(fresh(prepared)) as bench:
            interrupt = threading.Timer(chance.uniform(0, seconds), os.kill, (os.getpid(), signal.SIGINT))
            interrupted = False
            try:
                interrupt.start()
                change(bench)
                interrupt.join()
                time.sleep(0.01)  # for the signal that came too late to interrupt the change
            except KeyboardInterrupt:
                interrupted = True
            state = everything(bench)
            assert state in (before, after)
            seen.add((interrupted, state == after))
            if state == before:
                change(bench)
                assert everything(bench) == after
    assert (True, False) in seen


NOTEBOOK = """
import clerkbench, os, signal, threading
bench = clerkbench.open({file!r})
threading.Timer({after}, os.kill, (os.getpid(), signal.SIGINT)).start()
bench.delete("clerkships", {row!r})
import time; time.sleep(5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system sends no SIGINT to a process of its own")
def test_an_interrupted_notebook_cell_can_be_followed_by_another(prepared):
    """A real kernel, interrupted in the middle of a delete as the stop button does."""
    with clerkbench.open(fresh(prepared)) as bench:
        names = set(bench.sql("FROM clerkships")["name"])
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for after in (0.3, 0.01, 0.02, 0.03, 0.05):
            code = NOTEBOOK.format(file=str(fresh(prepared)), after=after, row=ident(2))
            reply = client.execute_interactive(code, output_hook=lambda _: None, timeout=60)
            assert reply["content"]["ename"] == "KeyboardInterrupt"
            found: list[str] = []
            client.execute_interactive(
                "print(*bench.sql('FROM clerkships')['name'], len(bench.sql('FROM preceptor_teams')), sep='|')\n"
                "bench.close()",
                output_hook=lambda message, found=found: found.append(message["content"].get("text", "")),
                timeout=60,
            )
            *left, teams = "".join(found).strip().split("|")
            assert (set(left), int(teams)) in [(names, 1_000), (names - {"Clerkship 0"}, 500)]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_log_that_duckdb_cannot_read_alone_is_read(tmp_path):
    """DuckDB 2.0 drops a table, and the process is killed. DuckDB alone cannot open the file again without a network,
    because it lacks functions for the defaults in its log. (With a network it may download them.)
    """
    file = tmp_path / "school.duckdb"
    with clerkbench.open(file) as bench:
        bench.insert("clerkships", {"name": "Surgery", "specialty": "Surgery", "required_days": 45})
    script = (
        f"import duckdb, os, signal; con = duckdb.connect({str(file)!r}); "
        "con.execute('DROP TABLE capacity_rules'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    with clerkbench.open(file, migrate=False) as bench:
        assert "capacity_rules" not in set(bench.tables()["table"])
        assert bench.sql("FROM clerkships")["name"].tolist() == ["Surgery"]
