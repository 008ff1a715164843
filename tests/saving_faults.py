"""Stops processes while they write files. test_saving_faults.py runs it as a separate process, which forks children.

Usage: saving_faults.py FOLDER WRITER ROUNDS
Each kind of fault happens at evenly spaced moments: a kill and Ctrl-C at a file operation or at a statement that is
sent to an engine, a full disk after a number of bytes. Prints one line of JSON for each: the state found afterwards.
"""

import json
import logging
import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import clerkbench
from clerkbench.files.atomic_write import finish_replacing
from clerkbench.interchange.spreadsheets import workbook_reader
from forked import in_child

TARGETS = {"folder": "school", "workbook": "school.xlsx", "sqlite": "school.sqlite", "diagram": "school.md"}


def write(bench: clerkbench.Workbench, target: Path) -> None:
    if target.suffix == ".sqlite":
        bench.export(target, replace=target.exists())
    elif target.suffix == ".md":
        bench.diagram(columns="all" if "new" in bench.sql("FROM sites")["notes"].to_list() else "keys").save(target)
    else:
        bench.save(target)


def content(target: Path) -> object:
    """The content as a reader finds it. Folders and workbooks are read with the code of clerkbench."""
    if target.is_dir():
        finish_replacing(target)
        return {file.name: file.read_text(encoding="utf-8-sig") for file in target.iterdir() if file.is_file()}
    if not target.exists():
        return None
    if target.suffix == ".xlsx":
        return [(sheet.title, repr(sheet.rows)) for sheet in workbook_reader.read(target)]
    if target.suffix == ".sqlite":
        con = sqlite3.connect(target)
        try:
            return sorted(con.iterdump())
        finally:
            con.close()
    return target.read_text(encoding="utf-8")


class Watcher(logging.Handler):
    """Counts the file operations in a folder and the statements sent to an engine, and causes a fault at one."""

    def __init__(self, folder: Path, at: int, strike: Callable[[], None]) -> None:
        super().__init__()
        self.folder, self.at, self.strike, self.count = str(folder), at, strike, 0
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.listdir") and str(
            args[0]
        ).startswith(self.folder):
            self.moment()

    def emit(self, record: logging.LogRecord) -> None:
        self.moment()

    def moment(self) -> None:
        self.count += 1
        if self.count == self.at:
            self.strike()


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    raise KeyboardInterrupt


def struck(database: Path, target: Path, at: int, strike: Callable[[], None]) -> int:
    """Write, and cause a fault at one moment. Returns the number of moments."""
    bench = clerkbench.open(database)
    watcher = Watcher(target.parent, at, strike)
    log = logging.getLogger("clerkbench.sql")
    if target.suffix == ".sqlite":
        log.setLevel(logging.DEBUG)
        log.addHandler(watcher)
    write(bench, target)
    return watcher.count


def limited(database: Path, target: Path, size: int) -> str:
    """Write where no file may grow beyond so many bytes."""
    bench = clerkbench.open(database)
    bench.tables()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    write(bench, target)
    return "written"


def prepare(database: Path, target: Path) -> None:
    with clerkbench.open(database) as bench:
        bench.seed("hybrid")
        write(bench, target)
        bench.con.execute("UPDATE sites SET notes = 'new'")


def main(folder: Path, writer: str, rounds: int) -> None:
    database, place = folder / "bench" / "school.duckdb", folder / "files"
    target, kept = place / TARGETS[writer], folder / "kept" / TARGETS[writer]
    for each in (database.parent, place, kept.parent):
        each.mkdir()
    assert in_child(lambda: prepare(database, target)) is None
    before = content(target)
    target.rename(kept)

    def again(*, present: bool) -> None:
        shutil.rmtree(place)
        place.mkdir()
        if present and kept.is_dir():
            shutil.copytree(kept, target)
        elif present:
            shutil.copy(kept, target)

    for present in (True, False):
        again(present=present)
        moments = in_child(lambda: struck(database, target, 0, kill))
        names = {repr(before if present else None): "before", repr(content(target)): "after"}
        if not present:
            names[repr(["BEGIN TRANSACTION;", "COMMIT;"])] = "before"  # SQLite makes a file before the first statement
        largest = max(file.stat().st_size for file in [target, *place.rglob("*")] if file.is_file())
        for number in range(rounds):
            at = 1 + round(number / (rounds - 1) * (moments - 1))
            size = round(largest * (number + 0.5) / rounds)
            for fault, act in (
                ("kill", lambda at=at: struck(database, target, at, kill)),
                ("interrupt", lambda at=at: struck(database, target, at, interrupt)),
                ("full disk", lambda size=size: limited(database, target, size)),
            ):
                again(present=present)
                said = in_child(act)
                found = repr(content(target))
                left = sorted(file.name for file in [*place.iterdir(), *target.glob(".*")] if file != target)
                reported = {"fault": fault, "present": present, "said": said, "found": names.get(found, found[:300])}
                print(json.dumps({**reported, "left": left}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
