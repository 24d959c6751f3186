"""Reads session logs, as far as they are sound. The file is never changed.

Every line ends with a newline. Bytes after the last newline are a torn line, which a kill or a power cut has left
before it was acknowledged: the reader drops it, and `Log.torn_bytes` says how long it was. Any other invalid line ends
the sound part of the log: `Log.facts` has the facts before it, and `Log.fault` names the line. So a log that is cut,
zeroed or overwritten from any byte after its header on reads as exactly the facts before that byte.

`KicktimerError` is raised for a file whose facts cannot be used at all: one that cannot be read or has no valid header.

A fact has `n` (1, 2, 3 …), `t` (whole ms on the session's clock) and `event`; its other fields are not checked.

Reading takes time and memory in proportion to the size, and both are bounded, whatever the file holds: it has at most
`MAX_FILE_BYTES` bytes, `MAX_FACTS` facts and `MAX_FACT_ITEMS` values.
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from pydantic_core import from_json

from kicktimer.errors import KicktimerError
from kicktimer.journal.json_lines import (
    LOG_VERSION,
    MAX_FACT_BYTES,
    MAX_FACT_ITEMS,
    MAX_FACTS,
    MAX_FILE_BYTES,
    MAX_HEADER_BYTES,
    MAX_HEADER_ITEMS,
    count_items,
    decode_line,
    has_plain_numbers,
)
from kicktimer.text import is_clean_json

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_A_LOG = "`kicktimer list` shows the saved sessions"
MAX_SHOWN_VERSION = 1000
MAX_T_MS = 10**13  # 300 years


class HeaderOrder(NamedTuple):
    """The fields of a header that order sessions. `seq` is 0 and `started` is "" if the header does not have them."""

    seq: int = 0
    started: str = ""


class LineFault(NamedTuple):
    """The first line of a log that is not valid, counted from 1, and what is wrong with it."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Log:
    """The header of a session log and its sound facts: those before the first invalid line.

    `sound_bytes` is the length of the sound part with its newlines. `torn_bytes` is the length of a torn last line.
    """

    header: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    sound_bytes: int
    torn_bytes: int = 0
    fault: LineFault | None = None

    @property
    def id(self) -> str:
        return str(self.header["id"])

    @property
    def note(self) -> str | None:
        """A sentence about the torn last line, None if there is none."""
        if not self.torn_bytes:
            return None
        return f"line {len(self.facts) + 2}: the last line was torn ({self.torn_bytes} bytes) and is left out"


def read_log(source: Path | str | bytes, name: str = "") -> Log:
    """Reads a log from a file or from bytes. `name` stands for it in messages; the default is the path.

    Raises `KicktimerError` if the file cannot be read or has no valid header.
    """
    if isinstance(source, bytes):
        return _parse(source, name or "the log")
    path = Path(source)
    return _parse(_read_bytes(path), name or str(path))


class PlainLog(NamedTuple):
    """The header and the facts of a log that has no fault. The strings of the header are clean."""

    header: dict[str, Any]
    facts: list[dict[str, Any]]


def read_plain_log(source: Path | bytes) -> PlainLog | None:
    """Reads a log that is plainly sound, in a third of the time that the standard parser takes.

    It returns what `read_log` would return, or None for a log that it cannot vouch for: one with a fault or a torn
    line, one that is not a file, one of a mebibyte, and one whose header has text to be cleaned.

    All facts are parsed at once, and three checks are left to the caller. The strings of the facts are not cleaned,
    their numbers may be larger than `read_log` allows, and only a fact without a list in it is sure to be one line.
    """
    try:
        data = source if isinstance(source, bytes) else _read_bytes(source)
        end = data.find(b"\n")
        if len(data) >= MAX_FACT_BYTES or not data.endswith(b"\n") or data[end + 1 :] == b"\n":
            return None
        if len(data) > MAX_HEADER_ITEMS // 2 and count_items(data) > MAX_HEADER_ITEMS:
            return None
        first = data[:end]
        if not has_plain_numbers(first) or not is_clean_json(first.decode()):
            return None
        header = from_json(first, allow_inf_nan=False)
        version = header["kicktimer_log"]
        if type(version) is not int or version != LOG_VERSION or type(header["id"]) is not str:
            return None
        return PlainLog(header, _plain_facts(data[end + 1 : -1]))
    except (KicktimerError, ValueError, KeyError, TypeError, IndexError):
        return None


def _plain_facts(lines: bytes) -> list[dict[str, Any]]:
    """Returns the facts of lines without their last newline. Raises `ValueError` or a `LookupError` for invalid ones.

    The lines are parsed as one list, with a zero between two lines. In an object a zero is no key: so only inside of a
    list can a newline pass for one between two facts.
    """
    if not lines:
        return []
    count = lines.count(b"\n")
    values = from_json(b"[%b]" % lines.replace(b"\n", b",0,"), allow_inf_nan=False, cache_strings="keys")
    facts: list[dict[str, Any]] = values[::2]
    if len(values) != 2 * count + 1 or values[1::2] != [0] * count:
        raise ValueError
    numbers, moments, events = ([fact[name] for fact in facts] for name in ("n", "t", "event"))
    if numbers != [*range(1, count + 2)] or not {*map(type, numbers), *map(type, moments)} <= {int}:
        raise ValueError
    if not {*map(type, events)} <= {str} or min(moments) < -MAX_T_MS or max(moments) > MAX_T_MS:
        raise ValueError
    return facts


def read_header(path: Path) -> dict[str, Any]:
    """Returns the header of a log; {} for a file whose first line is none, or that cannot be read.

    Only the first line is read.
    """
    try:
        with _open_file(path) as file:
            line = file.readline(MAX_HEADER_BYTES)
        header = decode_line(line.removesuffix(b"\n").removeprefix(codecs.BOM_UTF8), MAX_HEADER_BYTES)
    except (KicktimerError, OSError, ValueError):
        return {}
    return header if line.endswith(b"\n") and "kicktimer_log" in header else {}


def read_header_order(path: Path) -> HeaderOrder:
    """Returns `seq` and `started` of the header of a log, which count as missing where it has no sound header."""
    return header_order(read_header(path))


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
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > MAX_FILE_BYTES else file.read(size + 1)
            if len(data) > size:  # it grows while it is read
                data += file.read(MAX_FILE_BYTES + 1 - len(data))
    except OSError as error:
        raise KicktimerError(f"{path} cannot be read: {error.strerror}", NOT_A_LOG) from error
    except ValueError as error:  # a NUL in the name
        raise KicktimerError(f"{path} is no name of a file", NOT_A_LOG) from error
    if max(size, len(data)) > MAX_FILE_BYTES:
        raise KicktimerError(f"{path} is larger than any session log ({MAX_FILE_BYTES >> 20} MiB)", NOT_A_LOG)
    return data


def _parse(data: bytes, name: str) -> Log:
    end = data.find(b"\n")
    if end < 0:
        if not data:
            raise KicktimerError(f"{name} is empty: it is no session log", NOT_A_LOG)
        if data.startswith(b'{"kicktimer_log":'):
            raise KicktimerError(f"{name}:1: the header is torn: the session had not begun", NOT_A_LOG)
        raise KicktimerError(f"{name} is no session log", NOT_A_LOG)
    header = _header(data[:end].removeprefix(codecs.BOM_UTF8), name)
    facts: list[dict[str, Any]] = []
    fault = None
    items = 0
    start = end + 1
    # The lines are found one by one: a list of all lines of a large file of newlines would need 16 times its size.
    while (end := data.find(b"\n", start)) >= 0:
        line = data[start:end]
        items += count_items(line)
        if items > MAX_FACT_ITEMS:
            fault = LineFault(len(facts) + 2, "there are more values than in any session")
            break
        try:
            facts.append(_fact(line, len(facts) + 1))
        except ValueError as error:
            fault = LineFault(len(facts) + 2, str(error))
            break
        start = end + 1
    return Log(header, tuple(facts), start, 0 if fault else len(data) - start, fault)


def _header(line: bytes, name: str) -> dict[str, Any]:
    try:
        header = decode_line(line, MAX_HEADER_BYTES)
    except ValueError as error:
        raise KicktimerError(f"{name} is no session log: line 1 is no header, {error}", NOT_A_LOG) from error
    version = header.get("kicktimer_log")
    if type(version) is not int or version < 1:
        raise KicktimerError(f"{name} is no session log: line 1 has no `kicktimer_log`", NOT_A_LOG)
    if version > LOG_VERSION:
        shown = f" (log format {version})" if version < MAX_SHOWN_VERSION else ""
        raise KicktimerError(f"{name} was written by a newer kicktimer{shown}", "update kicktimer")
    if not isinstance(header.get("id"), str):
        raise KicktimerError(f"{name}:1: the header has no `id`", NOT_A_LOG)
    return header


def _fact(line: bytes, n: int) -> dict[str, Any]:
    """Returns the fact of a line. Raises `ValueError` with a message for people if it is not fact `n`."""
    if n > MAX_FACTS:
        raise ValueError(f"no session has more than {MAX_FACTS} facts")
    if not line.strip(b"\0"):
        raise ValueError("it is empty" if not line else "it has zero bytes only: a power cut leaves such a file")
    fact = decode_line(line)
    number = fact.get("n")
    if type(number) is not int or number != n:
        if type(number) is int and 0 < number < n:
            raise ValueError(f"fact {number} comes a second time, where fact {n} is expected")
        shown = f"fact {number}" if type(number) is int and 0 < number <= MAX_FACTS else "something else"
        raise ValueError(f"fact {n} is expected, and {shown} is there")
    if type(fact.get("t")) is not int or abs(fact["t"]) > MAX_T_MS:
        raise ValueError(f"fact {n} has no time `t` in whole ms")
    if not isinstance(fact.get("event"), str):
        raise ValueError(f"fact {n} has no `event`")  # noqa: TRY004 - the reader expects ValueError only
    return fact
