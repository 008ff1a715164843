"""The types of the rows say what the schema says, in Python and in TypeScript, and are never stale."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import clerkbench
import engines
from clerkbench.errors import ArgumentError, UnknownNameError
from databases import ROOT, made

FOLDER = ROOT / "application_types"
FILES = {
    "rows.py": ("python", None),
    "postgres.ts": ("typescript", "postgres"),
    "sqlite.ts": ("typescript", "sqlite"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_types_that_are_kept_are_those_of_the_schema(bench, name):
    assert (FOLDER / name).read_text(encoding="utf-8") == bench.types(*FILES[name]), "make docs writes them anew"


def test_no_other_types_are_kept():
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == set(FILES)


@pytest.mark.parametrize(
    ("arguments", "error", "reported"),
    [
        (("pyhton",), UnknownNameError, "There are no types for the language 'pyhton'. Did you mean 'python'?"),
        (("typescript",), ArgumentError, "give a dialect, dialect='…' or --dialect: postgres or sqlite"),
        (("typescript", "postgre"), UnknownNameError, "There is no dialect 'postgre'. Did you mean 'postgres'?"),
        (("python", "postgres"), ArgumentError, "Python's types are the same for all engines"),
    ],
)
def test_an_unknown_language_or_dialect_is_refused(bench, arguments, error, reported):
    with pytest.raises(error) as refused:
        bench.types(*arguments)
    assert reported in str(refused.value)


# --- Python


def mypy(folder: Path, program: str) -> str:
    """What mypy says of a program that uses the types; nothing where it finds no fault."""
    shutil.copy(FOLDER / "rows.py", folder / "rows.py")
    name = f"program_{hashlib.sha256(program.encode()).hexdigest()}.py"  # for mypy remembers programs by their names
    (folder / name).write_text(program, encoding="utf-8")
    return checked(folder, name)


def checked(folder: Path, name: str) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(ROOT / "build" / "mypy")]
    done = subprocess.run([*command, name], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return "" if done.returncode == 0 else done.stdout


PROGRAM = """
import datetime

from rows import ClerkshipConfigurations, NewClerkshipConfigurations, NewPreceptorTeams, Preceptors, SiteType

new: NewClerkshipConfigurations = {"clerkship_id": "x", "assignment_strategy": "hybrid", "block_size_days": None}
team: NewPreceptorTeams = {"name": "Night"}
kind: SiteType = "clinic"


def blocks(configuration: ClerkshipConfigurations, days: int) -> int:
    if configuration["block_size_days"] is None or not configuration["allow_partial_blocks"]:
        return 0
    return days // configuration["block_size_days"]


def since(preceptor: Preceptors) -> datetime.datetime:
    return preceptor["created_at"]
"""


def test_mypy_accepts_a_program_that_uses_the_types(tmp_path):
    assert mypy(tmp_path, PROGRAM) == ""


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(
    ("right", "wrong", "reported"),
    [
        ('"hybrid"', '"hybird"', '"assignment_strategy" has type "Literal['),
        ('SiteType = "clinic"', 'SiteType = "clinics"', "Incompatible types in assignment"),
        ('{"name": "Night"}', "{}", 'Missing key "name" for TypedDict "NewPreceptorTeams"'),
        ('{"name": "Night"}', '{"name": None}', '"name" has type "str"'),
        ('["created_at"]', '["created"]', 'TypedDict "Preceptors" has no key "created"'),
        ('configuration["block_size_days"] is None or not ', "not ", "Unsupported operand types for //"),
    ],
    ids=["a wrong literal", "another", "a missing column", "a NULL", "an unknown column", "None forgotten"],
)
def test_mypy_rejects_a_program_that_uses_them_wrongly(tmp_path, right, wrong, reported):
    assert right in PROGRAM
    assert reported in mypy(tmp_path, PROGRAM.replace(right, wrong))


def loaded(folder: Path, text: str):
    path = folder / "written.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_python_types_say_what_the_catalog_says(bench, tmp_path):
    module = loaded(tmp_path, bench.types("python"))
    for table in bench.tables()["table"]:
        camel = "".join(part.capitalize() for part in table.split("_"))
        row, new = getattr(module, camel), getattr(module, f"New{camel}")
        described = bench.describe(table)
        assert list(row.__annotations__) == list(new.__annotations__) == described["column"].tolist()
        optional = {each.column for each in described.itertuples() if each.default or each.nullable}
        assert new.__optional_keys__ == optional
        assert row.__required_keys__ == set(described["column"])
        for each in described.itertuples():
            assert (type(None) in typing.get_args(row.__annotations__[each.column])) == each.nullable


ODD = """
CREATE TABLE odd_things (
    "class" INTEGER PRIMARY KEY, "two words" TEXT, size TEXT CHECK (size IN ('a "b"', 'back\\slash', 'it''s')),
    price DECIMAL(8, 2), born DATE, hour TIME, known UUID, raw BLOB, far BIGINT NOT NULL, list INTEGER[],
    share DOUBLE, z TIMESTAMPTZ, twice INTEGER GENERATED ALWAYS AS (far * 2) VIRTUAL
);
COMMENT ON TABLE odd_things IS 'Says "so" and */ so, with a \\ in it';
CREATE TABLE sizes (
    id INTEGER PRIMARY KEY, size TEXT NOT NULL CHECK (size IN ('s', 'm')),
    odd_things TEXT CHECK (odd_things IN ('x', 'y'))
);
COMMENT ON COLUMN sizes.size IS '{long}';
""".replace("{long}", "One of Any, and a sentence that goes on for longer than fits into a line. " * 3)


def test_odd_names_types_and_comments_are_written_so_that_they_can_be_read(tmp_path):
    with made(tmp_path, ODD) as bench:
        text = bench.types("python")
        module = loaded(tmp_path, text)
        assert list(module.OddThings.__annotations__)[:2] == ["class", "two words"]
        assert "twice" in module.OddThings.__annotations__ and "twice" not in module.NewOddThings.__annotations__
        assert module.OddThings.__annotations__["far"] is int
        assert module.SizesSize.__args__ == ("s", "m")
        assert module.OddThingsSize.__args__ == ('a "b"', "back\\slash", "it's")
        assert module.SizesOddThings.__args__ == ("x", "y")
        assert " ".join(module.Sizes.__doc__.split()) == "sizes"
        assert max(map(len, text.splitlines())) <= 120
        (tmp_path / "rows.py").write_text(text, encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--cache-dir",
            str(ROOT / "build" / "mypy"),
        ]
        done = subprocess.run([*command, "rows.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        written = bench.types("typescript", "postgres")
        assert (
            '  "two words": string | null;' in written
            and "  far: Int8;" in written
            and "  price: Numeric | null;" in written
        )
        assert '/** Says "so" and * / so, with a \\ in it */' in written
        assert "  twice: ColumnType<number | null, never, never>;" in written
        assert "  class: Generated<number>;" in bench.types("typescript", "sqlite")


@pytest.mark.first_cases(5)
@pytest.mark.parametrize(
    ("kinds", "written"),
    [
        (["BOOLEAN"], "bool"),
        (["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"], "int"),
        (["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"], "int"),
        (["FLOAT", "DOUBLE"], "float"),
        (["DECIMAL(9, 2)"], "decimal.Decimal"),
        (["VARCHAR"], "str"),
        (["BLOB"], "bytes"),
        (["UUID"], "uuid.UUID"),
        (["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ"], "datetime.datetime"),
        (["DATE"], "datetime.date"),
        (["TIME"], "datetime.time"),
        (["INTERVAL"], "datetime.timedelta"),
    ],
)
def test_a_column_of_each_type_is_in_python_what_duckdb_gives(tmp_path, kinds, written):
    columns = ", ".join(f"c{at} {kind} NOT NULL" for at, kind in enumerate(kinds))
    with made(tmp_path, f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns});") as bench:
        module = bench.types("python")
    for at in range(len(kinds)):
        assert re.findall(rf"^    c{at}: (\S+)$", module, re.MULTILINE)[0] == written


def test_the_command_shows_types_or_writes_them(run):
    assert run("types", "--language", "python") == (0, (FOLDER / "rows.py").read_text(encoding="utf-8"), "")
    reported = run("types", "sqlite.ts", "--language", "typescript", "--dialect", "sqlite")
    assert reported == (0, "sqlite.ts is written.\n", "")
    assert Path("sqlite.ts").read_bytes() == (FOLDER / "sqlite.ts").read_bytes()
    assert run("types", "postgres.ts", "--dialect", "postgres")[0] == 0
    assert Path("postgres.ts").read_bytes() == (FOLDER / "postgres.ts").read_bytes()
    code, out, err = run("types", "rows.ts")
    assert (code, out) == (2, "") and "give a dialect, dialect='…' or --dialect: postgres or sqlite" in err
    code, out, err = run("types", "school.duckdb", "--language", "python")
    assert (code, out) == (2, "") and "'school.duckdb' should end in .py. Nothing was changed." in err


# --- TypeScript


def unions(bench: clerkbench.Workbench) -> str:
    """What kysely-codegen cannot know: the values that a check allows. By column, as it takes them."""
    columns = {}
    for table in bench.tables()["table"]:
        for each in bench.describe(table).itertuples():
            if each.allowed_values:
                listed = " | ".join(f'"{value}"' for value in each.allowed_values.split(", "))
                union = f"{listed} | null" if each.nullable else listed
                columns[f"{table}.{each.column}"] = f"Generated<{union}>" if each.default else union
    return json.dumps({"columns": columns})


@pytest.fixture(scope="session")
def from_codegen(node, seeded, server, tmp_path_factory) -> Path:
    """What kysely-codegen itself reads from the databases that a school was shipped to, beside what we wrote."""
    folder = node / f"compared-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    bench = seeded["hybrid"]
    schema = "for_codegen"
    bench.export(server, schema=schema, replace=True)
    file = tmp_path_factory.mktemp("codegen") / "school.sqlite"
    bench.export(file)
    tables = bench.tables()["table"].tolist()
    sources = {
        "postgres": [
            engines.url_for_node(server),
            "--default-schema",
            schema,
            "--include-pattern",
            f"{schema}.({'|'.join(tables)})",
        ],
        "sqlite": [str(file), "--include-pattern", f"({'|'.join(tables)})"],
    }
    for dialect, options in sources.items():
        command = [
            "node_modules/.bin/kysely-codegen",
            "--dialect",
            dialect,
            "--out-file",
            str(folder / f"theirs_{dialect}.ts"),
        ]
        command += ["--overrides", unions(bench), "--url", *options]
        done = subprocess.run(command, cwd=node, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / f"ours_{dialect}.ts").write_text(bench.types("typescript", dialect), encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


#: Two types are the same, not only one good for the other.
EQUAL = """
import type { DB as Ours } from "./{ours}";
import type { DB as Theirs } from "./theirs_{dialect}";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same: { [Table in keyof Ours | keyof Theirs]: Table extends keyof Ours & keyof Theirs
  ? { [Column in keyof Ours[Table] | keyof Theirs[Table]]: Column extends keyof Ours[Table] & keyof Theirs[Table]
      ? Equal<Ours[Table][Column], Theirs[Table][Column]> : false }
  : false } = {values};
export const tables: Equal<keyof Ours, keyof Theirs> = true;
export default same;
"""


def comparison(folder: Path, bench: clerkbench.Workbench, dialect: str, ours: str) -> str:
    """The name of a program that is refused where some types of ours and those of kysely-codegen differ."""
    values = {table: dict.fromkeys(bench.describe(table)["column"], True) for table in bench.tables()["table"]}
    program = EQUAL.replace("{ours}", ours).replace("{dialect}", dialect).replace("{values}", json.dumps(values))
    (folder / f"program_{ours}.ts").write_text(program, encoding="utf-8")
    return f"program_{ours}.ts"


def refused(folder: Path, *names: str) -> str:
    """What the TypeScript compiler says of some programs; nothing where it finds no fault."""
    command = ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"]
    command += [str(folder / name) for name in names]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout


@pytest.mark.long
@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_typescript_types_are_those_that_kysely_codegen_reads_from_the_database(from_codegen, bench, dialect):
    tables = re.findall(r"^  (\w+): \w+;$", (from_codegen / f"theirs_{dialect}.ts").read_text(encoding="utf-8"), re.M)
    assert set(tables) >= set(bench.tables()["table"])
    assert refused(from_codegen, comparison(from_codegen, bench, dialect, f"ours_{dialect}")) == ""


MUTATIONS = {
    "postgres": {
        "a NULL forgotten": ("block_size_days: number | null;", "block_size_days: number;"),
        "a NULL too many": ("required_days: number;", "required_days: number | null;"),
        "a default forgotten": ("max_students: Generated<number>;", "max_students: number;"),
        "a default too many": ("specialty: string;", "specialty: Generated<string>;"),
        "a boolean as a number": ("requires_approval: Generated<boolean>;", "requires_approval: Generated<number>;"),
        "a time as a text": ("created_at: Generated<Timestamp>;", "created_at: Generated<string>;"),
        "a value too many": ('  | "clinic"', '  | "clinic"\n  | "barn"'),
        "a value forgotten": ('  | "elective";', ";"),
        "any text": ("role: Generated<Role>;", "role: Generated<string>;"),
        "a column forgotten": ("  email: string | null;\n", ""),
        "a column too many": ("  email: string | null;\n", "  email: string | null;\n  phone: string;\n"),
        "a table forgotten": ("  sites: Sites;\n", ""),
    },
    "sqlite": {
        "a boolean as one": ("requires_approval: Generated<number>;", "requires_approval: Generated<boolean>;"),
        "a time as a date": ("created_at: Generated<string>;", "created_at: Generated<Date>;"),
    },
}


@pytest.mark.long
@pytest.mark.parametrize("dialect", MUTATIONS)
def test_any_slip_in_our_typescript_types_would_be_found(from_codegen, bench, dialect):
    """All the slips are made at once, each in a file of its own, for the compiler takes its time to start."""
    ours = bench.types("typescript", dialect)
    expected = {}
    for number, (slip, (right, wrong)) in enumerate(MUTATIONS[dialect].items()):
        assert right in ours, slip
        name = f"slip_{dialect}_{number}"
        (from_codegen / f"{name}.ts").write_text(ours.replace(right, wrong, 1), encoding="utf-8")
        expected[comparison(from_codegen, bench, dialect, name)] = slip
    reported = refused(from_codegen, *expected)
    assert {slip for name, slip in expected.items() if f"{name}(" not in reported} == set()


@pytest.mark.long
def test_a_program_with_kysely_is_checked_by_the_types(from_codegen):
    program = """
        import { Kysely } from "kysely";
        import type { DB } from "./ours_postgres";

        export async function hybrids(db: Kysely<DB>): Promise<string[]> {
          const surgery = { name: "Surgery", specialty: "Surgery", required_days: 45 };
          await db.insertInto("clerkships").values(surgery).execute();
          const rows = await db.selectFrom("clerkship_configurations").select(["id", "block_size_days"])
            .where("assignment_strategy", "=", "hybrid").execute();
          return rows.filter((row) => (row.block_size_days ?? 0) > 7).map((row) => row.id);
        }
    """
    for name, text in (("right", program), ("wrong", program.replace('"hybrid"', '"hybird"'))):
        (from_codegen / f"kysely_{name}.ts").write_text(text, encoding="utf-8")
    reported = refused(from_codegen, "kysely_right.ts", "kysely_wrong.ts")
    assert "kysely_right.ts" not in reported
    assert "kysely_wrong.ts" in reported and "hybird" in reported
