"""The rows of the index: how records are kept in SQLite, and made again from it.

A change of a table, or of what the rows mean, needs a new `SCHEMA`: an index of another schema is thrown away.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from kicktimer.review.records import AthleteRecord, RaceInfo, RepRecord, SessionRecord, SplitRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

SCHEMA = 2

TABLES = """
CREATE TABLE file (
    name BLOB PRIMARY KEY, size INTEGER, modified INTEGER, inode INTEGER,
    id TEXT, seq INTEGER, started TEXT, sort REAL, facts INTEGER, repaired INTEGER, problem TEXT, is_best INTEGER,
    has_records INTEGER,
    workout TEXT, kind TEXT, state TEXT, reps INTEGER, athletes INTEGER, rehearsed INTEGER, race TEXT,
    imported INTEGER, squad TEXT, notes TEXT, search TEXT
) WITHOUT ROWID;
CREATE INDEX file_id ON file (id);
CREATE TABLE athlete (
    file BLOB, name TEXT, races TEXT, fresh_200_ms INTEGER, fresh_start TEXT, fresh_on TEXT, goal_last_200_ms INTEGER
);
CREATE INDEX athlete_file ON athlete (file);
CREATE TABLE rep (
    file BLOB, place INTEGER, athlete TEXT, "group" TEXT, rep INTEGER, "set" INTEGER, distance_mm INTEGER,
    duration_ms INTEGER, closing INTEGER, pace TEXT, started_ms INTEGER, target_ms INTEGER, estimated INTEGER,
    band TEXT, time_ms INTEGER, by TEXT, splits TEXT, recovery_ms INTEGER, rest_before_ms INTEGER,
    relaxation INTEGER, effort REAL, status TEXT, joined_late INTEGER,
    original_ms INTEGER
);
CREATE INDEX rep_file ON rep (file);
CREATE INDEX rep_athlete ON rep (athlete);
"""

_REP_FIELDS = tuple(field.name for field in fields(RepRecord))
ATHLETE_COLUMNS = "name, races, fresh_200_ms, fresh_start, fresh_on, goal_last_200_ms"
REP_COLUMNS = ", ".join(f'"{name}"' for name in _REP_FIELDS)


def insert_record(connection: sqlite3.Connection, file: bytes, record: SessionRecord) -> None:
    """Keeps the athletes and reps of a session. The row of the file itself holds the rest."""
    connection.executemany(
        "INSERT INTO athlete VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (file, each.name, json.dumps([*each.races.items()]), each.fresh_200_ms, each.fresh_start, each.fresh_on,
             each.goal_last_200_ms)
            for each in record.athletes
        ],
    )  # fmt: skip
    marks = ", ".join("?" * (len(_REP_FIELDS) + 2))
    connection.executemany(
        f"INSERT INTO rep (file, place, {REP_COLUMNS}) VALUES ({marks})",  # noqa: S608 - the names are our own
        [(file, place, *_rep_values(each)) for place, each in enumerate(record.reps)],
    )


def _rep_values(rep: RepRecord) -> Iterable[Any]:
    for name in _REP_FIELDS:
        value = getattr(rep, name)
        if name == "splits":
            value = (
                json.dumps([(each.mark_mm, each.time_ms, each.by, each.original_ms) for each in value])
                if value
                else None
            )
        elif name == "band":
            value = None if value is None else json.dumps(value)
        yield value


_BAND, _SPLITS = _REP_FIELDS.index("band"), _REP_FIELDS.index("splits")
_BOOLEANS = tuple(_REP_FIELDS.index(name) for name in ("closing", "estimated", "joined_late"))


def rep_of(row: Sequence[Any]) -> RepRecord:
    """Returns the record of a row whose columns are `REP_COLUMNS`."""
    values = [*row]
    splits, band = values[_SPLITS], values[_BAND]
    values[_SPLITS] = () if splits is None else tuple(SplitRecord(*each) for each in json.loads(splits))
    values[_BAND] = None if band is None else tuple(json.loads(band))
    for place in _BOOLEANS:
        values[place] = bool(values[place])
    return RepRecord(*values)


def athlete_of(row: Sequence[Any]) -> AthleteRecord:
    """Returns the record of a row whose columns are `ATHLETE_COLUMNS`."""
    name, races, *kick = row
    return AthleteRecord(name, {mm: ms for mm, ms in json.loads(races)}, *kick)  # noqa: C416 - pairs of a list


def dump_race(race: RaceInfo | None) -> str | None:
    return None if race is None else json.dumps([race.distance_mm, race.name, race.event, race.place])


def load_race(text: str | None) -> RaceInfo | None:
    return None if text is None else RaceInfo(*json.loads(text))
