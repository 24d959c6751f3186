"""Parses one-liners, the one-line form of a workout: `8x400 @1500 r30, 2x(200+300) r30 R4:00 closing2`.

A one-liner consists of parts with commas between them. Each part is scanned independently, so that one run reports the
first fault of every part. The result is built from the same models as a workout in YAML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kicktimer.errors import Fault, FaultsError, ScalarError, ScalarFault, ScalarFaultsError
from kicktimer.pace import Pace, parse_pace
from kicktimer.text import INVISIBLE_CHARACTERS, clean, plain_spaces
from kicktimer.units import Length, clip, parse_duration, parse_length
from kicktimer.workout.model import MAX_REPS, OneLiner, Rep, Set, Workout
from kicktimer.workout.recovery import parse_recovery

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 4000
MIN_LISTED_METRES = 50
"""In `300,80` both numbers are reps from this length on; in `1,5` and `64,5` the comma is a decimal one."""
MAX_NUMBER_CHARACTERS = 20
"""How far a number is searched for on either side of a comma."""

_COUNT = re.compile(r"([0-9]+) *[x×X*] *(?=[(0-9mM])")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
# A distance or duration with its unit. The unit is a whole word: `3min` is a duration, `1mi` a mile, and the 400 in
# `400 r30` has no unit.
_LENGTH = re.compile(
    r"(?:[0-9]+h[0-9]{2}|[0-9]+(?::[0-9]+)+(?:\.[0-9]+)?"
    rf"|{_NUMBER} ?(?:min(?:utes?|s)?|miles?|mi|met(?:re|er)s|laps?|secs?|km|k|m|s|h)(?![A-Za-z0-9])"
    rf"|{_NUMBER}|mile(?![a-z]))",
    re.IGNORECASE,
)
_IS_DURATION = re.compile(r":|(?:[0-9] ?(?:min(?:utes?|s)?|secs?|s|h)$)|[0-9]h[0-9]", re.IGNORECASE)
_OPTION = re.compile(r"@|closing|on|r|R")
_VALUE = re.compile(r"[^\s,]*")
_EXAMPLE_HINT = "a workout reads like `8x400 @1500 r30` or `2x(200+300+400) @98%1500 r30 R4:00`"


class _PartFaultError(Exception):
    """Raised to end the scan of a part at its first fault."""

    def __init__(self, offset: int, width: int, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.fault = ScalarFault(offset, max(1, width), problem, hint)


@dataclass(slots=True)
class _ParsedPart:
    """One part of a one-liner. `options` are fields of the models that it becomes."""

    lengths: tuple[Length | int, ...]  # for each rep its distance, or its duration in ms
    count: int
    bracket: bool
    options: dict[str, Any]
    closing: tuple[int, int] | None = None  # the number of closing reps, and the option's offset in the text
    reps: int = 0  # the number of reps, counting every repetition


def read_oneliner(text: str) -> Workout:
    """Returns the workout of a one-liner; raises `FaultsError` if it is wrong."""
    try:
        line = scan_oneliner(text)
    except ScalarFaultsError as error:
        raise FaultsError(
            tuple(
                Fault("one-liner", 1, fault.offset + 1, fault.problem, fault.hint, text, fault.width)
                for fault in error.faults
            )
        ) from None
    return Workout.model_construct(name=clip(line.text, 80), sets=line.sets, closing=line.closing)


def scan_oneliner(text: str, *, closing: bool = True) -> OneLiner:
    """Returns a parsed one-liner; raises `ScalarFaultsError` with the first fault of each part.

    `closing` says whether the option `closing` is allowed: an item of a file's `sets` must not have it. All kinds of
    spaces mean the same, and invisible characters nothing, because a one-liner is often pasted.
    """
    kept = [place for place, char in enumerate(text) if char not in INVISIBLE_CHARACTERS]
    try:
        return _scan_plain(plain_spaces("".join(text[place] for place in kept)), closing=closing)
    except ScalarFaultsError as error:
        if len(kept) in (0, len(text)):
            raise
        moved = [replace(fault, offset=kept[min(fault.offset, len(kept) - 1)]) for fault in error.faults]
        raise ScalarFaultsError(tuple(moved)) from None


def find_decimal_commas(text: str) -> Iterator[ScalarFault]:
    """Yields a fault for each comma that is hardly meant to separate two parts: `@64,5`, `r1,5min`, `3x1,5km`.

    These commas have a digit on either side, and the number after it is neither a count (`r30,5x200`) nor one more rep
    of a list (`400,300,80`).
    """
    part = 0
    for comma in (found.start() for found in re.finditer(",", text)):
        item = text[part:comma]
        part = comma + 1
        before = re.search(r"[0-9][0-9:.]*$", text[max(0, comma - MAX_NUMBER_CHARACTERS) : comma])
        after = re.match(r"([0-9]+)( *[x×X*] *(?=[(0-9mM]))? ?(km?|mi)?", text[part : part + MAX_NUMBER_CHARACTERS])
        if before is None or after is None or after[2] or len(after[1]) > 3:
            continue
        whole = int(before[0]) if before[0].isdecimal() else None
        is_rep = whole is not None and re.search(r"@|(?:^|\s)(?:r|R|on|closing)[0-9]", item) is None
        if len(after[1]) == 3:
            if not is_rep or whole is None or whole >= 10:
                continue
            meant = f"{whole}.{after[1]}" if after[3] else f"{whole}{after[1]}"
        else:
            if is_rep and whole is not None and min(whole, int(after[1])) >= MIN_LISTED_METRES:
                continue
            meant = f"{before[0]}.{after[1]}"
        number = f"{before[0]},{after[1]}"
        start = comma - len(before[0])
        yield ScalarFault(start, len(number), f"`{number}` has a comma", f"{meant}? a comma separates parts")


def _scan_plain(text: str, *, closing: bool) -> OneLiner:
    """Scans a one-liner without Unicode spaces and invisible characters."""
    parts: list[_ParsedPart] = []
    if len(text) > MAX_CHARACTERS:
        problem = f"a one-liner of over {MAX_CHARACTERS} characters is too long"
        raise ScalarFaultsError((ScalarFault(0, 1, problem, "write a file"),))
    faults = list(find_decimal_commas(text))
    comma_faults = tuple(faults)
    for fault in comma_faults:  # with a point in its place, the comma hides no other fault
        comma = text.index(",", fault.offset)
        text = f"{text[:comma]}.{text[comma + 1 :]}"
    start = 0
    # No comma is allowed in brackets either, so an unclosed bracket does not hide the faults of later parts.
    pieces = text.split(",")
    for number, piece in enumerate(pieces):
        try:
            part = _PartScanner(text, start, start + len(piece)).scan()
            _check_closing(part, last=number == len(pieces) - 1, allowed=closing)
            parts.append(part)
        except _PartFaultError as error:
            if not any(start <= fault.offset < start + len(piece) for fault in comma_faults):
                faults.append(error.fault)
        start += len(piece) + 1
    total = sum(part.reps for part in parts)
    if not faults and total > MAX_REPS:
        faults.append(ScalarFault(0, len(text), f"{total} reps are too many", f"at most {MAX_REPS}"))
    last = parts[-1].closing if parts else None
    if not faults and last and last[0] > total:
        problem = f"{last[0]} closing reps, but the workout has {total}"
        faults.append(ScalarFault(last[1], 7 + len(str(last[0])), problem, f"closing{min(2, total)}"))
    if faults:
        raise ScalarFaultsError(tuple(sorted(faults, key=lambda fault: fault.offset)))
    return OneLiner(clean(text), tuple(_build_set(part) for part in parts), last[0] if last else None)


def _check_closing(part: _ParsedPart, *, last: bool, allowed: bool) -> None:
    """Raises `_PartFaultError` for an option `closing` in a part that is not the last, or where it is not allowed."""
    if part.closing is None or (last and allowed):
        return
    position = part.closing[1]
    if allowed:
        raise _PartFaultError(position, 7, "`closing` counts the whole workout", "write it once, at the very end")
    raise _PartFaultError(
        position, 7, "`closing` belongs to the workout, not to a set", "write `closing:` at the top of the file"
    )


def _build_set(part: _ParsedPart) -> Set:
    options = dict(part.options)
    if part.bracket:
        reps = tuple(
            Rep.model_construct(distance=length) if isinstance(length, Length) else Rep.model_construct(duration=length)
            for length in part.lengths
        )
        if "target" in options:  # the scanner allows a target only where all reps are equal: each of them gets it
            target = options.pop("target")
            reps = tuple(rep.model_copy(update={"target": target}) for rep in reps)
        return Set.model_construct(repeat=part.count, reps=reps, **options)
    length = part.lengths[0]
    kind = "distance" if isinstance(length, Length) else "duration"
    options[kind] = length
    return Set.model_construct(reps=part.count, **options)


class _PartScanner:
    """A recursive-descent scanner for the part between `start` and `end` of a one-liner's `text`."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.position = start
        self.end = end

    def scan(self) -> _ParsedPart:
        """Returns the parsed part; raises `_PartFaultError`."""
        self._skip_spaces()
        if self.position >= self.end:
            raise _PartFaultError(
                min(self.position, max(0, len(self.text) - 1)),
                1,
                "a part of the workout is missing here",
                _EXAMPLE_HINT,
            )
        count, counted = self._scan_count()
        bracket = self._accept("(")
        begin = self.position
        lengths = self._scan_bracket() if bracket else (self._scan_length(),)
        if bracket and not counted:
            raise _PartFaultError(begin - 1, 1, "brackets need a number before them", "write 1x( … )")
        part = _ParsedPart(lengths, count, bracket, {}, reps=count * len(lengths))
        if not bracket:
            self._skip_spaces()
            if self._peek("+"):
                raise _PartFaultError(
                    self.position, 1, "`+` stands only in brackets", "separate the parts with `,`, or write 1x( … + … )"
                )
        while self._scan_option(part):
            pass
        return part

    def _peek(self, char: str) -> bool:
        return self.position < self.end and self.text[self.position] == char

    def _accept(self, char: str) -> bool:
        found = self._peek(char)
        self.position += found
        return found

    def _skip_spaces(self) -> None:
        while self.position < self.end and self.text[self.position].isspace():
            self.position += 1

    def _word_here(self) -> str:
        """Returns the characters from here to the next space or separator, for a message."""
        found = re.compile(r"[^\s,+)]+").match(self.text, self.position, self.end)
        return found[0] if found else self.text[self.position : self.position + 1]

    def _scan_count(self) -> tuple[int, bool]:
        found = _COUNT.match(self.text, self.position, self.end)
        if not found:
            return 1, False
        digits = found[1]
        if len(digits) > 9 or not 1 <= int(digits) <= MAX_REPS:
            raise _PartFaultError(
                self.position, len(digits), f"{clip(digits, 12)} times: from 1 to {MAX_REPS}", f"at most {MAX_REPS}"
            )
        self.position = found.end()
        return int(digits), True

    def _scan_bracket(self) -> tuple[Length | int, ...]:
        opened = self.position - 1
        lengths = []
        while True:
            self._skip_spaces()
            lengths.append(self._scan_length())
            self._skip_spaces()
            if self._accept(")"):
                return tuple(lengths)
            if not self._accept("+"):
                if self.position >= self.end:
                    if self.position < len(self.text):
                        raise _PartFaultError(
                            self.position, 1, "a `,` stands in brackets", "separate the reps with `+`"
                        )
                    raise _PartFaultError(opened, 1, "the bracket is not closed", "close it with `)`")
                word = self._word_here()
                raise _PartFaultError(
                    self.position, len(word), f"`{clip(word)}` stands where `+` or `)` is expected", _EXAMPLE_HINT
                )

    def _scan_length(self) -> Length | int:
        found = _LENGTH.match(self.text, self.position, self.end)
        if not found:
            word = self._word_here()
            raise _PartFaultError(
                self.position,
                len(word),
                f"`{clip(word)}` is no distance and no duration" if word else "a distance is missing",
                _EXAMPLE_HINT,
            )
        after = self.text[found.end() : self.end][:1]
        if after and after not in " \t),+@":
            word = self._word_here()
            hint = (
                f"a space before the option: {clip(found[0])} {clip(word[len(found[0]) :])}"
                if after in "rRoc"
                else _EXAMPLE_HINT
            )
            raise _PartFaultError(self.position, len(word), f"`{clip(word)}` is no distance and no duration", hint)
        try:
            length: Length | int = parse_duration(found[0]) if _IS_DURATION.search(found[0]) else parse_length(found[0])
        except ScalarError as error:
            raise _PartFaultError(self.position, len(found[0]), error.message, error.hint) from None
        if length == 0:
            raise _PartFaultError(self.position, len(found[0]), "a rep of 0 s is too short")
        self.position = found.end()
        return length

    def _scan_option(self, part: _ParsedPart) -> bool:
        self._skip_spaces()
        if self.position >= self.end:
            return False
        start = self.position
        found = _OPTION.match(self.text, start, self.end)
        if not found:
            word = self._word_here()
            hint = "options are @pace, r30, R4:00, on60 and closing2"
            if word[:1] == "+":
                hint = "separate the parts with `,`"
            elif word[:1].isdigit():
                hint = "separate the parts with `,`; spaces stand before options"
            raise _PartFaultError(start, len(word), f"`{clip(word)}` is no option", hint)
        value = _VALUE.match(self.text, found.end(), self.end)
        text = value[0] if value else ""
        self.position = found.end() + len(text)
        width = self.position - start
        if not text:
            example = {"@": "@1500", "r": "r30", "R": "R4:00", "on": "on60"}.get(found[0], "closing2")
            raise _PartFaultError(
                start, width, f"a value is missing after `{found[0]}`", f"without a space, like {example}"
            )
        try:
            self._set_option(part, found[0], text, start)
        except ScalarError as error:
            raise _PartFaultError(start, width, error.message, error.hint) from None
        return True

    def _set_option(self, part: _ParsedPart, sign: str, text: str, start: int) -> None:
        options = part.options
        if sign == "@":
            if "pace" in options or "target" in options:
                raise ScalarError("a second `@`", "one pace for each part")
            pace = _parse_pace_or_target(text)
            if isinstance(pace, Pace):
                options["pace"] = pace
                return
            if len(set(part.lengths)) > 1:
                raise ScalarError(
                    "one target time for reps that are not equal", "write a pace (@1500), or parts of their own"
                )
            if isinstance(part.lengths[0], int):
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
            if sign != "on":
                options[name] = parse_recovery(text)
                return
            ms = parse_duration(text, "send-off")
            if ms == 0:
                raise ScalarError("a send-off of 0 is too short")
            options[name] = ms


def _parse_pace_or_target(text: str) -> Pace | int:
    """Returns the value of the option `@`: a target in ms for a number with `.` or `:` or below 100, else a pace."""
    number = re.fullmatch(rf"{_NUMBER}", text)
    clock = ":" in text and "/" not in text
    if clock or (number and ("." in text or float(text) < 100)) or re.fullmatch(rf"{_NUMBER}s", text):
        ms = parse_duration(text, "target")
        if ms == 0:
            raise ScalarError("a target of 0 is too short", "like @46.0")
        return ms
    return parse_pace(text)
