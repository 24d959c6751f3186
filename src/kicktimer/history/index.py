"""`Index`: what is known of the files of a log directory, kept in SQLite, and checked whenever it is read.

The index stands in the directory, as `.index.sqlite`. If it is damaged, or of another version, it is made anew; if it
cannot be written, as on a full disk or in a directory of somebody else, it is kept in memory and made anew each time.
Damage may show in any query: the index is made anew then, and the query is repeated. Two programs may use it at once:
each update is one transaction, and what another one has changed is read again before the next query.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kicktimer.errors import KicktimerError
from kicktimer.history.log_rows import read_rows, replay_rows
from kicktimer.history.rows import (
    SCHEMA,
    TABLES,
    AthleteRows,
    FileRow,
    pack_file,
    unpack_block,
    unpack_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kicktimer.history.log_rows import LogRows, Stamp

INDEX_NAME = ".index.sqlite"
BUSY_TIMEOUT_S = 10.0
MAX_RECOVERIES = 2
BATCH_FILES = 200
"""So many files are read in one transaction: another program that waits for it is not kept long."""

T = TypeVar("T")


def forget_index(directory: Path) -> None:
    """Deletes the index of a directory; the next one who needs it makes it anew. Raises `OSError`."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        (directory / f"{INDEX_NAME}{suffix}").unlink(missing_ok=True)


class Index:
    """The index of one directory. `files` and `session` read it, `update` brings it up to date."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._recoveries = 0
        self._stamps: Mapping[bytes, Stamp] = {}  # the files of the directory
        self._files: dict[bytes, FileRow] = {}  # the rows of the table `file`
        self._ids: dict[bytes, int] = {}
        self._counted: list[tuple[bytes, FileRow]] | None = None  # the files that count, newest first
        self._version: int | None = None  # changes when another program writes to the index; None: read it again
        self._connection = self._open()

    def close(self) -> None:
        """Closes the index."""
        self._connection.close()

    # -- opening it, and making it anew

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
                    forget_index(self._directory)
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
        # An operational error is a full disk, or another program that holds the index for too long. SQLITE_ERROR is a
        # table or a column that is not there.
        code = getattr(error, "sqlite_errorcode", None)
        cannot_write = isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
        self._connection = self._new_index(in_memory=cannot_write or self._recoveries > 1)
        self._version = None
        self._guarded(self._read_changes)

    def _guarded(self, call: Callable[[], T]) -> T:
        """Returns the result of a call. After an error of the index it is made anew, and the call is repeated."""
        try:
            return call()
        except sqlite3.Error as error:
            self._version = None
            self._recover(error)
            return call()

    @contextlib.contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        """Begins a transaction, in which the rows of the files are those of the index."""
        self._connection.execute(f"BEGIN {kind}")
        try:
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._version:
                self._load()
                self._version = version
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._version = None
            with contextlib.suppress(sqlite3.Error):  # SQLite may have ended the transaction itself
                self._connection.execute("ROLLBACK")
            raise

    def _load(self) -> None:
        """Reads the rows of all files, and checks them."""
        self._files, self._ids, self._counted = {}, {}, None
        rows = self._connection.execute("SELECT id, name, checksum, record FROM file")
        with _no_garbage_collection():
            for number, name, checksum, record in rows:
                self._files[name] = unpack_file(name, checksum, record)
                self._ids[name] = number

    # -- bringing it up to date

    def update(self, stamps: Mapping[bytes, Stamp]) -> None:
        """Reads the files that are new or have changed, and forgets those that are gone.

        `stamps` has size, modification time and number of each file.
        """
        self._stamps = stamps
        self._guarded(self._read_changes)

    def _read_changes(self) -> None:
        with self._transaction("DEFERRED"):
            gone = [name for name in self._files if name not in self._stamps]
            changed = [name for name, stamp in self._stamps.items() if self._is_changed(name, stamp)]
        for start in range(0, max(len(gone), len(changed)), BATCH_FILES):
            with self._transaction("IMMEDIATE"):
                for name in gone[start : start + BATCH_FILES]:
                    self._forget(name)
                self._read_files(changed[start : start + BATCH_FILES])

    def _read_files(self, names: Sequence[bytes]) -> None:
        with _no_garbage_collection():
            for name in names:
                stamp = self._stamps[name]
                if self._is_changed(name, stamp):  # another program may have read it meanwhile
                    self._keep(name, read_rows(self._path(name), stamp))

    def _is_changed(self, name: bytes, stamp: Stamp) -> bool:
        row = self._files.get(name)
        return row is None or row.stamp != stamp

    def _path(self, name: bytes) -> Path:
        return self._directory / os.fsdecode(name)

    def _forget(self, name: bytes) -> None:
        number = self._ids.pop(name, None)
        self._files.pop(name, None)
        self._counted = None
        if number is not None:
            self._connection.execute("DELETE FROM block WHERE file = ?", (number,))
            self._connection.execute("DELETE FROM file WHERE id = ?", (number,))

    def _keep(self, name: bytes, rows: LogRows) -> None:
        """Writes the rows of a file in place of those that the index has of it."""
        self._forget(name)
        self._ids[name] = insert_row(self._connection, name, rows)
        self._files[name] = rows.file

    def _compute_records(self) -> None:
        """Replays the sessions whose reps are not in the index: those that only a replay can tell."""
        while names := [name for name, row in self._files_that_count() if _lacks_records(row)][:BATCH_FILES]:
            with self._transaction("IMMEDIATE"):
                for name in names:
                    row = self._files.get(name)
                    if row is not None and _lacks_records(row):
                        self._keep(name, replay_rows(self._path(name), row))

    # -- reading it

    def files(self, *, records: bool = False) -> Sequence[tuple[bytes, FileRow]]:
        """Returns the files that count with their names, the newest first: by `seq`, then by the start.

        With `records` the reps of all of them are in the index then.
        """

        def read() -> Sequence[tuple[bytes, FileRow]]:
            with self._transaction("DEFERRED"):
                pass
            if records:
                self._compute_records()
            return self._files_that_count()

        return self._guarded(read)

    def _files_that_count(self) -> list[tuple[bytes, FileRow]]:
        """Returns the best file of each session. Of a session the repaired file counts, else the longest."""
        if self._counted is None:
            best: dict[str, tuple[bytes, FileRow]] = {}
            for name, row in sorted(self._files.items(), key=lambda each: each[0], reverse=True):
                other = best.get(row.id)
                if other is None or _rank(row) >= _rank(other[1]):
                    best[row.id] = name, row
            self._counted = sorted(
                best.values(), key=lambda each: (each[1].seq, each[1].sort, each[1].id), reverse=True
            )
        return self._counted

    def session(self, name: bytes) -> tuple[FileRow, AthleteRows] | None:
        """Returns the row of a file, and what its session's athletes did.

        Returns None if another program has removed the file from the index meanwhile.
        """

        def read() -> tuple[FileRow, AthleteRows] | None:
            if (row := self._files.get(name)) is not None and _lacks_records(row):  # the index was made anew meanwhile
                self._compute_records()
            with self._transaction("DEFERRED"):
                return self._read_block(name)

        return self._guarded(read)

    def sessions_of(self, names: Sequence[str]) -> dict[bytes, tuple[FileRow, AthleteRows]]:
        """Returns what these athletes did in the sessions in which one of them has a rep, by the file's name."""

        def read() -> dict[bytes, tuple[FileRow, AthleteRows]]:
            self._compute_records()
            with self._transaction("DEFERRED"):
                found = {}
                for name, row in self._files_that_count():
                    session = self._read_block(name, names) if row.has_rep_of(names) or _lacks_records(row) else None
                    if session is not None and session[0].has_rep_of(names):
                        found[name] = session
                return found

        return self._guarded(read)

    def _read_block(self, name: bytes, names: Sequence[str] | None = None) -> tuple[FileRow, AthleteRows] | None:
        """Returns the row of a file with what its block says of these athletes, None for a file that is no log."""
        row = self._files.get(name)
        if row is None or row.workout is None:
            return None
        if row.has_records:
            block = self._connection.execute("SELECT data FROM block WHERE file = ?", (self._ids[name],)).fetchone()
            return row, unpack_block(row, None if block is None else block[0], names)
        rows = replay_rows(self._path(name), row)  # another program has read the file anew in between
        return rows.file, unpack_block(rows.file, rows.block, names)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keeps the cyclic garbage collector from running: what is read has no cycles, and it costs 7 % of reading logs."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def insert_row(connection: sqlite3.Connection, name: bytes, rows: LogRows) -> int:
    """Inserts the row of a file, and its block. Returns the number of both."""
    values = (name, *pack_file(name, rows.file))
    number = connection.execute("INSERT INTO file (name, checksum, record) VALUES (?, ?, ?)", values).lastrowid
    connection.execute("INSERT INTO block VALUES (?, ?)", (number, rows.block))
    assert number is not None
    return number


def _rank(row: FileRow) -> tuple[bool, int, bool]:
    return row.repaired, row.facts, not row.problem


def _lacks_records(row: FileRow) -> bool:
    return row.workout is not None and not row.has_records


def _connect(target: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(target, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # after a power cut a damaged index is made anew
    return connection
