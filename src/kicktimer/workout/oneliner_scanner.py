"""Scans the parts of a one-liner: sets and reps in brackets, legs in square brackets, and their options.

Each part is scanned independently of the others, so that one run reports the first fault of every part. What is scanned
is built from the same models as a workout in YAML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kicktimer.errors import ScalarError, ScalarFault
from kicktimer.pace import Pace, parse_pace
from kicktimer.units import Length, clip, parse_duration, parse_length
from kicktimer.workout.model import MAX_REPS, Leg, Rep, Set
from kicktimer.workout.recovery import parse_recovery
from kicktimer.workout.structure import MAX_DEPTH, count_set_reps, depth_of, find_value_problems
from kicktimer.workout.values import TargetTime, parse_each, parse_target

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE_HINT = "a workout reads like `8x400 @1500 r30` or `2x(200+300+400) @98%1500 r30 R4:00`"
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
_OPTION = re.compile(r"@|(?i:closing|on)|r|R")
_VALUE = re.compile(r"[^\s,()\[\]]*")
_KEYS = {"r": "recovery", "R": "set_recovery", "on": "send_off"}
_EXAMPLES = {"@": "@1500", "r": "r30", "R": "R4:00", "on": "on60", "closing": "closing2"}


class PartFaultError(Exception):
    """Raised to end the scan of a part at its first fault."""

    def __init__(self, offset: int, width: int, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.fault = ScalarFault(offset, max(1, width), problem, hint)


@dataclass(slots=True)
class ScannedPart:
    """One part of a one-liner, and the number of its reps, counting every repetition."""

    set: Set
    reps: int
    closing: tuple[int, int] | None = None  # the number of closing reps, and the option's offset in the text


@dataclass(slots=True)
class _Options:
    """The options after an item: fields of the models, and where each stands in the text."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)  # the offset and the width
    closing: tuple[int, int] | None = None


class PartScanner:
    """A recursive-descent scanner for the part between `start` and `end` of a one-liner's `text`."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.position = start
        self.end = end

    def scan(self) -> ScannedPart:
        """Returns the scanned part; raises `PartFaultError`."""
        item, options = self._scan_item(depth=0)
        self._skip_spaces()
        if self.position < self.end:
            self._refuse_rest()
        rep_set = item if isinstance(item, Set) else Set.model_construct(**_fields(item), reps=1)
        return ScannedPart(rep_set, count_set_reps(rep_set), options.closing)

    def scan_mark(self) -> Length | int:
        """Returns the distance, or the duration in ms, that is all of the part; raises `PartFaultError`."""
        self._skip_spaces()
        mark = self._scan_length()
        self._skip_spaces()
        if self.position < self.end:
            word = self._word_here()
            raise PartFaultError(
                self.position,
                len(word),
                f"`{clip(word)}` stands after the warm-up or cool-down",
                "like wu2km or cd10min",
            )
        return mark

    # -- items

    def _scan_item(self, depth: int) -> tuple[Rep, _Options]:
        """Returns a rep or a set with its options. `depth` is the number of brackets around it."""
        self._skip_spaces()
        if self.position >= self.end:
            place = min(self.position, max(0, len(self.text) - 1))
            raise PartFaultError(place, 1, "a part of the workout is missing here", EXAMPLE_HINT)
        begin = self.position
        if depth > MAX_DEPTH + 1:  # thousands of them are not read to their end
            raise PartFaultError(begin, 1, f"brackets are at most {MAX_DEPTH} deep", "write some of them out")
        count, counted = self._scan_count()
        if self._peek("("):
            if not counted:
                raise PartFaultError(self.position, 1, "brackets need a number before them", "write 1x( … )")
            item: Rep = Set.model_construct(repeat=count, reps=self._scan_bracket(depth))
            if depth_of(item) + depth > MAX_DEPTH:  # type: ignore[arg-type]
                raise PartFaultError(begin, 1, f"brackets are at most {MAX_DEPTH} deep", "write some of them out")
        else:
            mark = self._scan_length()
            fields: dict[str, Any] = {"distance" if isinstance(mark, Length) else "duration": mark}
            if self._peek("["):
                fields["pattern"] = self._scan_pattern(mark)
            one = not counted and depth > 0
            item = Rep.model_construct(**fields) if one else Set.model_construct(reps=count, **fields)
            if depth == 0:
                self._refuse_plus()
        options = self._scan_options(depth)
        if "set_recovery" in options.values and not isinstance(item, Set):
            raise PartFaultError(
                *options.places["set_recovery"],
                "`R` is the rest after a set, and this is one rep",
                "write r in its place",
            )
        item = item.model_copy(update=options.values)
        self._check_values(item, options)
        return item, options

    def _scan_bracket(self, depth: int) -> tuple[Rep, ...]:
        opened = self.position
        self.position += 1
        items: list[Rep] = []
        while True:
            items.append(self._scan_item(depth + 1)[0])
            self._skip_spaces()
            if self._accept(")"):
                return tuple(items)
            if not self._accept("+"):
                self._refuse_bracket(opened, ")")
            if len(items) >= MAX_REPS:
                raise PartFaultError(opened, 1, f"over {MAX_REPS} reps are too many", f"at most {MAX_REPS}")

    def _scan_pattern(self, whole: Length | int) -> tuple[Leg, ...]:
        opened = self.position
        self.position += 1
        legs: list[Leg] = []
        while True:
            self._skip_spaces()
            begin = self.position
            mark = self._scan_length()
            if isinstance(mark, int) != isinstance(whole, int):
                noun, hint = ("duration", "45s") if isinstance(whole, int) else ("distance", "200")
                problem = f"`{clip(self.text[begin : self.position])}`: the legs of this rep have a {noun}"
                raise PartFaultError(begin, self.position - begin, problem, f"like the rep itself: {hint}")
            options = self._scan_options(1, leg=True)
            fields: dict[str, Any] = {"duration" if isinstance(mark, int) else "distance": mark, **options.values}
            legs.append(Leg.model_construct(**fields))
            if "target" in options.values and isinstance(mark, int):
                place = options.places["target"]
                raise PartFaultError(*place, "a target time for a leg by time", "write a pace, or leave it out")
            self._skip_spaces()
            if self._accept("]"):
                return tuple(legs)
            if not self._accept("+"):
                self._refuse_bracket(opened, "]")

    def _refuse_bracket(self, opened: int, closer: str) -> None:
        """Raises `PartFaultError` for what stands where `+` or the end of the bracket is expected."""
        noun = "bracket" if closer == ")" else "square bracket"
        if self.position >= self.end:
            if self.position < len(self.text):
                what = "reps" if closer == ")" else "legs"
                raise PartFaultError(self.position, 1, f"a `,` stands in {noun}s", f"separate the {what} with `+`")
            raise PartFaultError(opened, 1, f"the {noun} is not closed", f"close it with `{closer}`")
        word = self._word_here()
        problem = f"`{clip(word)}` stands where `+` or `{closer}` is expected"
        raise PartFaultError(self.position, len(word), problem, EXAMPLE_HINT)

    def _refuse_plus(self) -> None:
        self._skip_spaces()
        if self._peek("+"):
            hint = "separate the parts with `,`, or write 1x( … + … )"
            raise PartFaultError(self.position, 1, "`+` stands only in brackets", hint)

    def _refuse_rest(self) -> None:
        """Raises `PartFaultError` for the rest of a part."""
        word = self._word_here()
        hint = "options are @pace, r30, R4:00, on60 and closing2"
        if word[:1] in ("+", ")", "]"):
            hint = "separate the parts with `,`" if word[0] == "+" else f"no bracket is open: delete the `{word[0]}`"
        elif word[:1].isdigit():
            hint = "separate the parts with `,`; spaces stand before options"
        raise PartFaultError(self.position, len(word), f"`{clip(word)}` is no option", hint)

    def _check_values(self, item: Rep, options: _Options) -> None:
        """Raises `PartFaultError` for values that do not fit the reps of `item`."""
        if "target" in options.values and item.duration is not None:
            place = options.places["target"]
            raise PartFaultError(*place, "a target time for a rep by time", "write a pace, or leave it out")
        if "target" in options.values and item.pattern:
            place = options.places["target"]
            raise PartFaultError(*place, "a target for a rep whose legs have their own", "delete one of them")
        for name, problem, hint in find_value_problems(item):
            place = options.places.get(name, (self.position - 1, 1))
            raise PartFaultError(*place, problem, hint)

    # -- characters

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
        found = re.compile(r"[^\s,+()\[\]]+").match(self.text, self.position, self.end)
        return found[0] if found else self.text[self.position : self.position + 1]

    # -- counts, lengths and options

    def _scan_count(self) -> tuple[int, bool]:
        found = _COUNT.match(self.text, self.position, self.end)
        if not found:
            return 1, False
        digits = found[1]
        if len(digits) > 9 or not 1 <= int(digits) <= MAX_REPS:
            problem = f"{clip(digits, 12)} times: from 1 to {MAX_REPS}"
            raise PartFaultError(self.position, len(digits), problem, f"at most {MAX_REPS}")
        self.position = found.end()
        return int(digits), True

    def _scan_length(self) -> Length | int:
        found = _LENGTH.match(self.text, self.position, self.end)
        if not found:
            word = self._word_here()
            problem = f"`{clip(word)}` is no distance and no duration" if word else "a distance is missing"
            raise PartFaultError(self.position, len(word), problem, EXAMPLE_HINT)
        after = self.text[found.end() : self.end][:1]
        if after and after not in " \t),+@[]":
            word = self._word_here()
            rest = word[len(found[0]) :]
            is_option = after in "rRoOcC"
            hint = f"a space before the option: {clip(found[0])} {clip(rest)}" if is_option else EXAMPLE_HINT
            raise PartFaultError(self.position, len(word), f"`{clip(word)}` is no distance and no duration", hint)
        try:
            length: Length | int = parse_duration(found[0]) if _IS_DURATION.search(found[0]) else parse_length(found[0])
        except ScalarError as error:
            raise PartFaultError(self.position, len(found[0]), error.message, error.hint) from None
        if length == 0:
            raise PartFaultError(self.position, len(found[0]), "a rep of 0 s is too short")
        self.position = found.end()
        return length

    def _scan_options(self, depth: int, *, leg: bool = False) -> _Options:
        options = _Options()
        while True:
            self._skip_spaces()
            start = self.position
            found = _OPTION.match(self.text, start, self.end)
            if not found:
                return options
            sign = found[0] if len(found[0]) == 1 else found[0].lower()
            value = _VALUE.match(self.text, found.end(), self.end)
            text = value[0] if value else ""
            self.position = found.end() + len(text)
            width = self.position - start
            if not text:
                problem = f"a value is missing after `{found[0]}`"
                raise PartFaultError(start, width, problem, f"without a space, like {_EXAMPLES[sign]}")
            if leg and sign != "@":
                raise PartFaultError(start, width, f"`{sign}` in a leg", "a leg has only a pace, like 200 @33")
            if leg and ">" in text:
                raise PartFaultError(start, width, "several values for a leg", "a leg has one pace, like 200 @33")
            try:
                self._set_option(options, sign, text, (start, width), depth)
            except ScalarError as error:
                inner = "+" in text and sign != "@" and depth > 0
                hint = "a `+` after an option needs a space on both sides" if inner else error.hint
                raise PartFaultError(start, width, error.message, hint) from None

    def _set_option(self, options: _Options, sign: str, text: str, place: tuple[int, int], depth: int) -> None:
        values = options.values
        if sign == "closing":
            if depth:
                raise ScalarError("`closing` counts the whole workout", "write it once, at the very end")
            if not re.fullmatch(r"[0-9]{1,3}", text):
                raise ScalarError(f"`closing{clip(text)}` is no number of reps", "like closing2")
            if options.closing:
                raise ScalarError("a second `closing`", "once, at the very end")
            options.closing = int(text), place[0]
            return
        if sign == "@":
            if "pace" in values or "target" in values:
                raise ScalarError("a second `@`", "one pace for each part")
            value = parse_each(text, _parse_pace_or_target)
            name = _name_of_paces(value)
        else:
            name = _KEYS[sign]
            if name in values:
                raise ScalarError(f"a second `{sign}`", "one for each part")
            if {"r": "send_off", "on": "recovery"}.get(sign) in values:
                raise ScalarError("both a recovery (`r`) and a send-off (`on`)", "one of the two")
            parse: Callable[[str], Any] = _parse_send_off if sign == "on" else parse_recovery
            if sign == "R" and ">" in text:
                raise ScalarError("a list of recoveries after the set", "`R` has one value")
            value = parse_each(text, parse)
        values[name] = value
        options.places[name] = place


def _fields(rep: Rep) -> dict[str, Any]:
    return {name: getattr(rep, name) for name in rep.model_fields_set}


def _name_of_paces(value: Any) -> str:
    """Returns the key of a value after `@`: `pace` or `target`. Raises `ScalarError` if a list mixes them."""
    each = value if isinstance(value, tuple) else (value.first, value.last) if hasattr(value, "last") else (value,)
    kinds = {isinstance(one, TargetTime) for one in each}
    if len(kinds) > 1:
        raise ScalarError("target times and paces in one list", "write all as times, or all as paces")
    return "target" if kinds == {True} else "pace"


def _parse_send_off(text: str) -> int:
    ms = parse_duration(text, "send-off")
    if ms == 0:
        raise ScalarError("a send-off of 0 is too short")
    return ms


def _is_target(text: str) -> bool:
    number = re.fullmatch(_NUMBER, text)
    clock = ":" in text and "/" not in text
    return clock or bool(number and ("." in text or float(text) < 100)) or bool(re.fullmatch(rf"{_NUMBER}s", text))


def _parse_pace_or_target(text: str) -> Pace | TargetTime:
    """Returns the value of the option `@`: a target for a number with `.` or `:` or below 100, else a pace."""
    ends = re.split(r"[-–]", text)
    if _is_target(text) or (len(ends) == 2 and all(_is_target(end) for end in ends)):
        return parse_target(text)
    return parse_pace(text)
