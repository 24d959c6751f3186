"""Users' text: what is safe to show, and how wide it is on a terminal.

`clean` is applied where text is loaded: what it returns holds no control, format or bidi character, no line break and
no white space at its ends. `show_fault` is how a fault is told everywhere.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kicktimer.errors import Fault

# Control, format (bidi marks and joiners among them), surrogates, private use: a terminal may act on any of these.
_UNSAFE = ("Cc", "Cf", "Cs", "Co")
_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_CLIP = 100  # characters of a source line that are shown


def clean(text: str) -> str:
    """`text` in normal form C, on one line, without anything that a terminal could act on."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(" " if char in _BREAKS else char for char in unicodedata.normalize("NFC", text))
    return " ".join("".join(char for char in spaced if unicodedata.category(char) not in _UNSAFE).split())


def cleaned(given: object) -> Any:
    """What JSON gave, with every string in it cleaned: a log or a script may come from anywhere."""
    if isinstance(given, str):
        return clean(given)
    if isinstance(given, dict):
        return {clean(str(key)): cleaned(value) for key, value in given.items()}
    return [cleaned(each) for each in given] if isinstance(given, list) else given


def has_controls(text: str) -> bool:
    """Whether `text` holds a control character (an escape sequence begins with one)."""
    return any(unicodedata.category(char) == "Cc" for char in text)


def columns(text: str) -> int:
    """The columns that `text` takes on a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def show_fault(fault: Fault) -> str:
    """`file:line:col: problem`, the source line with carets under the token, and the hint."""
    kind = "warning: " if fault.warning else ""
    lines = [f"{clean(fault.file)}:{fault.line}:{fault.column}: {kind}{fault.problem}"]
    if fault.source.strip():
        start = max(0, fault.column - 1 - _CLIP // 2) if len(fault.source) > _CLIP else 0
        shown = [_safe(char) for char in fault.source[start : start + _CLIP]]
        before = columns("".join(shown[: fault.column - 1 - start]))
        token = columns("".join(shown[fault.column - 1 - start : fault.column - 1 - start + fault.width]))
        gutter = f"{fault.line:>4} | "
        lines.append(f"{gutter}{''.join(shown)}")
        lines.append(f"{' ' * (len(gutter) - 2)}| {' ' * before}{'^' * max(1, token)}")
    if fault.hint:
        lines.append(f"  hint: {fault.hint}")
    return "\n".join(lines)


def _safe(char: str) -> str:
    """One character for one, so that columns still count; what a terminal could act on becomes visible."""
    if char == "\t":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in (*_UNSAFE, "Zl", "Zp") else char


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """The choice that `word` was probably meant to be, or ''."""
    import difflib  # noqa: PLC0415 - only where something is wrong: it is slow to import on a Pi

    close = difflib.get_close_matches(word.lower()[:60], choices, 1, 0.6)
    return close[0] if close else ""
