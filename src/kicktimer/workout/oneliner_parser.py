"""The one-line form of a workout: `8x400 @1500 r30, 2x(200+300) r30 R4:00 closing2`.

A scanner for the grammar in the formats. It reads each part on its own, so that every part's first fault is told at
once, and builds the same models that the YAML form is validated into.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kicktimer.errors import Fault, FaultsError, ScalarError
from kicktimer.pace import Pace, parse_pace
from kicktimer.text import clean
from kicktimer.units import Length, clip, parse_duration, parse_length
from kicktimer.workout.fields import ScalarFault, ScalarFaultsError
from kicktimer.workout.model import MAX_REPS, OneLiner, Rep, Set, Workout

_COUNT = re.compile(r"([0-9]+) *[x×X*] *(?=[(0-9mM])")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
# Units match longest, and only where the word ends: `3min` is time, `1mi` a mile, `400 r30` no unit at all.
_MARK = re.compile(
    r"(?:[0-9]+h[0-9]{2}|[0-9]+(?::[0-9]+)+(?:\.[0-9]+)?"
    rf"|{_NUMBER} ?(?:min(?:utes?|s)?|miles?|mi|met(?:re|er)s|laps?|secs?|km|k|m|s|h)(?![A-Za-z0-9])"
    rf"|{_NUMBER}|mile(?![a-z]))",
    re.IGNORECASE,
)
_TIME = re.compile(r":|(?:[0-9] ?(?:min(?:utes?|s)?|secs?|s|h)$)|[0-9]h[0-9]", re.IGNORECASE)
_OPTION = re.compile(r"@|closing|on|r|R")
_VALUE = re.compile(r"[^\s,]*")
_HINT = "a workout reads like `8x400 @1500 r30` or `2x(200+300+400) @98%1500 r30 R4:00`"


class _Stop(Exception):  # noqa: N818 - it is no error of the program
    def __init__(self, offset: int, width: int, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.spot = ScalarFault(offset, max(1, width), problem, hint)


@dataclass(slots=True)
class _Part:
    marks: tuple[Length | int, ...]  # a length, or a duration in ms
    count: int
    bracket: bool
    options: dict[str, Any]
    closing: tuple[int, int] | None = None  # the number, and where it stands
    reps: int = 0


def read_oneliner(text: str) -> Workout:
    """A one-liner as a workout. Raises `FaultsError` with columns."""
    try:
        line = parse_line(text)
    except ScalarFaultsError as error:
        raise FaultsError(
            tuple(
                Fault("one-liner", 1, spot.offset + 1, spot.problem, spot.hint, text, spot.width)
                for spot in error.spots
            )
        ) from None
    return Workout.model_construct(name=clip(line.text, 80), sets=line.sets, closing=line.closing)


def parse_line(text: str, *, closing: bool = True) -> OneLiner:
    """A one-liner. Raises `SpotsError`. `closing` says whether it may ask for closing reps: not inside `sets:`."""
    spots: list[ScalarFault] = []
    parts: list[_Part] = []
    if len(text) > 4000:
        raise ScalarFaultsError((ScalarFault(0, 1, "a one-liner of over 4000 characters is too long", "write a file"),))
    start = 0
    pieces = text.split(",")  # also in brackets, where a comma never stands: so one fault does not hide the rest
    for number, piece in enumerate(pieces):
        try:
            part = _Scan(text, start, start + len(piece)).part()
            _may_close(part, last=number == len(pieces) - 1, allowed=closing)
            parts.append(part)
        except _Stop as stop:
            spots.append(stop.spot)
        start += len(piece) + 1
    total = sum(part.reps for part in parts)
    if not spots and total > MAX_REPS:
        spots.append(ScalarFault(0, len(text), f"{total} reps are too many", f"at most {MAX_REPS}"))
    last = parts[-1].closing if parts else None
    if not spots and last and last[0] > total:
        problem = f"{last[0]} closing reps, but the workout has {total}"
        spots.append(ScalarFault(last[1], 7 + len(str(last[0])), problem, f"closing{min(2, total)}"))
    if spots:
        raise ScalarFaultsError(tuple(spots))
    return OneLiner(clean(text), tuple(_set(part) for part in parts), last[0] if last else None)


def _may_close(part: _Part, *, last: bool, allowed: bool) -> None:
    if part.closing is None or (last and allowed):
        return
    at = part.closing[1]
    if allowed:
        raise _Stop(at, 7, "`closing` counts the whole workout", "write it once, at the very end")
    raise _Stop(at, 7, "`closing` belongs to the workout, not to a set", "write `closing:` at the top of the file")


def _set(part: _Part) -> Set:
    options = dict(part.options)
    if part.bracket:
        reps = tuple(
            Rep.model_construct(distance=mark) if isinstance(mark, Length) else Rep.model_construct(duration=mark)
            for mark in part.marks
        )
        if "target" in options:  # equal marks, each with the target
            target = options.pop("target")
            reps = tuple(rep.model_copy(update={"target": target}) for rep in reps)
        return Set.model_construct(repeat=part.count, reps=reps, **options)
    mark = part.marks[0]
    kind = "distance" if isinstance(mark, Length) else "duration"
    options[kind] = mark
    return Set.model_construct(reps=part.count, **options)


class _Scan:
    """One part of a one-liner, from `at` to `end` of the text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.at = start
        self.end = end

    def part(self) -> _Part:
        self._spaces()
        if self.at >= self.end:
            raise _Stop(min(self.at, max(0, len(self.text) - 1)), 1, "a part of the workout is missing here", _HINT)
        count, counted = self._count()
        bracket = self._next("(")
        begin = self.at
        marks = self._bracket() if bracket else (self._mark(),)
        if bracket and not counted:
            raise _Stop(begin - 1, 1, "brackets need a number before them", "write 1x( … )")
        part = _Part(marks, count, bracket, {}, reps=count * len(marks))
        if not bracket:
            self._spaces()
            if self._peek("+"):
                raise _Stop(
                    self.at, 1, "`+` stands only in brackets", "separate the parts with `,`, or write 1x( … + … )"
                )
        while self._option(part):
            pass
        return part

    def _peek(self, char: str) -> bool:
        return self.at < self.end and self.text[self.at] == char

    def _next(self, char: str) -> bool:
        found = self._peek(char)
        self.at += found
        return found

    def _spaces(self) -> None:
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1

    def _word(self) -> str:
        """What stands here up to a space, for a message."""
        found = re.compile(r"[^\s,+)]+").match(self.text, self.at, self.end)
        return found[0] if found else self.text[self.at : self.at + 1]

    def _count(self) -> tuple[int, bool]:
        found = _COUNT.match(self.text, self.at, self.end)
        if not found:
            return 1, False
        digits = found[1]
        if len(digits) > 9 or not 1 <= int(digits) <= MAX_REPS:
            raise _Stop(self.at, len(digits), f"{clip(digits, 12)} times: from 1 to {MAX_REPS}", f"at most {MAX_REPS}")
        self.at = found.end()
        return int(digits), True

    def _bracket(self) -> tuple[Length | int, ...]:
        opened = self.at - 1
        marks = []
        while True:
            self._spaces()
            marks.append(self._mark())
            self._spaces()
            if self._next(")"):
                return tuple(marks)
            if not self._next("+"):
                if self.at >= self.end:
                    if self.at < len(self.text):
                        raise _Stop(self.at, 1, "a `,` stands in brackets", "separate the marks with `+`")
                    raise _Stop(opened, 1, "the bracket is not closed", "close it with `)`")
                word = self._word()
                raise _Stop(self.at, len(word), f"`{clip(word)}` stands where `+` or `)` is expected", _HINT)

    def _mark(self) -> Length | int:
        found = _MARK.match(self.text, self.at, self.end)
        if not found:
            word = self._word()
            raise _Stop(
                self.at,
                len(word),
                f"`{clip(word)}` is no distance and no duration" if word else "a distance is missing",
                _HINT,
            )
        after = self.text[found.end() : self.end][:1]
        if after and after not in " \t),+@":
            word = self._word()
            hint = (
                f"a space before the option: {clip(found[0])} {clip(word[len(found[0]) :])}"
                if after in "rRoc"
                else _HINT
            )
            raise _Stop(self.at, len(word), f"`{clip(word)}` is no distance and no duration", hint)
        try:
            mark: Length | int = parse_duration(found[0]) if _TIME.search(found[0]) else parse_length(found[0])
        except ScalarError as error:
            raise _Stop(self.at, len(found[0]), error.message, error.hint) from None
        if mark == 0:
            raise _Stop(self.at, len(found[0]), "a rep of no time is none")
        self.at = found.end()
        return mark

    def _option(self, part: _Part) -> bool:
        self._spaces()
        if self.at >= self.end:
            return False
        start = self.at
        found = _OPTION.match(self.text, start, self.end)
        if not found:
            word = self._word()
            hint = "options are @pace, r30, R4:00, on60 and closing2"
            if word[:1] == "+":
                hint = "separate the parts with `,`"
            elif word[:1].isdigit():
                hint = "separate the parts with `,`; spaces stand before options"
            raise _Stop(start, len(word), f"`{clip(word)}` is no option", hint)
        value = _VALUE.match(self.text, found.end(), self.end)
        text = value[0] if value else ""
        self.at = found.end() + len(text)
        width = self.at - start
        if not text:
            example = {"@": "@1500", "r": "r30", "R": "R4:00", "on": "on60"}.get(found[0], "closing2")
            raise _Stop(start, width, f"a value is missing after `{found[0]}`", f"without a space, like {example}")
        try:
            self._set_option(part, found[0], text, start)
        except ScalarError as error:
            raise _Stop(start, width, error.message, error.hint) from None
        return True

    def _set_option(self, part: _Part, sign: str, text: str, start: int) -> None:
        options = part.options
        if sign == "@":
            if "pace" in options or "target" in options:
                raise ScalarError("a second `@`", "one pace for each part")
            pace = _pace_or_target(text)
            if isinstance(pace, Pace):
                options["pace"] = pace
                return
            if len(set(part.marks)) > 1:
                raise ScalarError(
                    "one target time for marks that are not equal", "write a pace (@1500), or parts of their own"
                )
            if isinstance(part.marks[0], int):
                raise ScalarError("a target time for a rep by time", "write a pace, or leave it out")
            options["target"] = pace
        elif sign == "closing":
            if not re.fullmatch(r"[0-9]{1,3}", text):
                raise ScalarError(f"`closing{clip(text)}` is no number of reps", "like closing2")
            if part.closing:
                raise ScalarError("a second `closing`", "once, at the very end")
            part.closing = int(text), start
        else:
            name = {"r": "recovery", "R": "set_recovery", "on": "send_off"}[sign]
            if name in options:
                raise ScalarError(f"a second `{sign}`", "one for each part")
            if {"r": "send_off", "on": "recovery"}.get(sign) in options:
                raise ScalarError("both a recovery (`r`) and a send-off (`on`)", "one of the two")
            ms = parse_duration(text, "send-off" if sign == "on" else "recovery")
            if sign == "on" and ms == 0:
                raise ScalarError("a send-off of nought is none")
            options[name] = ms


def _pace_or_target(text: str) -> Pace | int:
    """After `@`: a number with `.` or `:`, or below 100, is a target time in ms; else it is a pace."""
    number = re.fullmatch(rf"{_NUMBER}", text)
    clock = ":" in text and "/" not in text
    if clock or (number and ("." in text or float(text) < 100)) or re.fullmatch(rf"{_NUMBER}s", text):
        ms = parse_duration(text, "target")
        if ms == 0:
            raise ScalarError("a target of nought is none", "like @46.0")
        return ms
    return parse_pace(text)
