"""Users' text on a terminal: removing unsafe characters, measuring its width, and formatting faults of files.

Text from a user's file goes through `clean` when it is loaded: the result has no control, format or bidi character, no
line break and no white space at its ends.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kicktimer.errors import Fault

# Unicode categories that a terminal may act on: control, format (bidi marks, joiners), surrogate, private use.
_UNSAFE_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
_TABS_AND_LINE_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
MAX_CACHED_CHARACTERS = 64
_MAX_SOURCE_CHARACTERS = 100  # how much of a long source line the report of a fault shows

UNICODE_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""The spaces of Unicode apart from the ordinary one, among them the no-break spaces U+00A0 and U+202F."""
INVISIBLE_CHARACTERS = "\u200b\u2060\ufeff"
"""Characters of no width that come with pasted text: the zero width space, the word joiner and the byte order mark."""
_TO_PLAIN_SPACES = str.maketrans(dict.fromkeys(UNICODE_SPACES, " "))
_TO_NOTHING = str.maketrans(dict.fromkeys(INVISIBLE_CHARACTERS, ""))


def plain_spaces(text: str) -> str:
    """Returns `text` with an ordinary space in place of each Unicode space; the length stays the same."""
    return text if text.isascii() else text.translate(_TO_PLAIN_SPACES)


def remove_invisible(text: str) -> str:
    """Returns `text` without `INVISIBLE_CHARACTERS`."""
    return text if text.isascii() else text.translate(_TO_NOTHING)


def name_space(char: str) -> str:
    """Returns the name of one of `UNICODE_SPACES` or `INVISIBLE_CHARACTERS`, such as "no-break space"."""
    return "byte order mark" if char == "\ufeff" else unicodedata.name(char).lower()


def clean(text: str) -> str:
    """Returns `text` in Unicode normal form C on one line, without characters that a terminal could act on."""
    return _clean_short(text) if len(text) <= MAX_CACHED_CHARACTERS else _clean(text)


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(" " if char in _TABS_AND_LINE_BREAKS else char for char in text)
    safe = "".join(char for char in spaced if unicodedata.category(char) not in _UNSAFE_CATEGORIES)
    return " ".join(unicodedata.normalize("NFC", safe).split())  # last: what was removed may have kept two apart


_clean_short = lru_cache(maxsize=4096)(_clean)  # a log has the same keys and names in every line


def clean_json(given: object) -> Any:
    """Returns parsed JSON with every key and string cleaned: a log or a script may come from an unknown source."""
    if isinstance(given, str):
        return clean(given)
    if isinstance(given, dict):
        return {clean(str(key)): clean_json(value) for key, value in given.items()}
    return [clean_json(each) for each in given] if isinstance(given, list) else given


def is_clean_json(line: str) -> bool:
    """Whether `clean_json` would return what this line of valid JSON holds as it is.

    It looks at the line as a whole, which costs a tenth of cleaning every string. False may also mean that it cannot
    tell: the line has an escape, or a blank beside a quotation mark.
    """
    if "\\" in line or "\x7f" in line:
        return False
    if not line.isascii() and not (line.isprintable() and unicodedata.is_normalized("NFC", line)):
        return False
    pieces = line.split(" ")
    beside_blanks = {piece[-1:] for piece in pieces[:-1]} | {piece[:1] for piece in pieces[1:]}
    return not beside_blanks & {"", '"'}


def has_control_characters(text: str) -> bool:
    """Whether `text` contains a control character, such as the one that starts an escape sequence."""
    return any(unicodedata.category(char) == "Cc" for char in text)


def replace_words(text: str, new: Mapping[str, str]) -> str:
    """Returns the text with each key of `new` that stands in it as a whole word replaced; capitals do not count."""
    folded = text.casefold()
    present = sorted((word for word in new if word.casefold() in folded), key=len, reverse=True)
    if not present:
        return text
    by_fold = {word.casefold(): new[word] for word in present}
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, present))})(?!\w)"
    return re.sub(pattern, lambda match: by_fold.get(match[0].casefold(), match[0]), text, flags=re.IGNORECASE)


def display_width(text: str) -> int:
    """Returns how many terminal columns `text` takes: a wide character takes two, a combining one none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(char) for char in text)


def _character_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Returns `text` padded, or truncated with an ellipsis, to exactly `width` columns. `right` aligns it right."""
    if width <= 0:
        return ""
    have = display_width(text)
    if have > width:
        kept = ""
        for char in text:
            if display_width(kept + char) > width - 1:
                break
            kept += char
        text = f"{kept}…"
        have = display_width(text)
    space = " " * (width - have)
    return space + text if right else text + space


def wrap(text: str, width: int, *, indent: str = "") -> list[str]:
    """Returns `text` in rows of at most `width` columns, broken between words; all but the first begin with `indent`.

    A word that is longer than a row is broken, too. A row has at least one character.
    """
    rows: list[str] = []
    for word in text.split():
        if rows and display_width(f"{rows[-1]} {word}") <= width:
            rows[-1] += f" {word}"
            continue
        rest = word
        while rest:
            begin = indent if rows else ""
            ends = (at for at in range(1, len(rest)) if display_width(f"{begin}{rest[: at + 1]}") > width)
            end = next(ends, len(rest))
            rows.append(f"{begin}{rest[:end]}")
            rest = rest[end:]
    return rows


def pack(parts: Sequence[str], separator: str, width: int) -> list[str]:
    """Returns the parts, whole, in lines of at most `width` columns, with `separator` between those of a line."""
    lines: list[str] = []
    for part in parts:
        if lines and display_width(f"{lines[-1]}{separator}{part}") <= width:
            lines[-1] += f"{separator}{part}"
        else:
            lines.append(part)
    return lines


def format_fault(fault: Fault) -> str:
    """Returns a report: `file:line:col: problem`, the source line, carets under the fault, hint and lines to write."""
    kind = "warning: " if fault.warning else ""
    lines = [f"{clean(fault.file)}:{fault.line}:{fault.column}: {kind}{fault.problem}"]
    if fault.source.strip():
        is_long = len(fault.source) > _MAX_SOURCE_CHARACTERS
        start = max(0, fault.column - 1 - _MAX_SOURCE_CHARACTERS // 2) if is_long else 0
        shown = [_safe_character(char) for char in fault.source[start : start + _MAX_SOURCE_CHARACTERS]]
        before = display_width("".join(shown[: fault.column - 1 - start]))
        token = display_width("".join(shown[fault.column - 1 - start : fault.column - 1 - start + fault.width]))
        gutter = f"{fault.line:>4} | "
        lines.append(f"{gutter}{''.join(shown)}")
        lines.append(f"{' ' * (len(gutter) - 2)}| {' ' * before}{'^' * max(1, token)}")
    if fault.hint:
        lines.append(f"  hint: {fault.hint}")
    lines.extend(f"  write: {clean(line)}" for line in fault.lines)
    return "\n".join(lines)


def _safe_character(char: str) -> str:
    """Returns `char`, or one safe character in its place, so that the carets stay under the fault."""
    if char == "\t":
        return " "
    unsafe = (*_UNSAFE_CATEGORIES, "Zl", "Zp")
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in unsafe else char


def closest_match(word: str, choices: tuple[str, ...]) -> str:
    """Returns the one of `choices` that `word` is probably a misspelling of, or "" if none is close."""
    import difflib  # noqa: PLC0415 - slow to import on a Raspberry Pi, and only needed for an error's hint

    close = difflib.get_close_matches(word.lower()[:60], choices, 1, 0.6)
    return close[0] if close else ""
