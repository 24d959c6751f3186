"""The rows of the index: what it keeps of each file, packed as JSON with checksums.

A row has what a list shows of a log (`FileRow`). The reps of its session are in a block: first what the athletes of
each run share, then a part for each athlete, so that an athlete's reps are read without those of the others. A row or a
block that was changed, or taken from another time, is noticed when it is read, and `DamagedIndexError` is raised: a
damaged index never gives a wrong figure.

A change of a table, or of what the rows mean, needs a new `SCHEMA`: an index of another schema is thrown away.
"""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from pydantic_core import from_json, to_json

from kicktimer.review.records import AthleteRecord, RaceInfo, RepRecord, SessionRecord, SplitRecord
from kicktimer.review.run_rows import RunRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kicktimer.review.records import SessionState
    from kicktimer.squad import Athlete

SCHEMA = 4

TABLES = """
CREATE TABLE file (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, checksum INTEGER NOT NULL, record BLOB NOT NULL);
CREATE TABLE block (file INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""


class DamagedIndexError(sqlite3.DatabaseError):
    """The index does not hold what was written to it."""


class FileRow(NamedTuple):
    """What the index keeps of a file. `size`, `modified` and `inode` are those of the file when it was read.

    `workout` is None for a file that is no log. `has_records` is false until the session's reps are in the index.
    `sort` is the Unix time of the start, and `search` what a search for text looks at. `block_checksum` is that of the
    block, `runs_end` where its runs end, and `parts` has for each athlete where the part begins and ends, and the
    number of reps: 0 for one who is only in the squad.
    """

    size: int
    modified: int
    inode: int
    id: str
    seq: int = 0
    started: str = ""
    sort: float = 0.0
    facts: int = -1
    repaired: bool = False
    problem: str = ""
    has_records: bool = False
    workout: str | None = None
    kind: str = ""
    state: SessionState | None = None
    reps: int = 0
    athletes: int = 0
    rehearsed: bool = False
    race: RaceInfo | None = None
    imported: bool = False
    squad: str = ""
    notes: tuple[str, ...] = ()
    search: str = ""
    distances: tuple[int, ...] = ()
    block_checksum: int = 0
    runs_end: int = 0
    parts: Mapping[str, Sequence[int]] = {}

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What shows whether the file has changed."""
        return self.size, self.modified, self.inode

    def has_rep_of(self, names: Iterable[str]) -> bool:
        """Whether one of these athletes has a rep in the session."""
        return any(name in self.parts and self.parts[name][REPS] > 0 for name in names)


REPS = 2  # the place of the number of reps in a part
_RACE, _NOTES, _DISTANCES = (FileRow._fields.index(name) for name in ("race", "notes", "distances"))


def pack_file(name: bytes, row: FileRow) -> tuple[int, bytes]:
    """Returns the checksum and the record of a file's row."""
    race = None if row.race is None else [row.race.distance_mm, row.race.name, row.race.event, row.race.place]
    record = to_json((*row[:_RACE], race, *row[_RACE + 1 :]))
    return crc32(record, crc32(name)), record


def unpack_file(name: bytes, checksum: int, record: bytes) -> FileRow:
    """Returns a file's row. Raises `DamagedIndexError` if it is not what was written."""
    if type(name) is not bytes or type(record) is not bytes or crc32(record, crc32(name)) != checksum:
        raise DamagedIndexError("a row of the index is damaged")
    values = from_json(record)
    if values[_RACE] is not None:
        values[_RACE] = RaceInfo(*values[_RACE])
    for place in (_NOTES, _DISTANCES):
        values[place] = tuple(values[place])
    return FileRow._make(values)


_FIELDS = tuple(field.name for field in fields(RepRecord))
_SHARED = slice(_FIELDS.index("group"), _FIELDS.index("started_ms") + 1)
"""The fields of a rep that are the same for all athletes of a run."""
_BAND, _SPLITS = (_FIELDS.index(name) - _SHARED.stop for name in ("band", "splits"))  # among an athlete's own fields
NUMBER, DISTANCE = (_FIELDS.index(name) - _SHARED.start for name in ("rep", "distance_mm"))
"""Where the shared fields have the rep's number and its distance."""
_values_of = attrgetter(*_FIELDS)


def runs_of(reps: Iterable[RepRecord]) -> list[RunRows]:
    """Returns records as rows: those that follow each other and share group, rep and GO are one run."""
    runs: list[RunRows] = []
    for rep in reps:
        values = _values_of(rep)
        shared, own = values[_SHARED], [*values[_SHARED.stop :]]
        own[_SPLITS] = tuple((each.mark_mm, each.time_ms, each.by, each.original_ms) for each in own[_SPLITS])
        if not runs or runs[-1].shared != shared:
            runs.append(RunRows(shared, []))
        runs[-1].athletes.append((rep.athlete, *own))
    return runs


class Block(NamedTuple):
    """The reps of a session as the index keeps them, with what `FileRow` needs to read them."""

    data: bytes = b""
    runs_end: int = 0
    parts: Mapping[str, Sequence[int]] = {}


def pack_block(squad: Iterable[Athlete], runs: Sequence[RunRows]) -> Block:
    """Returns the block of a session, from the athletes of its plan and the rows of its runs.

    An athlete's part has the squad's entries of that name with their places in the squad, and the reps with the place
    of the run and their own in the run.
    """
    entries: dict[str, list[tuple[Any, ...]]] = {}
    reps: dict[str, list[tuple[Any, ...]]] = {}
    for place, each in enumerate(squad):
        entries.setdefault(each.name, []).append(
            (
                place, [*each.races.items()], each.fresh_200_ms, each.fresh_200_start, each.fresh_200_on,
                each.goal_last_200_ms,
            )
        )  # fmt: skip
        reps[each.name] = []
    for number, run in enumerate(runs):
        for place, row in enumerate(run.athletes):
            name = row[0]
            if name not in reps:
                reps[name] = []
            reps[name].append((number, place, row))
    packed = [to_json([run.shared for run in runs])]
    start = runs_end = len(packed[0])
    parts = {}
    for name, rows in reps.items():
        packed.append(to_json((entries.get(name, ()), rows)))
        end = start + len(packed[-1])
        parts[name] = [start, end, len(rows)]
        start = end
    return Block(b"".join(packed), runs_end, parts)


class AthleteRows(NamedTuple):
    """Squad entries and reps, in the order that they have in the session."""

    entries: list[AthleteRecord]
    reps: list[RepRecord]


def unpack_block(row: FileRow, data: object, names: Iterable[str] | None = None) -> AthleteRows:
    """Returns what the block of a session holds for these names, or for all.

    Raises `DamagedIndexError` if it is not the block that was written with the file's row.
    """
    if type(data) is not bytes or crc32(data) != row.block_checksum:
        raise DamagedIndexError("the reps of a session are damaged")
    if not data:
        return AthleteRows([], [])
    shared = from_json(data[: row.runs_end])
    entries: list[tuple[int, AthleteRecord]] = []
    found: list[tuple[int, int, RepRecord]] = []
    for name in row.parts if names is None else names:
        if name in row.parts:
            start, end, _ = row.parts[name]
            of_squad, reps = from_json(data[start:end])
            for place, races, *kick in of_squad:
                entries.append((place, AthleteRecord(name, {mm: ms for mm, ms in races}, *kick)))  # noqa: C416
            found += [(number, place, _rep_of(shared[number], own)) for number, place, own in reps]
    entries.sort(key=lambda each: each[0])
    found.sort(key=lambda each: each[:2])
    return AthleteRows([each for _, each in entries], [each for _, _, each in found])


def _rep_of(shared: list[Any], row: list[Any]) -> RepRecord:
    """Returns the record of a rep from the fields that its run shares, the athlete's name and the other fields."""
    athlete, *own = row
    own[_SPLITS] = tuple(SplitRecord(*each) for each in own[_SPLITS])
    own[_BAND] = None if own[_BAND] is None else tuple(own[_BAND])
    return RepRecord(athlete, *shared, *own)


def session_of(row: FileRow, athletes: AthleteRows) -> SessionRecord:
    """Returns the record of a session."""
    assert row.workout is not None
    assert row.state is not None
    return SessionRecord(
        id=row.id, date=row.started, workout=row.workout, kind=row.kind, state=row.state, rehearsed=row.rehearsed,
        imported=row.imported, seq=row.seq, squad=row.squad, race=row.race,
        athletes=tuple(athletes.entries), reps=tuple(athletes.reps), notes=row.notes,
    )  # fmt: skip
