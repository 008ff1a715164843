"""Translates our SQL for another engine: real delete rules, and other types and functions."""

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
    """The SQL of an engine.

    Attributes:
        has_comments: Whether it has COMMENT ON.
        has_sequences: Whether it has CREATE SEQUENCE.
        drops_referenced: Whether it drops a table that others reference.
        calls: The translation of a function with empty parentheses, by its name.
        functions: The names of functions with arguments, by our names.
        types: The names of types, by DuckDB's names.
        lacks: Types that it does not have, by how DuckDB's name begins: what to write instead.
        longest_name: How many bytes of a name it keeps.
        sign: The translation of ``chr`` of a number over 127, with ``{}`` for the number; empty for the same.
        clock: The current time in UTC, if CURRENT_TIMESTAMP depends on the session; otherwise empty.
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
        """The problem of names that the engine would cut; empty if it keeps all."""
        long = [name for name in dict.fromkeys(names) if len(name.encode()) > self.longest_name]
        if not long:
            return ""
        return f"{self.name} keeps {self.longest_name} bytes of a name, and there are longer ones: {listed(long)}."

    def written(self, script: str) -> list[str]:
        """The statements of a script as the engine reads them, each with the comments above it."""
        found = tokens(script)
        pieces = {}
        for at, token in enumerate(found):
            if replacement := self._translation(found, at):
                last, text = replacement
                pieces[token.start, found[last].end] = text
        text = splice(script, pieces)
        data = text.encode()
        statements: list[list[Token]] = [[]]
        for token in tokens(text):
            statements[-1].append(token)
            if token.text == ";":
                statements.append([])
        return [_ended(data[each[0].start : each[-1].end].decode(), each) for each in statements if self._says(each)]

    def _translation(self, found: list[Token], at: int) -> tuple[int, str] | None:
        """The last token to replace from ``at`` on, and its replacement; None if the token stays."""
        token, followed = found[at], [each.text for each in found[at + 1 : at + 4]]
        if token.is_comment:
            rule = delete_rule(token.text)
            # Our RESTRICT allows a delete of both rows, which other engines call NO ACTION.
            return (at, f"ON DELETE {'NO ACTION' if rule == 'RESTRICT' else rule}") if rule else None
        is_called = followed[:2] == ["(", ")"]
        if token.name in self.calls and is_called:
            return at + 2, self.calls[token.name]
        if self.sign and token.name == "chr" and followed[::2] == ["(", ")"] and _is_beyond_ascii(followed[1]):
            return at + 3, self.sign.format(followed[1])
        if token.name in self.functions and followed[:1] == ["("]:
            return at, self.functions[token.name]
        if token.keyword in self.types and _is_type(found, at):
            is_precise = token.keyword == "double" and "".join(followed[:1]).lower() == "precision"
            return None if is_precise else (at, self.types[token.keyword])
        if self.clock and token.keyword in _CLOCKS and _fills_a_time_without_zone(found, at):
            return at + 2 * is_called, self.clock
        return None

    def _says(self, statement: list[Token]) -> bool:
        """Whether a statement has code that the engine knows."""
        code = [token.keyword for token in code_of(statement)]
        return bool(code) and (self.has_comments or code[:2] != ["comment", "on"])


def _ended(text: str, statement: list[Token]) -> str:
    """A statement with a semicolon."""
    if statement[-1].text == ";":
        return text
    return f"{text}\n;" if statement[-1].is_comment else f"{text};"


def _is_type(found: list[Token], at: int) -> bool:
    """Whether a token is a type: after the name of a new column, after TYPE, or in a CAST."""
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


#: The ways to read the clock, and the types of times without a zone.
_CLOCKS = {"current_timestamp", "now", "get_current_timestamp"}
_TIMES = {"timestamp", "datetime", "timestamp_s", "timestamp_ms"}


def _fills_a_time_without_zone(found: list[Token], at: int) -> bool:
    """Whether the current time is the default of a column without a zone."""
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


#: What to write in place of types that an engine does not have.
_AS_TEXT = "TEXT, with a CHECK of its form"
_AS_COLUMNS = "a column for each part, or a table of its own"
_NESTED = dict.fromkeys(("STRUCT", "MAP", "UNION", "VARIANT"), _AS_COLUMNS)
_NESTED["ENUM"] = "TEXT, with a CHECK of its values"

#: The current schema in PostgreSQL's catalog.
CURRENT_SCHEMA = "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema())"

POSTGRESQL = Dialect(
    "PostgreSQL",
    # Some encodings lack the character; number 26 replaces it.
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
    types={"string": "TEXT"},  # SQLite would make it a number
    lacks=_NESTED,
)
