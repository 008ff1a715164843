"""Small schemas of many shapes, as other people's are: through each of them every generic call runs."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Schema:
    """One schema with rows.

    Attributes:
        up, down: Its migration.
        rows: By table, parents first.
        unsendable: What an engine refuses of it, by engine, as a pattern; nothing where it takes all.
    """

    up: str
    down: str
    rows: dict[str, list[dict[str, Any]]]
    unsendable: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return next(iter(self.rows))


#: Titles instead of names, a link table with a composite key, first and last names, a line of bosses, lengths.
SHOP = Schema(
    """
    CREATE TABLE artists (artist_id INTEGER PRIMARY KEY, stage_name VARCHAR(40) NOT NULL);
    CREATE TABLE albums (
        album_id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        artist_id INTEGER NOT NULL REFERENCES artists (artist_id) /* ON DELETE CASCADE */
    );
    CREATE TABLE tracks (
        album_id INTEGER NOT NULL REFERENCES albums (album_id) /* ON DELETE CASCADE */,
        place INTEGER NOT NULL CHECK (place > 0),
        title TEXT NOT NULL,
        price DECIMAL(6, 2) NOT NULL DEFAULT 0.99,
        PRIMARY KEY (album_id, place)
    );
    CREATE TABLE lists (list_id INTEGER PRIMARY KEY, code CHAR(3) UNIQUE);
    CREATE TABLE listed (
        list_id INTEGER REFERENCES lists (list_id) /* ON DELETE CASCADE */,
        album_id INTEGER,
        place INTEGER,
        PRIMARY KEY (list_id, album_id, place),
        FOREIGN KEY (album_id, place) REFERENCES tracks (album_id, place) /* ON DELETE CASCADE */
    );
    CREATE TABLE sellers (
        seller_id INTEGER PRIMARY KEY,
        first_name TEXT,
        last_name TEXT,
        boss_id INTEGER REFERENCES sellers (seller_id) /* ON DELETE SET NULL */
    );
    CREATE INDEX by_title ON tracks (title);
    """,
    "DROP TABLE sellers; DROP TABLE listed; DROP TABLE lists; DROP TABLE tracks; DROP TABLE albums; "
    "DROP TABLE artists;",
    {
        "artists": [{"artist_id": 1, "stage_name": "Ann"}, {"artist_id": 2, "stage_name": "Ann"}],
        "albums": [{"album_id": number, "title": "Same", "artist_id": 1 + number % 2} for number in range(1, 5)],
        "tracks": [
            {"album_id": album, "place": place, "title": f"T{place}"} for album in range(1, 5) for place in (1, 2)
        ],
        "lists": [{"list_id": 1, "code": "abc"}, {"list_id": 2, "code": None}],
        "listed": [
            {"list_id": 1, "album_id": 1, "place": 2},
            {"list_id": 2, "album_id": 1, "place": 2},
            {"list_id": 2, "album_id": 4, "place": 1},
        ],
        "sellers": [
            {"seller_id": 1, "first_name": "Bo", "last_name": "Ray"},
            {"seller_id": 2, "first_name": "Cy", "last_name": None, "boss_id": 1},
            {"seller_id": 3, "first_name": None, "last_name": None, "boss_id": 2},
        ],
    },
)

#: Quoted and reserved names, capitals, a natural key of text, another table called temp.
WAREHOUSE = Schema(
    """
    CREATE TABLE "Order Lists" ("Order" TEXT PRIMARY KEY, "from" DATE DEFAULT current_date, "GROUP" TEXT);
    CREATE TABLE temp ("select" TEXT PRIMARY KEY COLLATE NOCASE, "to" DOUBLE PRECISION);
    CREATE TABLE "Order Details" (
        "Order" TEXT NOT NULL REFERENCES "Order Lists" ("Order") /* ON DELETE CASCADE */,
        "select" TEXT REFERENCES temp ("select") /* ON DELETE SET NULL */,
        "two words" BOOLEAN NOT NULL DEFAULT FALSE,
        UNIQUE ("Order", "select")
    );
    """.replace(" COLLATE NOCASE", ""),
    'DROP TABLE "Order Details"; DROP TABLE temp; DROP TABLE "Order Lists";',
    {
        "Order Lists": [
            {"Order": "A 1", "from": "2026-01-02", "GROUP": "x"},
            {"Order": "a 1", "from": "2026-01-03", "GROUP": None},
        ],
        "temp": [{"select": "bolt", "to": 1.5}, {"select": "Bolt", "to": None}],
        "Order Details": [
            {"Order": "A 1", "select": "bolt"},
            {"Order": "a 1", "select": "Bolt", "two words": True},
            {"Order": "a 1", "select": None},
        ],
    },
)

#: Two keys to one parent, a composite natural key, keys of days and of decimals, a table without a key, views of views.
WARDS = Schema(
    """
    CREATE TABLE doctors (id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE beds (ward TEXT, bed INTEGER, opened DATE UNIQUE NOT NULL, PRIMARY KEY (ward, bed));
    CREATE TABLE stays (
        id TEXT DEFAULT (CAST(gen_random_uuid() AS TEXT)) PRIMARY KEY,
        sent_by TEXT REFERENCES doctors (id) /* ON DELETE SET NULL */,
        seen_by TEXT NOT NULL REFERENCES doctors (id),
        ward TEXT,
        bed INTEGER,
        opened DATE REFERENCES beds (opened) /* ON DELETE SET NULL */,
        cost DECIMAL(9, 2) UNIQUE,
        created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (ward, bed) REFERENCES beds (ward, bed) /* ON DELETE CASCADE */
    );
    CREATE TABLE bills (cost DECIMAL(9, 2) REFERENCES stays (cost) /* ON DELETE CASCADE */, paid BOOLEAN);
    CREATE VIEW busy AS SELECT ward, count(*) AS stays FROM stays GROUP BY ward;
    CREATE VIEW busiest AS SELECT max(stays) AS most FROM busy;
    """,
    "DROP VIEW busiest; DROP VIEW busy; DROP TABLE bills; DROP TABLE stays; DROP TABLE beds; DROP TABLE doctors;",
    {
        "doctors": [{"id": f"0000000{n}-0000-4000-8000-000000000000", "name": f"Dr. {n}"} for n in range(3)],
        "beds": [{"ward": "W", "bed": n, "opened": f"2026-01-0{n}"} for n in (1, 2)],
        "stays": [
            {
                "id": f"1000000{n}-0000-4000-8000-000000000000",
                "sent_by": "00000000-0000-4000-8000-000000000000",
                "seen_by": f"0000000{1 + n % 2}-0000-4000-8000-000000000000",
                "ward": "W",
                "bed": 1 + n % 2,
                "opened": f"2026-01-0{1 + n % 2}",
                "cost": f"{n}.50",
                "created_at": "2026-01-01 00:00:00",
            }
            for n in range(4)
        ],
        "bills": [{"cost": "1.50", "paid": True}, {"cost": "1.50", "paid": True}, {"cost": None, "paid": False}],
    },
)

#: Sequences, a table that is named like a keyword, a column called like a type.
TICKETS = Schema(
    """
    CREATE SEQUENCE ticket_numbers START 100;
    CREATE TABLE replace (id BIGINT PRIMARY KEY DEFAULT nextval('ticket_numbers'), name TEXT NOT NULL UNIQUE);
    CREATE TABLE any_notes (
        id INTEGER PRIMARY KEY, "Literal" TEXT, ticket BIGINT REFERENCES replace (id) /* ON DELETE CASCADE */
    );
    """,
    "DROP TABLE any_notes; DROP TABLE replace; DROP SEQUENCE ticket_numbers;",
    {
        "replace": [{"id": 100, "name": "one"}, {"id": 107, "name": "two"}],
        "any_notes": [{"id": 1, "Literal": "x", "ticket": 100}, {"id": 2, "Literal": "", "ticket": 107}],
    },
    {"sqlite": "SQLite has no sequences"},
)

#: Lists, enumerations, UUIDs and a structure: types that no other engine takes.
STUDIES = Schema(
    """
    CREATE TYPE phases AS ENUM ('early', 'late');
    CREATE TABLE studies (
        id UUID PRIMARY KEY, title TEXT NOT NULL, phase phases, sites INTEGER[], reported STRUCT(a INTEGER, b TEXT)
    );
    CREATE TABLE visits (
        id INTEGER PRIMARY KEY, study UUID NOT NULL REFERENCES studies (id) /* ON DELETE CASCADE */, took INTERVAL
    );
    """,
    "DROP TABLE visits; DROP TABLE studies; DROP TYPE phases;",
    {
        "studies": [
            {
                "id": "00000000-0000-4000-8000-000000000001",
                "title": "First",
                "phase": "early",
                "sites": [1, 2],
                "reported": {"a": 1, "b": "x"},
            },
            {
                "id": "00000000-0000-4000-8000-000000000002",
                "title": "Second",
                "sites": [],
                "phase": None,
                "reported": None,
            },
        ],
        "visits": [
            {"id": 1, "study": "00000000-0000-4000-8000-000000000001", "took": "1 day"},
            {"id": 2, "study": "00000000-0000-4000-8000-000000000001", "took": None},
        ],
    },
    {"sqlite": "cannot be sent columns of some types", "postgresql": "cannot be sent columns of some types"},
)

#: A line of rows that reference their own table, with a composite key.
PARTS = Schema(
    """
    CREATE TABLE parts (
        kind TEXT, number INTEGER, in_kind TEXT, in_number INTEGER, code TEXT,
        PRIMARY KEY (kind, number),
        FOREIGN KEY (in_kind, in_number) REFERENCES parts (kind, number) /* ON DELETE CASCADE */
    );
    CREATE TABLE words (kind TEXT, number INTEGER, word TEXT NOT NULL,
        FOREIGN KEY (kind, number) REFERENCES parts (kind, number) /* ON DELETE SET NULL */);
    """,
    "DROP TABLE words; DROP TABLE parts;",
    {
        "parts": [
            {"kind": "car", "number": 1, "code": "C1"},
            {"kind": "wheel", "number": 1, "in_kind": "car", "in_number": 1, "code": "W1"},
            {"kind": "bolt", "number": 1, "in_kind": "wheel", "in_number": 1, "code": None},
        ],
        "words": [{"kind": "bolt", "number": 1, "word": "loose"}, {"kind": None, "number": 7, "word": "lost"}],
    },
)

ZOO = [SHOP, WAREHOUSE, WARDS, TICKETS, STUDIES, PARTS]
