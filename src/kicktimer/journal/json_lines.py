"""A line of a log: one JSON object in UTF-8, compact, with finite numbers only, ended by a newline.

`decode_line` reads every line that `encode_line` returns, so nothing can be saved that cannot be read again. Both raise
ValueError with a message for people if a record or a line is not allowed.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_VERSION = 1
MAX_HEADER_BYTES = 16 << 20  # a plan of 500 reps with splits for 36 athletes stays below 8 MB
MAX_HEADER_ITEMS = 600_000
MAX_FACT_BYTES = 1 << 20
MAX_FACTS = 100_000  # 500 reps of 36 athletes, each with a split and a name, make 72,000
MAX_FACT_ITEMS = 2_500_000  # in all facts of a log
MAX_FILE_BYTES = 24 << 20
MAX_INT_DIGITS = 300

_NUMBER_SHAPES = bytes(
    ord("0") if byte in b"0123456789" else ord("e") if byte in b"eE" else ord(".") for byte in range(256)
)
_LONG_NUMBER = b"0" * (MAX_INT_DIGITS + 1)


def encode_line(record: Mapping[str, Any], limit: int = MAX_FACT_BYTES) -> bytes:
    """Returns `record` as a line with its newline. Raises ValueError if it is longer than `limit` bytes."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    line = text.encode() + b"\n"  # the only newline: JSON escapes those inside strings
    if len(line) > limit:
        raise ValueError(f"a line of {len(line)} bytes, the most is {limit}")
    return line


def decode_line(line: bytes, limit: int = MAX_FACT_BYTES) -> dict[str, Any]:
    """Returns the record of a line, which is given without its newline."""
    if len(line) >= limit:
        raise ValueError(f"it is longer than {limit} bytes")
    if limit > MAX_FACT_BYTES and count_items(line) > MAX_HEADER_ITEMS:
        raise ValueError("it has more values than any plan")
    try:
        record = _decoder.decode(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError("it is not text (UTF-8)") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (see character {error.pos + 1})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - the reader expects ValueError only
    return record


def count_items(line: bytes) -> int:
    """Returns a bound for the memory that a line's record needs: about 64 bytes for an item, beside its text."""
    return line.count(b",") + 2 * line.count(b"[") + 2 * line.count(b"{")


def has_plain_numbers(line: bytes) -> bool:
    """Whether no number in a line of JSON has an exponent or too many digits: none can be larger than is allowed.

    False may also mean that it cannot tell. It does not parse, and so costs less than a check of each number.
    """
    shapes = line.translate(_NUMBER_SHAPES)
    if _LONG_NUMBER in shapes:
        return False
    at = shapes.find(b"0e")
    while at >= 0:
        before = line[max(0, at - MAX_INT_DIGITS) : at].rstrip(b"0123456789.-")[-1:]  # nothing: a very long number
        if not before or before in b":,[ ":
            return False
        at = shapes.find(b"0e", at + 1)
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it has {name}, which is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("it has a number that is too large")
    return number


def _short_int(text: str) -> int:
    if len(text) > MAX_INT_DIGITS:  # reading digits takes time in proportion to the square of their number
        raise ValueError("it has a number of too many digits")
    return int(text)


_decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=_short_int)
