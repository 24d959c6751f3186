"""Reads session logs. The file is never changed.

Every line ends with a newline. Bytes after the last newline are a torn line, which a kill or a power cut has left
before it was acknowledged: the reader drops it, and `Log.note` says so. Any other invalid line raises `KicktimerError`
with its number. So a log that is cut at any byte after its header reads as a prefix of its facts.

A fact has `n` (1, 2, 3 …), `t` (whole ms on the session's clock) and `event`; its other fields are not checked.
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from kicktimer.errors import KicktimerError
from kicktimer.journal.json_lines import LOG_VERSION, MAX_FILE_BYTES, MAX_HEADER_BYTES, decode_line

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_A_LOG = "`kicktimer list` shows the saved sessions"
DAMAGED = "the file was changed or damaged after it was written; the lines before that one are sound"


class HeaderOrder(NamedTuple):
    """The fields of a header that order sessions. `seq` is 0 and `started` is "" if the header does not have them."""

    seq: int = 0
    started: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """The header and the facts of a session log. `note` says that a torn last line was dropped, else it is None."""

    header: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    note: str | None = None

    @property
    def id(self) -> str:
        return str(self.header["id"])


def read_log(source: Path | str | bytes, name: str = "") -> Log:
    """Reads a log from a file or from bytes. `name` stands for it in messages; the default is the path.

    Raises `KicktimerError` if the file cannot be read or is not a valid log.
    """
    if isinstance(source, bytes):
        return _parse(source, name or "the log")
    path = Path(source)
    return _parse(_read_bytes(path), name or str(path))


def read_header_order(path: Path) -> HeaderOrder:
    """Returns `seq` and `started` of the header of a log. Only the first line is read.

    A file whose first line is not a header counts as a header without both, as does a file that cannot be read.
    """
    try:
        with _open_file(path) as file:
            line = file.readline(MAX_HEADER_BYTES)
        header = decode_line(line.removesuffix(b"\n").removeprefix(codecs.BOM_UTF8), MAX_HEADER_BYTES)
    except (KicktimerError, OSError, ValueError):
        return HeaderOrder()
    return header_order(header) if line.endswith(b"\n") and "kicktimer_log" in header else HeaderOrder()


def header_order(header: Mapping[str, Any]) -> HeaderOrder:
    """Returns `seq` and `started` of a header. A value of a wrong type counts as missing."""
    seq, started = header.get("seq"), header.get("started")
    return HeaderOrder(seq if type(seq) is int and seq > 0 else 0, started if isinstance(started, str) else "")


def _open_file(path: Path) -> BinaryIO:
    """Opens a regular file. Raises `KicktimerError` for anything else, such as a directory or a named pipe."""
    # Without O_NONBLOCK, opening a named pipe in the log directory would wait forever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise KicktimerError(f"{path} is not a file", NOT_A_LOG)
    return os.fdopen(descriptor, "rb")


def _read_bytes(path: Path) -> bytes:
    try:
        with _open_file(path) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise KicktimerError(f"{path} cannot be read: {error.strerror}", NOT_A_LOG) from error
    if len(data) > MAX_FILE_BYTES:
        raise KicktimerError(f"{path} is larger than any session log ({MAX_FILE_BYTES >> 20} MiB)", NOT_A_LOG)
    return data


def _parse(data: bytes, name: str) -> Log:
    *lines, rest = data.split(b"\n")
    if not lines:
        if not rest:
            raise KicktimerError(f"{name} is empty: it is no session log", NOT_A_LOG)
        if rest.startswith(b'{"kicktimer_log":'):
            raise KicktimerError(f"{name}:1: the header is torn: the session had not begun", NOT_A_LOG)
        raise KicktimerError(f"{name} is no session log", NOT_A_LOG)
    header = _header(lines[0].removeprefix(codecs.BOM_UTF8), name)
    facts = tuple(_fact(line, n, name) for n, line in enumerate(lines[1:], start=1))
    note = None
    if rest:
        note = f"{name}:{len(lines) + 1}: the last line was torn ({len(rest)} bytes) and is left out"
    return Log(header, facts, note)


def _header(line: bytes, name: str) -> dict[str, Any]:
    try:
        header = decode_line(line, MAX_HEADER_BYTES)
    except ValueError as error:
        raise KicktimerError(f"{name} is no session log: line 1 is no header, {error}", NOT_A_LOG) from error
    version = header.get("kicktimer_log")
    if type(version) is not int or version < 1:
        raise KicktimerError(f"{name} is no session log: line 1 has no `kicktimer_log`", NOT_A_LOG)
    if version > LOG_VERSION:
        raise KicktimerError(f"{name} was written by a newer kicktimer (log format {version})", "update kicktimer")
    if not isinstance(header.get("id"), str):
        raise KicktimerError(f"{name}:1: the header has no `id`", DAMAGED)
    return header


def _fact(line: bytes, n: int, name: str) -> dict[str, Any]:
    where = f"{name}:{n + 1}"
    try:
        fact = decode_line(line)
    except ValueError as error:
        raise KicktimerError(f"{where}: a bad line: {error}", DAMAGED) from error
    if type(fact.get("n")) is not int or fact["n"] != n:
        raise KicktimerError(f"{where}: fact {n} is expected here, not {fact.get('n')!r}", DAMAGED)
    if type(fact.get("t")) is not int:
        raise KicktimerError(f"{where}: fact {n} has no time `t` in whole ms", DAMAGED)
    if not isinstance(fact.get("event"), str):
        raise KicktimerError(f"{where}: fact {n} has no `event`", DAMAGED)
    return fact
