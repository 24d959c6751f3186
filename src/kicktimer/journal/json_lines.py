"""One record, one line: JSON, UTF-8, compact, ended by a newline, within bounds that the reader shares.

What `encode` accepts `decode` reads back, so that nothing can be saved that cannot be read. Both raise ValueError, with
a message for people, for anything else. Numbers are finite. `decode` takes the line without its newline.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_VERSION = 1
MAX_HEADER = 32 << 20  # bytes of a line: 500 reps with every target of 36 athletes stay well below
MAX_FACT = 1 << 20
MAX_FILE = 256 << 20


def encode(record: Mapping[str, Any], limit: int = MAX_FACT) -> bytes:
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    line = text.encode() + b"\n"  # JSON escapes the newlines inside strings, so this is the only one
    if len(line) > limit:
        raise ValueError(f"a line of {len(line)} bytes, the most is {limit}")
    return line


def decode(line: bytes, limit: int = MAX_FACT) -> dict[str, Any]:
    if len(line) >= limit:
        raise ValueError(f"it is longer than {limit} bytes")
    try:
        record = json.loads(line.decode(), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise ValueError("it is not text (UTF-8)") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at character {error.pos + 1})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - one kind of error for the reader
    return record


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number
