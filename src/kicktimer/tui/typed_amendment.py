"""Corrections and ratings of a saved session as the coach types them: `Dana 3 1:03.5`, `Dana 8 4`.

In: the text and the names of the athletes. Out: a command. A name may be cut short where that is clear, and left out
where one athlete ran. Raises `KicktimerError` with a sentence for the coach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.session.commands import Correct, Note, Rate
from kicktimer.text import clean
from kicktimer.units import parse_duration, parse_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.session import AnyCommand

Amendment = Literal["correct", "rate", "note"]
EXAMPLES: dict[Amendment, str] = {
    "correct": "Dana 3 1:03.5 corrects rep 3; Dana 3 200m 31.8 corrects the split at 200 m",
    "rate": "Dana 8 4 rates rep 8 as relaxed as 4 of 5",
    "note": "a line of text",
}
MAX_NOTE_CHARACTERS = 2000
MAX_TIME_MS = 86_400_000


def read_amendment(kind: Amendment, text: str, names: Sequence[str]) -> AnyCommand:
    """Returns the command that the coach has typed."""
    text = clean(text).strip()
    if kind == "note":
        if not text:
            raise KicktimerError("an empty note", EXAMPLES["note"])
        return Note(t=0, text=text[:MAX_NOTE_CHARACTERS])
    words = text.split()
    return _read_correction(words, names) if kind == "correct" else _read_rating(words, names)


def _read_correction(words: list[str], names: Sequence[str]) -> Correct:
    """Reads `[name] rep [mark] time`."""
    if len(words) < 2:
        raise KicktimerError("whose time, and in which rep?", EXAMPLES["correct"])
    mark: Literal["finish"] | int | float = "finish"
    *before, typed = words
    if len(before) > 1 and before[-1][:1].isdecimal() and before[-2].isdecimal():
        mark = _mark(before.pop())
    rep = _rep(before.pop(), "correct")
    return Correct(t=0, athlete=_find_name(before, names), rep=rep, mark=mark, time=_time(typed))


def _read_rating(words: list[str], names: Sequence[str]) -> Rate:
    """Reads `[name] rep relaxation`."""
    if len(words) < 2:
        raise KicktimerError("which rep, and how relaxed was it?", EXAMPLES["rate"])
    *before, typed = words
    if typed not in ("1", "2", "3", "4", "5"):
        raise KicktimerError(f"{typed} is no rating: 1 is tense, 5 is very relaxed", EXAMPLES["rate"])
    rep = _rep(before.pop(), "rate")
    return Rate(t=0, athlete=_find_name(before, names), rep=rep, relaxation=int(typed))


def _find_name(words: Sequence[str], names: Sequence[str]) -> str:
    """Returns the athlete whose name begins like that; capitals do not count."""
    typed = " ".join(words).casefold()
    found = [name for name in names if name.casefold() == typed] or [
        name for name in names if name.casefold().startswith(typed)
    ]
    if len(found) == 1:
        return found[0]
    who = f"one of {', '.join(found or names)}"
    raise KicktimerError("whose?" if not typed or found else f"nobody called {' '.join(words)} ran", who)


def _rep(text: str, kind: Amendment) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise KicktimerError(f"{text} is no number of a rep", EXAMPLES[kind])
    return int(text)


def _mark(text: str) -> int | float:
    try:
        mm = parse_mm(text, "mark")
    except ScalarError as error:
        raise KicktimerError(f"{text} is no mark: {error.message}", error.hint) from None
    return mm // 1000 if mm % 1000 == 0 else mm / 1000


def _time(text: str) -> int:
    try:
        ms = parse_duration(text.replace(",", "."), "time")
    except ScalarError as error:
        raise KicktimerError(f"{text} is no time: {error.message}", error.hint) from None
    if not 0 < ms <= MAX_TIME_MS:
        raise KicktimerError(f"{text} is no time of a rep", EXAMPLES["correct"])
    return ms
