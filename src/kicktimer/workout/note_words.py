"""The words of a coach's note: text to tokens, each with its place.

Case, kinds of dashes and quotes, and spelling of units do not matter. A token of a number with a unit has the strict
form of a one-liner as its value: `90 seconds` is `90s`, `1 Mile` is `1mi`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["time", "span", "distance", "number", "percent", "ladder", "times", "word", "sign"]

_SAME = str.maketrans("×*–—′’″”“=", 'xx--\'\'""" ')
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DISTANCE_UNIT = r"(?:kilomet(?:er|re)s?|km|k|miles?|mi|met(?:er|re)s?|mtrs?|m|laps?)"
_TIME_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|min|mn|''|\"|')"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?:\.[0-9]+)?"
_END = r"(?![a-z0-9])"
_TOKEN = re.compile(
    rf"""
    (?P<times>[0-9]+)\ *(?:x|(?:sets?|rounds?|reps?|repeats?)\ of|times)\ *(?=[0-9(\[]|miles?(?![a-z]))
  | (?P<rounds>[0-9]+)\ *(?:rounds?|sets?)\ *[:(]
  | (?P<ladder>{_NUMBER}(?:\ *[-/]\ *{_NUMBER}){{2,}})\ *(?P<ladder_unit>(?:{_DISTANCE_UNIT}|{_TIME_UNIT}){_END})?
  | (?P<span>(?:{_CLOCK}|{_NUMBER})\ *-\ *(?:{_CLOCK}|{_NUMBER}))\ *(?P<span_unit>{_TIME_UNIT}{_END})?
  | (?P<minutes>[0-9]+)\ *'\ *(?P<seconds>[0-9]{{1,2}})(?:''|")?{_END}
  | (?P<clock>{_CLOCK})(?:\ *(?:s|min|mins|minutes){_END})?
  | (?P<fraction>1/4|1/2|3/4)\ *mile{_END}
  | (?P<distance>{_NUMBER})\ *(?P<distance_unit>{_DISTANCE_UNIT}){_END}
  | (?P<time>{_NUMBER})\ *(?P<time_unit>{_TIME_UNIT}){_END}
  | (?P<percent>{_NUMBER})\ *%
  | (?P<number>{_NUMBER})
  | (?P<word>w/|half[ ]marathon|send[ -]?offs?|warm[ -]?up|(?:cool|warm)[ -]?down|(?:all|full|flat)[ -]out
        |[a-z]+(?:-[a-z]+)*)
  | (?P<sign>//|[^\s])
    """,
    re.VERBOSE,
)
_MILES = {"1/4": "0.25mi", "1/2": "0.5mi", "3/4": "0.75mi"}


@dataclass(frozen=True, slots=True)
class NoteToken:
    """A token. `text` is as it was typed, `value` its strict form; `start` and `end` are its place in the note."""

    kind: Kind
    value: str
    text: str
    start: int
    end: int


def read_tokens(note: str) -> list[NoteToken]:
    """Returns the tokens of a note."""
    plain = note.translate(_SAME).lower()
    return [_token(found, note) for found in _TOKEN.finditer(plain)]


def _token(found: re.Match[str], note: str) -> NoteToken:
    kind, value = _kind_and_value(found)
    return NoteToken(kind, value, note[found.start() : found.end()].strip(), found.start(), found.end())


def _kind_and_value(found: re.Match[str]) -> tuple[Kind, str]:
    for name in ("times", "rounds"):
        if found[name]:
            return "times", found[name]
    if found["ladder"]:
        unit = found["ladder_unit"] or ""
        marks = re.findall(_NUMBER, found["ladder"])
        return "ladder", "+".join(_with_unit(mark, unit) for mark in marks)
    if found["span"]:
        unit = _time_unit(found["span_unit"]) if found["span_unit"] else ""
        return "span", found["span"].replace(" ", "") + unit
    if found["minutes"]:
        return "time", f"{found['minutes']}:{found['seconds']:0>2}"
    if found["clock"]:
        return "time", found["clock"]
    if found["fraction"]:
        return "distance", _MILES[found["fraction"]]
    if found["distance"]:
        return "distance", _with_unit(found["distance"], found["distance_unit"])
    if found["time"]:
        return "time", _with_unit(found["time"], found["time_unit"])
    if found["percent"]:
        return "percent", f"{found['percent']}%"
    if found["number"]:
        return "number", found["number"]
    return ("word", found["word"]) if found["word"] else ("sign", found["sign"])


def _with_unit(number: str, unit: str) -> str:
    """Returns the number with its unit as a one-liner has it; metres have none."""
    if not unit:
        return number
    if re.fullmatch(_TIME_UNIT, unit):
        return f"{number}{_time_unit(unit)}"
    if unit.startswith("mi"):
        return f"{number}mi"
    if unit.startswith("k"):
        return f"{number}km"
    return f"{number}laps" if unit.startswith("l") else f"{number}m"


def _time_unit(unit: str) -> str:
    return "min" if unit[0] == "m" or unit == "'" else "s"


class NoteError(Exception):
    """A note that is not read: `problem` at a place of it, and `lines`, the one-liners that it may mean."""

    def __init__(self, start: int, end: int, problem: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.start, self.end, self.problem, self.lines = start, end, problem, lines


class UnknownWordsError(NoteError):
    """Words that mean nothing to the reader."""


class NoteCursor:
    """A place in the tokens of a note."""

    def __init__(self, note: str) -> None:
        self.note = note
        self.tokens = read_tokens(note)
        self.at = 0

    def peek(self, ahead: int = 0) -> NoteToken | None:
        """Returns the token here, or `ahead` tokens further; None beyond the end."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def is_word(self, *words: str, ahead: int = 0) -> bool:
        """Whether one of these words or signs stands here."""
        token = self.peek(ahead)
        return token is not None and token.kind in ("word", "sign") and token.value in words

    def is_kind(self, *kinds: str, ahead: int = 0) -> bool:
        """Whether a token of one of these kinds stands here."""
        token = self.peek(ahead)
        return token is not None and token.kind in kinds

    def accept(self, *words: str) -> bool:
        """Goes on by one token if it is one of these words or signs, and returns whether it was."""
        found = self.is_word(*words)
        self.at += found
        return found

    def not_understood(self) -> NoteError:
        """Returns the error that the token here means nothing."""
        token = self.peek()
        if token is None:
            return NoteError(max(0, len(self.note) - 1), len(self.note), "something is missing at the end")
        return UnknownWordsError(token.start, token.end, f"`{token.text}` is not understood here")
