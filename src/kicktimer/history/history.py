"""`History`: the saved sessions of a directory, from an index that brings itself up to date.

A file of the directory is read again when its size, its modification time or its number has changed. Of several files
of one session the repaired one counts, else the longest. Damaged, foreign and newer files have an entry, too, which
says what is wrong with them.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self

from kicktimer.errors import KicktimerError
from kicktimer.history.choices import load_choices
from kicktimer.history.entries import EVERYTHING, Filter, FilterValues, SessionEntry, matches
from kicktimer.history.index import Index
from kicktimer.history.rows import REPS, session_of
from kicktimer.journal import NAME_REMOVED
from kicktimer.journal.sequence import SUFFIX
from kicktimer.review.records import SessionRecord, merge_names, resolve_alias
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kicktimer.history.choices import ReviewChoices
    from kicktimer.history.log_rows import Stamp
    from kicktimer.history.rows import FileRow


class History:
    """The index of one directory. Use it as a context manager; `close` it otherwise.

    Raises `KicktimerError` if the directory cannot be read. A directory that does not exist has no sessions.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._index = Index(directory)
        self.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._index.close()

    @cached_property
    def choices(self) -> ReviewChoices:
        """What the coach has chosen for the reviews. Raises `KicktimerError` if the file of it is damaged."""
        return load_choices(self._directory)

    def update(self) -> None:
        """Reads the files that are new or changed since the last time, and forgets those that are gone."""
        self._index.update(_scan(self._directory))

    # -- queries

    def _wanted(self, wanted: Filter, *, records: bool) -> list[tuple[bytes, FileRow]]:
        """Returns the files that are wanted, newest first: by `seq`, then by when the sessions were started."""
        names = self._spellings(wanted.athlete)
        return [each for each in self._index.files(records=records) if matches(wanted, each[1], names)]

    def entries(self, wanted: Filter = EVERYTHING) -> list[SessionEntry]:
        """Returns the entries of sessions, newest first: by `seq`, then by when they were started."""
        records = bool(wanted.athlete) or wanted.distance_mm is not None
        return [self._entry(*each) for each in self._wanted(wanted, records=records)]

    def _entry(self, name: bytes, row: FileRow) -> SessionEntry:
        return SessionEntry(
            self._directory / os.fsdecode(name), row.id, row.seq, row.started, row.problem, row.workout or "", row.kind,
            row.state or "", row.reps, row.athletes, row.rehearsed, row.race is not None, row.imported,
        )  # fmt: skip

    def sessions(self, wanted: Filter) -> Iterator[SessionRecord]:
        """Yields the records of sessions and races, newest first; with `athlete`, only with that athlete's reps.

        The choices for the review hold: hidden sessions are left out, and merged names are those that they are merged
        into.
        """
        names = self._spellings(wanted.athlete)
        found = [name for name, row in self._wanted(wanted, records=True) if row.workout is not None]
        of_athlete = self._index.sessions_of(names) if names else {}
        for name in found:
            session = of_athlete.get(name) if names else self._index.session(name)
            if session is not None and session[0].id not in self.choices.hidden:
                yield merge_names(session_of(*session), self.choices.merged)

    def session(self, session_id: str) -> SessionRecord | None:
        """Returns the record of one session, with merged names as the reviews have them."""
        record = self.logged_session(session_id)
        return None if record is None else merge_names(record, self.choices.merged)

    def logged_session(self, session_id: str) -> SessionRecord | None:
        """Returns the record of one session, with the names as they stand in its log."""
        for name, row in self._index.files(records=True):
            if row.id == session_id and row.workout is not None:
                session = self._index.session(name)
                return None if session is None else session_of(*session)
        return None

    def filter_values(self) -> FilterValues:
        """Returns the values that a filter can have, of the sessions that count."""
        rows = [row for _, row in self._wanted(Filter(), records=True) if row.workout is not None]
        return FilterValues(
            athletes=tuple(self.names()),
            workouts=tuple(name for name, _ in Counter(row.workout or "" for row in rows).most_common()),
            kinds=tuple(kind for kind, _ in Counter(row.kind for row in rows).most_common() if kind),
            distances_mm=tuple(sorted({mm for row in rows for mm in row.distances})),
            months=tuple(sorted({row.started[:7] for row in rows if len(_day(row.started)) == 10}, reverse=True)),
        )

    def season(self, year: int) -> tuple[SessionRecord, ...]:
        """Returns the sessions of a calendar year that count, without races, newest first."""
        wanted = Filter(since=date(year, 1, 1), races=False)
        return tuple(each for each in self.sessions(wanted) if each.moment.year == year)

    def newest_common(self, left: str, right: str) -> SessionRecord | None:
        """Returns the newest session that counts in which both athletes ran, None if there is none."""
        theirs = {each.id for each in self.sessions(Filter(athlete=right, races=False))}
        ours = self.sessions(Filter(athlete=left, races=False))
        common = next((each.id for each in ours if each.id in theirs), None)
        return None if common is None else self.session(common)

    def names(self) -> list[str]:
        """Returns everybody who has run in a session that counts, by name; nobody whose name was removed."""
        names: set[str] = set()
        for _, row in self._index.files(records=True):
            if not row.rehearsed:
                names |= {name for name, part in row.parts.items() if part[REPS] > 0}
        found = {resolve_alias(name, self.choices.merged) for name in names}
        return sorted(name for name in found if not name.startswith(NAME_REMOVED[:-1]))

    def all_names(self) -> set[str]:
        """Returns everybody who stands in any session, rehearsed ones too, as the logs spell the names."""
        return {name for _, row in self._index.files(records=True) for name in row.parts}

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


def _scan(directory: Path) -> dict[bytes, Stamp]:
    """Returns size, modification time and number of each log in the directory, by name."""
    try:
        with os.scandir(os.fsencode(directory)) as found:
            stamps = {each.name: _stamp(each) for each in found if each.name.endswith(SUFFIX.encode())}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KicktimerError(f"{directory} cannot be read: {error.strerror}", "--log-dir DIRECTORY") from error
    return dict(sorted(stamps.items()))


def _stamp(entry: os.DirEntry[bytes]) -> Stamp:
    try:
        status = entry.stat()
    except OSError:  # it was removed meanwhile, or is a symbolic link to nowhere
        return (-1, 0, 0)
    return status.st_size, status.st_mtime_ns, status.st_ino


def _day(started: str) -> str:
    try:
        return datetime.fromisoformat(started).date().isoformat()
    except ValueError:
        return ""
