"""Writes our SQL for another engine: delete rules for real, and what the engine spells otherwise or lacks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clerkbench.files.declared_constraints import delete_rule
from clerkbench.files.sql_text import Token, code_of, splice, tokens
from clerkbench.reporting.phrases import listed

#: A random UUID of version 4 in SQLite, which has no function for it.
_SQLITE_UUID = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' "
    "|| substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
)


@dataclass(frozen=True)
class Dialect:
    """How an engine reads SQL.

    Attributes:
        name: The engine's.
        has_comments: Whether it knows COMMENT ON.
        has_sequences: Whether it knows CREATE SEQUENCE.
        drops_referenced: Whether it drops a table that others reference.
        calls: What to write for a function and its empty parentheses, by the function's name.
        functions: How it calls functions that take something, by our name of them.
        types: How it calls types of which DuckDB has another name, by that name.
        lacks: Kinds of columns that it cannot be sent, by how DuckDB's name of the type begins: what to write instead.
        longest_name: How many bytes of a name it keeps.
        sign: What to write for ``chr`` of a number over 127, with ``{}`` for the number; empty where that is known.
        clock: What time it is in UTC, where CURRENT_TIMESTAMP is another in each session; empty where it is not.
    """

    name: str
    has_comments: bool = True
    has_sequences: bool = True
    drops_referenced: bool = False
    calls: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    longest_name: int = 1_000_000
    sign: str = ""
    clock: str = ""

    def too_long(self, names: Iterable[str]) -> str:
        """What is wrong with names that the engine does not keep whole; empty where it keeps all."""
        long = [name for name in dict.fromkeys(names) if len(name.encode()) > self.longest_name]
        if not long:
            return ""
        return f"{self.name} keeps {self.longest_name} bytes of a name, and there are longer ones: {listed(long)}."

    def written(self, script: str) -> list[str]:
        """The statements of a script as the engine reads them, each with the comments above it."""
        pieces: dict[tuple[int, int], str] = {}
        found = tokens(script)
        for at, token in enumerate(found):
            followed = [each.text for each in found[at + 1 : at + 4]]
            if token.is_comment and (rule := delete_rule(token.text)):
                # RESTRICT stops a delete here unless the row goes as well, which elsewhere is called NO ACTION.
                pieces[token.start, token.end] = f"ON DELETE {'NO ACTION' if rule == 'RESTRICT' else rule}"
            elif token.name in self.calls and followed[:2] == ["(", ")"]:
                pieces[token.start, found[at + 2].end] = self.calls[token.name]
            elif self.sign and token.name == "chr" and followed[::2] == ["(", ")"] and _is_beyond_ascii(followed[1]):
                pieces[token.start, found[at + 3].end] = self.sign.format(followed[1])
            elif token.name in self.functions and followed[:1] == ["("]:
                pieces[token.start, token.end] = self.functions[token.name]
            elif token.keyword in self.types and _is_type(found, at):
                precise = token.keyword == "double" and followed[:1] != [] and followed[0].lower() == "precision"
                if not precise:
                    pieces[token.start, token.end] = self.types[token.keyword]
            elif self.clock and token.keyword in _CLOCKS and _fills_a_time_without_zone(found, at):
                end = found[at + 2].end if followed[:2] == ["(", ")"] else token.end
                pieces[token.start, end] = self.clock
        text = splice(script, pieces)
        data = text.encode()
        statements: list[list[Token]] = [[]]
        for token in tokens(text):
            statements[-1].append(token)
            if token.text == ";":
                statements.append([])
        return [_ended(data[each[0].start : each[-1].end].decode(), each) for each in statements if self._says(each)]

    def _says(self, statement: list[Token]) -> bool:
        """Whether a statement is one that the engine knows, and not only comments."""
        code = [token.keyword for token in code_of(statement)]
        return bool(code) and (self.has_comments or code[:2] != ["comment", "on"])


def _ended(text: str, statement: list[Token]) -> str:
    """A statement with the semicolon behind it, which the last one of a file may lack."""
    if statement[-1].text == ";":
        return text
    return f"{text}\n;" if statement[-1].is_comment else f"{text};"


def _is_type(found: list[Token], at: int) -> bool:
    """Whether a token stands where a type does: behind the name of a column that is made, behind TYPE, or in a CAST."""
    code = [each for each in found[:at] if not each.is_comment]
    words = [each.keyword for each in code]
    begin = max((place + 1 for place, word in enumerate(words) if word == ";"), default=0)
    words = words[begin:]
    if words[-1:] == ["::"] or words[-2:] == [":", ":"]:
        return True
    if words[-1:] == ["as"]:
        depth = 0
        for place in range(len(words) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(words[place], 0)
            if depth < 0:
                return place > 0 and words[place - 1] in ("cast", "try_cast")
        return False
    if words[:2] == ["alter", "table"]:
        return words[-1:] == ["type"] or "add" in words[-6:-1]
    return words[:1] == ["create"] and "table" in words[:4] and words[-2:-1] in (["("], [","]) and _depth(words) == 1


def _is_beyond_ascii(number: str) -> bool:
    return number.isdecimal() and int(number) > 127


def _depth(words: list[str]) -> int:
    return words.count("(") - words.count(")")


#: How a migration may ask what time it is, and the types whose times have no zone.
_CLOCKS = {"current_timestamp", "now", "get_current_timestamp"}
_TIMES = {"timestamp", "datetime", "timestamp_s", "timestamp_ms"}


def _fills_a_time_without_zone(found: list[Token], at: int) -> bool:
    """Whether what time it is is the default of a column whose times have no zone."""
    before = [token.keyword for token in found[:at] if not token.is_comment]
    if before[-1:] == ["("]:
        before.pop()
    if before[-1:] != ["default"]:
        return False
    depth, begin = 0, 0
    for place in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[place], 0)
        if depth < 0 or (depth == 0 and before[place] in (",", "add", "column", ";")):
            begin = place + 1
            break
    kind = before[begin + 1 : begin + 2]
    return bool(kind) and kind[0] in _TIMES and "zone" not in before[begin:]


#: What to write in place of types that an engine cannot be sent.
_AS_TEXT = "TEXT, with a CHECK of its form"
_AS_COLUMNS = "a column for each part, or a table of its own"
_NESTED = dict.fromkeys(("STRUCT", "MAP", "UNION", "VARIANT"), _AS_COLUMNS)
_NESTED["ENUM"] = "TEXT, with a CHECK of its values"

#: The schema that names without one belong to, in PostgreSQL's catalog.
CURRENT_SCHEMA = "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())"

POSTGRESQL = Dialect(
    "PostgreSQL",
    # A text has no such sign where the encoding of the database lacks it. The sign number 26 stands for that.
    sign="chr(CASE WHEN getdatabaseencoding() = 'UTF8' THEN {} ELSE 26 END)",
    types={
        **{"tinyint": "SMALLINT", "utinyint": "SMALLINT", "int1": "SMALLINT", "short": "SMALLINT", "signed": "INTEGER"},
        **{"usmallint": "INTEGER", "uinteger": "BIGINT", "long": "BIGINT", "ubigint": "NUMERIC(20)"},
        **{"float": "REAL", "double": "DOUBLE PRECISION", "string": "TEXT", "blob": "BYTEA", "binary": "BYTEA"},
        **{"varbinary": "BYTEA", "datetime": "TIMESTAMP", "timestamp_us": "TIMESTAMP", "nvarchar": "VARCHAR"},
        **{"int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "integral": "INTEGER", "logical": "BOOLEAN"},
        **{"uint8": "SMALLINT", "uint16": "INTEGER", "uint32": "BIGINT", "uint64": "NUMERIC(20)", "oid": "BIGINT"},
        **{"timestamp_s": "TIMESTAMP(0)", "timestamp_ms": "TIMESTAMP(3)"},
    },
    lacks=_NESTED
    | dict.fromkeys(("HUGEINT", "UHUGEINT", "BIGNUM"), "DECIMAL(38, 0)")
    | dict.fromkeys(("UUID", "BIT", "GEOMETRY"), _AS_TEXT)
    | {"TIME WITH TIME ZONE": "TIME", "TIME_NS": "TIME", "TIMESTAMP_NS": "TIMESTAMP"}
    | {"TIMESTAMPTZ_NS": "TIMESTAMP WITH TIME ZONE"},
    longest_name=63,
    clock="(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')",
)

SQLITE = Dialect(
    "SQLite",
    has_comments=False,
    has_sequences=False,
    drops_referenced=True,
    calls={"gen_random_uuid": _SQLITE_UUID},
    functions={"string_agg": "group_concat", "chr": "char"},
    types={"string": "TEXT"},  # which SQLite takes for numbers
    lacks=_NESTED,
)
