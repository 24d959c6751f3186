"""`History`: the saved sessions of a directory, from an SQLite index that brings itself up to date.

A file of the directory is read again when its size, its modification time or its number has changed. Of several files
of one session the repaired one counts, else the longest. Damaged, foreign and newer files have an entry, too, which
says what is wrong with them.

The index stands in the directory, as `.index.sqlite`. If it is damaged, or of another version, it is made anew; if it
cannot be written, as on a full disk or in a directory of somebody else, it is kept in memory and made anew each time.
Damage may show in any query: the index is made anew then, and the query is repeated. Two programs may use it at once:
each update is one transaction.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kicktimer.errors import KicktimerError
from kicktimer.history.choices import load_choices
from kicktimer.history.entries import EVERYTHING, Filter, FilterValues, SessionEntry, conditions
from kicktimer.history.rows import (
    ATHLETE_COLUMNS,
    REP_COLUMNS,
    SCHEMA,
    TABLES,
    athlete_of,
    dump_race,
    insert_record,
    load_race,
    rep_of,
)
from kicktimer.journal import header_order, read_header_order, read_log, start_timestamp
from kicktimer.journal.sequence import SUFFIX
from kicktimer.outline import outline
from kicktimer.plan import load
from kicktimer.results import replay_sound, results
from kicktimer.review.records import (
    AthleteRecord,
    RepRecord,
    SessionRecord,
    is_rehearsed,
    merge_names,
    race_info,
    resolve_alias,
    session_record,
)
from kicktimer.review.session_measures import best_times
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kicktimer.history.choices import ReviewChoices

INDEX_NAME = ".index.sqlite"
BUSY_TIMEOUT_S = 10.0
MAX_RECOVERIES = 2
BATCH_FILES = 200
"""So many files are read in one transaction: another program that waits for it is not kept long."""

ENTRY_COLUMNS = (
    "name, id, seq, started, problem, workout, kind, state, reps, athletes, rehearsed, race, imported, squad, notes"
)


class History:
    """The index of one directory. Use it as a context manager; `close` it otherwise.

    Raises `KicktimerError` if the directory cannot be read. A directory that does not exist has no sessions.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._recoveries = 0
        self._wants_records = False
        self._connection = self._open()
        self.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @cached_property
    def choices(self) -> ReviewChoices:
        """What the coach has chosen for the reviews. Raises `KicktimerError` if the file of it is damaged."""
        return load_choices(self._directory)

    # -- bringing it up to date

    def _open(self) -> sqlite3.Connection:
        """Opens the index. One that is damaged, or of another version, is made anew."""
        path = self._directory / INDEX_NAME
        try:
            connection = _connect(path)
            if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
                return connection
            connection.close()
        except sqlite3.Error:
            pass  # it is made anew
        return self._new_index()

    def _new_index(self, *, in_memory: bool = False) -> sqlite3.Connection:
        """Makes an empty index, in memory if it is to be there or if none can be written."""
        path = self._directory / INDEX_NAME
        for target in (":memory:",) if in_memory else (path, ":memory:"):
            try:
                if isinstance(target, Path):
                    for suffix in ("", "-journal", "-wal", "-shm"):
                        target.with_name(target.name + suffix).unlink(missing_ok=True)
                    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
                connection = _connect(target)
                connection.executescript(f"BEGIN;{TABLES}PRAGMA user_version = {SCHEMA};COMMIT;")
            except (OSError, sqlite3.Error):
                continue
            return connection
        raise KicktimerError("the list of sessions cannot be made: SQLite does not work here")

    def _recover(self, error: sqlite3.Error) -> None:
        """Makes the index anew after an error: in memory if it cannot be written, or if a new one has failed, too."""
        self._recoveries += 1
        if self._recoveries > MAX_RECOVERIES:
            raise error
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        # An operational error is a full disk, or another program that holds the index for too long.
        in_memory = isinstance(error, sqlite3.OperationalError) or self._recoveries > 1
        self._connection = self._new_index(in_memory=in_memory)
        self.update()
        if self._wants_records:
            self._compute_records()

    def _fetch(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Returns the rows of a query."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._recover(error)
            return self._connection.execute(query, values).fetchall()

    def update(self) -> None:
        """Reads the files that are new or changed since the last time, and forgets those that are gone."""
        files = _scan(self._directory)
        known = {row[0]: row[1:] for row in self._fetch("SELECT name, size, modified, inode FROM file")}
        gone = [name for name in known if name not in files]
        changed = [name for name, stamp in files.items() if known.get(name) != stamp]
        if gone or changed:
            try:
                self._apply(files, gone, changed)
            except sqlite3.Error as error:
                self._recover(error)

    def _apply(self, files: dict[bytes, tuple[int, ...]], gone: Sequence[bytes], changed: Sequence[bytes]) -> None:
        touched: set[str] = set()
        for start in range(0, max(1, len(changed)), BATCH_FILES):
            with _transaction(self._connection):
                for name in (*(gone if start == 0 else ()), *changed[start : start + BATCH_FILES]):
                    touched |= self._forget(name)
                for name in changed[start : start + BATCH_FILES]:
                    touched.add(self._read(name, files[name]))
                self._choose_best(touched)

    def _forget(self, name: bytes) -> set[str]:
        ids = {row[0] for row in self._connection.execute("SELECT id FROM file WHERE name = ?", (name,))}
        for table, column in (("file", "name"), ("athlete", "file"), ("rep", "file")):
            self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))  # noqa: S608 - our own names
        return ids

    def _read(self, name: bytes, stamp: tuple[int, ...]) -> str:
        """Reads one file into the index. Returns the id of its session; a file that is no log has its name as id."""
        path = self._directory / os.fsdecode(name)
        values: dict[str, Any] = {"name": name, "problem": "", "facts": -1, "repaired": False, "seq": 0, "started": ""}
        values |= dict(zip(("size", "modified", "inode"), stamp, strict=True))
        values["id"] = os.fsdecode(name)
        try:
            log = read_log(path, path.name)
            values |= {"id": clean(log.id), "facts": len(log.facts)}
            order = header_order(log.header)
            found = outline(log.header, log.facts)
            race = race_info(clean_json(log.header))
        except (KicktimerError, ValueError) as error:
            order = read_header_order(path)
            values["problem"] = error.message if isinstance(error, KicktimerError) else str(error)
        else:
            plan = clean_json(log.header["plan"])
            squad, kind = str(plan.get("squad_name", "")), str(plan.get("kind", ""))
            values |= {
                "repaired": "repaired" in log.header,
                "problem": "" if log.fault is None else f"line {log.fault.line}: {log.fault.problem}",
                "workout": clean(found.workout), "kind": kind, "state": found.state, "reps": found.reps,
                "athletes": len(found.athletes), "rehearsed": is_rehearsed(log.header), "race": dump_race(race),
                "imported": log.header.get("app") == "import", "squad": squad,
                "search": " ".join((found.workout, kind, order.started[:10], squad, *found.athletes)).lower(),
            }  # fmt: skip
        values |= {"seq": min(order.seq, 2**62), "started": clean(order.started)}
        timestamp = start_timestamp(order.started)
        values["sort"] = stamp[1] / 1e9 if timestamp is None else timestamp
        values = {key: _storable(value) if isinstance(value, str) else value for key, value in values.items()}
        columns = ", ".join(values)
        self._connection.execute(
            f"INSERT INTO file ({columns}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - our own names
            tuple(values.values()),
        )
        return _storable(values["id"])

    def _choose_best(self, ids: Iterable[str]) -> None:
        """Marks the file that counts of each of these sessions."""
        for session_id in ids:
            rows = self._connection.execute(
                "SELECT name FROM file WHERE id = ? ORDER BY repaired DESC, facts DESC, problem = '' DESC, name",
                (session_id,),
            ).fetchall()
            self._connection.executemany(
                "UPDATE file SET is_best = ? WHERE name = ?", [(place == 0, row[0]) for place, row in enumerate(rows)]
            )

    def _compute_records(self) -> None:
        """Replays the sessions whose records have not been computed since their files were read."""
        self._wants_records = True
        query = "SELECT name FROM file WHERE is_best AND has_records IS NULL AND workout IS NOT NULL LIMIT ?"
        try:
            while names := self._connection.execute(query, (BATCH_FILES,)).fetchall():
                with _transaction(self._connection):
                    for (name,) in names:
                        self._compute_record(name)
        except sqlite3.Error as error:
            self._recover(error)

    def _compute_record(self, name: bytes) -> None:
        path = self._directory / os.fsdecode(name)
        problem, record = "", None
        try:
            log = read_log(path, path.name)
            plan = load(clean_json(log.header.get("plan")))
            replayed = replay_sound(plan, map(clean_json, log.facts))
            record = session_record(clean_json(log.header), plan, results(replayed.state))
        except (KicktimerError, ValueError) as error:
            problem = error.message if isinstance(error, KicktimerError) else str(error)
        else:
            if replayed.problem:
                problem = f"line {replayed.sound_facts + 2}: {clean(replayed.problem)}"
            insert_record(self._connection, name, record)
        notes = [] if record is None else record.notes
        self._connection.execute(
            "UPDATE file SET has_records = 1, notes = ?, problem = CASE problem WHEN '' THEN ? ELSE problem END "
            "WHERE name = ?",
            (json.dumps(notes), _storable(problem), name),
        )

    # -- queries

    def entries(self, wanted: Filter = EVERYTHING) -> list[SessionEntry]:
        """Returns the entries of sessions, newest first: by `seq`, then by when they were started."""
        if wanted.athlete or wanted.distance_mm is not None:
            self._compute_records()
        where, values = conditions(wanted, self._spellings(wanted.athlete))
        rows = self._fetch(
            f"SELECT {ENTRY_COLUMNS} FROM file WHERE is_best{where} ORDER BY seq DESC, sort DESC, id DESC",  # noqa: S608
            values,
        )
        return [self._entry(row) for row in rows]

    def _entry(self, row: Sequence[Any]) -> SessionEntry:
        name, session_id, seq, started, problem, workout, kind, state, reps, athletes, rehearsed, race, imported = row[
            :13
        ]
        return SessionEntry(
            self._directory / os.fsdecode(name), session_id, seq, started, problem, workout or "", kind or "",
            state or "", reps or 0, athletes or 0, bool(rehearsed), race is not None, bool(imported),
        )  # fmt: skip

    def sessions(self, wanted: Filter) -> Iterator[SessionRecord]:
        """Yields the records of sessions and races, newest first; with `athlete`, only with that athlete's reps.

        The choices for the review hold: hidden sessions are left out, and merged names are those that they are merged
        into.
        """
        self._compute_records()
        where, values = conditions(wanted, self._spellings(wanted.athlete))
        rows = self._fetch(
            f"SELECT {ENTRY_COLUMNS} FROM file WHERE is_best AND workout IS NOT NULL{where} "  # noqa: S608
            "ORDER BY seq DESC, sort DESC, id DESC",
            values,
        )
        names = self._spellings(wanted.athlete)
        reps, athletes = self._rows_of(names) if names else ({}, {})
        for row in rows:
            parts = (reps.get(row[0], []), athletes.get(row[0], [])) if names else self._rows_in(row[0])
            record = self._record(row, *parts)
            if record.id not in self.choices.hidden:
                yield merge_names(record, self.choices.merged)

    def _rows_in(self, file: bytes) -> tuple[list[RepRecord], list[AthleteRecord]]:
        """Returns the reps and the athletes of one session."""
        reps = f"SELECT {REP_COLUMNS} FROM rep WHERE file = ? ORDER BY place"  # noqa: S608 - our own names
        athletes = f"SELECT {ATHLETE_COLUMNS} FROM athlete WHERE file = ?"  # noqa: S608 - our own names
        fetch = self._fetch
        return [rep_of(row) for row in fetch(reps, (file,))], [athlete_of(row) for row in fetch(athletes, (file,))]

    def _rows_of(self, names: Sequence[str]) -> tuple[dict[bytes, list[RepRecord]], dict[bytes, list[AthleteRecord]]]:
        """Returns all reps and entries of one athlete by file, with one query for all files."""
        marks = ", ".join("?" * len(names))
        query = f"SELECT file, {REP_COLUMNS} FROM rep WHERE athlete IN ({marks}) ORDER BY file, place"  # noqa: S608
        reps: dict[bytes, list[RepRecord]] = {}
        for file, *row in self._fetch(query, names):
            reps.setdefault(file, []).append(rep_of(row))
        query = f"SELECT file, {ATHLETE_COLUMNS} FROM athlete WHERE name IN ({marks})"  # noqa: S608
        athletes: dict[bytes, list[AthleteRecord]] = {}
        for file, *row in self._fetch(query, names):
            athletes.setdefault(file, []).append(athlete_of(row))
        return reps, athletes

    def session(self, session_id: str) -> SessionRecord | None:
        """Returns the record of one session."""
        self._compute_records()
        rows = self._fetch(
            f"SELECT {ENTRY_COLUMNS} FROM file WHERE is_best AND workout IS NOT NULL AND id = ?",  # noqa: S608
            (session_id,),
        )
        return self._record(rows[0], *self._rows_in(rows[0][0])) if rows else None

    def filter_values(self) -> FilterValues:
        """Returns the values that a filter can have, of the sessions that count."""
        entries = [entry for entry in self.entries(Filter()) if entry.is_log]
        distances = self._fetch(
            "SELECT DISTINCT distance_mm FROM rep JOIN file ON name = file WHERE is_best AND NOT rehearsed "
            "AND distance_mm IS NOT NULL ORDER BY distance_mm"
        )
        months = {entry.started[:7] for entry in entries if len(_day(entry.started)) == 10}
        return FilterValues(
            athletes=tuple(self.names()),
            workouts=tuple(name for name, _ in Counter(entry.workout for entry in entries).most_common()),
            kinds=tuple(kind for kind, _ in Counter(entry.kind for entry in entries).most_common() if kind),
            distances_mm=tuple(row[0] for row in distances),
            months=tuple(sorted(months, reverse=True)),
        )

    def season(self, year: int) -> tuple[SessionRecord, ...]:
        """Returns the sessions of a calendar year that count, without races, newest first."""
        wanted = Filter(since=date(year, 1, 1), races=False)
        return tuple(each for each in self.sessions(wanted) if each.moment.year == year)

    def bests_before(self, session: SessionRecord, season: Iterable[SessionRecord]) -> dict[tuple[str, int], int]:
        """Returns the best times of the session's athletes, in ms by name and mm, in the sessions before it."""
        bests = best_times(each for each in season if each.moment < session.moment)
        merged = {name: resolve_alias(name, self.choices.merged) for name in session.names}
        return {
            (name, mm): ms
            for name, counts_as in merged.items()
            for (athlete, mm), ms in bests.items()
            if athlete == counts_as
        }

    def newest_common(self, left: str, right: str) -> SessionRecord | None:
        """Returns the newest session that counts in which both athletes ran, None if there is none."""
        theirs = {each.id for each in self.sessions(Filter(athlete=right, races=False))}
        ours = self.sessions(Filter(athlete=left, races=False))
        common = next((each.id for each in ours if each.id in theirs), None)
        found = None if common is None else self.session(common)
        return None if found is None else merge_names(found, self.choices.merged)

    def names(self) -> list[str]:
        """Returns everybody who has run in a session that counts, by name."""
        self._compute_records()
        rows = self._fetch(
            "SELECT DISTINCT athlete FROM rep JOIN file ON name = file WHERE is_best AND NOT rehearsed ORDER BY athlete"
        )
        return sorted({resolve_alias(row[0], self.choices.merged) for row in rows})

    def find_name(self, text: str) -> str:
        """Returns the athlete whom `text` names; capitals do not count. Raises `KicktimerError` if nobody is meant."""
        names = self.names()
        found = [name for name in names if name.casefold() == text.casefold()]
        if text in names:
            return text
        if len(found) == 1:
            return found[0]
        hint = f"one of {', '.join(names)}" if names else "nobody has run yet: kicktimer run"
        raise KicktimerError(f"nobody called {clean(text)} has run", hint)

    def _spellings(self, athlete: str) -> tuple[str, ...]:
        """Returns the names under which an athlete stands in the logs; none for no athlete."""
        if not athlete:
            return ()
        merged = self.choices.merged
        return (athlete, *(name for name in merged if resolve_alias(name, merged) == athlete and name != athlete))

    def _record(
        self, row: Sequence[Any], reps: Sequence[RepRecord], athletes: Sequence[AthleteRecord]
    ) -> SessionRecord:
        entry = self._entry(row)
        squad, notes = row[13], row[14]
        return SessionRecord(
            id=entry.id, date=entry.started, workout=entry.workout, kind=entry.kind, state=entry.state,  # type: ignore[arg-type]
            rehearsed=entry.rehearsed, imported=entry.imported, seq=entry.seq, squad=squad or "",
            race=load_race(row[11]),
            athletes=tuple(athletes), reps=tuple(reps),
            notes=tuple(json.loads(notes)) if notes else (),
        )  # fmt: skip

    # -- what people call a session

    def resolve(self, name: str, today: date) -> SessionEntry:
        """Returns the session that `name` means: `3` (the third newest), a day, an id or its beginning.

        A day is `today`, `yesterday` or a date.

        Raises `KicktimerError` if there is no such session, or if it may be several.
        """
        entries = self.entries()
        if not entries:
            raise KicktimerError(f"no sessions yet in {self._directory}", "kicktimer run 8x400-burner")
        if name.isdecimal() and len(name) < 5:
            listed = [entry for entry in entries if not entry.is_empty]
            if 1 <= int(name) <= len(listed):
                return listed[int(name) - 1]
            raise KicktimerError(f"there is no session {name}", f"there are {len(listed)}: kicktimer list")
        days = {"today": today, "yesterday": today - timedelta(days=1)}
        day = days[name].isoformat() if name in days else name
        found = [entry for entry in entries if entry.id == name] or [
            entry
            for entry in entries
            if entry.id.startswith(name) or (not entry.is_empty and len(day) == 10 and _day(entry.started) == day)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            listed_ids = ", ".join(entry.id for entry in found[:5])
            raise KicktimerError(f"{name} may be {len(found)} sessions", f"which one? {listed_ids}")
        raise KicktimerError(f"no session {name} in {self._directory}", "kicktimer list shows which there are")


def _connect(target: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(target, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # after a power cut a damaged index is made anew
    return connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _scan(directory: Path) -> dict[bytes, tuple[int, ...]]:
    """Returns size, modification time and number of each log in the directory, by name."""
    try:
        with os.scandir(os.fsencode(directory)) as found:
            stamps = {each.name: _stamp(each) for each in found if each.name.endswith(SUFFIX.encode())}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KicktimerError(f"{directory} cannot be read: {error.strerror}", "--log-dir DIRECTORY") from error
    return dict(sorted(stamps.items()))


def _stamp(entry: os.DirEntry[bytes]) -> tuple[int, ...]:
    try:
        status = entry.stat()
    except OSError:  # it was removed meanwhile, or is a symbolic link to nowhere
        return (-1, 0, 0)
    return status.st_size, status.st_mtime_ns, status.st_ino


def _storable(text: str) -> str:
    """Returns `text` without what SQLite cannot keep: a file's name may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode()


def _day(started: str) -> str:
    try:
        return datetime.fromisoformat(started).date().isoformat()
    except ValueError:
        return ""
