"""Corrections and ratings of a saved session as the coach types them: `Dana 3 1:03.5`, `Dana 8 4`.

In: the text and the names of the athletes. Out: a command. A name may be cut short where that is clear, and left out
where one athlete ran. Raises `KicktimerError` with a sentence for the coach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.saved_session import make_note, parse_mark, parse_rep_time
from kicktimer.session.commands import Correct, Rate
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.session import AnyCommand

Amendment = Literal["correct", "rate", "note"]
EXAMPLES: dict[Amendment, str] = {
    "correct": "Dana 3 1:03.5 corrects rep 3; Dana 3 200m 31.8 corrects the split at 200 m",
    "rate": "Dana 8 4 rates rep 8 as relaxed as 4 of 5",
    "note": "a line of text",
}


def read_amendment(kind: Amendment, text: str, names: Sequence[str]) -> AnyCommand:
    """Returns the command that the coach has typed."""
    try:
        if kind == "note":
            return make_note(text)
        text = clean(text)
        return _read_correction(text, names) if kind == "correct" else _read_rating(text, names)
    except ScalarError as error:
        raise KicktimerError(error.message, error.hint or EXAMPLES[kind]) from None


def _read_correction(text: str, names: Sequence[str]) -> Correct:
    """Reads `[name] rep [mark] time`."""
    name, words = _split_name(text, names)
    if len(words) not in (2, 3):
        raise ScalarError("in which rep, and what was the time?")
    mark = parse_mark(words[1]) if len(words) == 3 else "finish"
    time = parse_rep_time(words[-1].replace(",", "."))
    return Correct(t=0, athlete=name, rep=_rep(words[0]), mark=mark, time=time)


def _read_rating(text: str, names: Sequence[str]) -> Rate:
    """Reads `[name] rep relaxation`."""
    name, words = _split_name(text, names)
    if len(words) != 2:
        raise ScalarError("which rep, and how relaxed was it?")
    if words[1] not in ("1", "2", "3", "4", "5"):
        raise ScalarError(f"{words[1]} is no rating: 1 is tense, 5 is very relaxed")
    return Rate(t=0, athlete=name, rep=_rep(words[0]), relaxation=int(words[1]))


def _split_name(text: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """Returns the athlete whose name stands first, and the words after it; a name may have digits of its own.

    Capitals do not count, unless two names differ by nothing else. Without a whole name, what stands before the first
    digit is the beginning of one.
    """
    words = text.split()
    whole = [name for name in names if _begins_with(words, name)]
    if whole:
        longest = max(len(name.split()) for name in whole)
        found = [name for name in whole if len(name.split()) == longest]
        same = [name for name in found if words[:longest] == name.split()]
        return (same or found)[0], words[longest:]
    count = next((at for at, word in enumerate(words) if word[0].isdecimal()), len(words))
    typed = " ".join(words[:count])
    found = [name for name in names if name.casefold().startswith(typed.casefold())]
    if len(found) == 1:
        return found[0], words[count:]
    who = f"one of {', '.join(found or names)}"
    raise ScalarError("whose?" if not typed or found else f"nobody called {typed} ran", who)


def _begins_with(words: Sequence[str], name: str) -> bool:
    parts = name.casefold().split()
    return [word.casefold() for word in words[: len(parts)]] == parts


def _rep(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise ScalarError(f"{text} is no number of a rep")
    return int(text)
