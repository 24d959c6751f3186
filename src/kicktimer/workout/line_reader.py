"""Reads a workout written as one line: a one-liner, or a coach's note.

A line is first read as a one-liner. Where that fails it is read as a note, which is rewritten as a one-liner. What is
hardly meant is refused with the one or two lines that may be meant: nothing runs as another workout in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.errors import Fault, FaultsError
from kicktimer.text import plain_spaces, remove_invisible
from kicktimer.units import clip
from kicktimer.workout.coach_note import NoteError, read_note
from kicktimer.workout.oneliner_parser import MAX_CHARACTERS, find_decimal_commas, read_oneliner
from kicktimer.workout.plausibility import find_doubts, meant_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.workout.model import Workout

MAX_OFFERED_LINES = 2
MAX_OFFER_DEPTH = 3
_CLOSING = re.compile(r"\bclosing +([0-9]+)(?= *$)", re.IGNORECASE)
_NOTE_CLOSING = re.compile(r"[ ,]+closing([0-9]+)$", re.IGNORECASE)
_MEANT = re.compile(r"(?:(?<=write )|^|(?<=\? ))([^\s?,;]+)")
"""What a hint says is meant: `62-64? 64>62?`, `write 30min`."""
_SIGN = re.compile(r"@|closing|on|r|R")
_SET_REST = re.compile(r"(?<![A-Za-z])R(?=[0-9]|ready)")


@dataclass(frozen=True, slots=True)
class LineReading:
    """A workout read from one line.

    `strict` is the one-liner that was understood, and `remarks` says what it has in place of the coach's words; without
    a note these are the line itself and nothing. `warnings` are for the user.
    """

    workout: Workout
    strict: str
    remarks: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()
    is_note: bool = False


def read_line(text: str) -> LineReading:
    """Returns the reading of a one-liner or a note; raises `FaultsError` with the lines that may be meant."""
    return _read(text, MAX_OFFER_DEPTH)


def _read(text: str, depth: int) -> LineReading:
    """Reads a line. An offered line that is refused in its turn gives way to its own offers, at most `depth` times."""
    plain = _CLOSING.sub(r"closing\1", plain_spaces(remove_invisible(text)).strip())
    faults: tuple[Fault, ...] = ()
    for line in dict.fromkeys((plain, _lower_case(plain))):
        try:
            workout = read_oneliner(line)
        except FaultsError as error:
            faults = faults or error.faults
            continue
        if capitals := _capitals_doubt(plain, line):
            raise FaultsError((capitals,))
        return LineReading(workout, line, warnings=_check_doubts(line, depth))
    if len(plain) > MAX_CHARACTERS:
        raise FaultsError(faults)
    if commas := tuple(find_decimal_commas(plain)):
        raise FaultsError(_with_lines(faults, _offered([_with_points(plain, [each.offset for each in commas])], depth)))
    return _read_as_note(text, plain, faults, depth)


def _read_as_note(text: str, plain: str, faults: tuple[Fault, ...], depth: int) -> LineReading:
    closing = _NOTE_CLOSING.search(plain)
    try:
        note = read_note(plain[: closing.start()] if closing else plain)
        if closing:
            note = replace(note, line=f"{note.line} closing{closing[1]}")
    except NoteError as error:
        lines = _offered(error.lines, depth)
        if not lines and not error.lines:
            meant = _offered(_lines_of_hints(plain, faults), depth)
            if meant or _is_nearly_strict(plain, faults):
                raise FaultsError(_with_lines(faults, meant)) from None
        raise FaultsError((_note_fault(text, plain, error, lines),)) from None
    try:
        workout = read_oneliner(note.line)
    except FaultsError as error:
        reason = error.faults[0]
        lines = _offered(_lines_of_hints(note.line, error.faults), depth)
        problem = f"read as `{clip(note.line, 120)}`: {reason.problem}"
        raise FaultsError((Fault("one-liner", 1, 1, problem, reason.hint, plain, 1, lines=lines),)) from None
    doubts = find_doubts(note.line)
    refusals = [doubt for doubt in doubts if not doubt.warning]
    if refusals:
        problem = f"read as `{clip(note.line, 120)}`: {refusals[0].problem}"
        raise FaultsError(
            (
                Fault(
                    "one-liner",
                    1,
                    1,
                    problem,
                    "",
                    plain,
                    len(plain),
                    lines=_offered(meant_lines(note.line, doubts), depth),
                ),
            )
        )
    named = workout.model_copy(update={"name": clip(plain, 80), "about": f"Read as {note.line}"})
    warnings = tuple(Fault("one-liner", 1, 1, doubt.problem, warning=True) for doubt in doubts)
    return LineReading(named, note.line, note.remarks, warnings, is_note=True)


def _lower_case(text: str) -> str:
    """Returns the line in lower case; only the `R` of a set's recovery differs from `r`."""
    kept = {found.start() for found in _SET_REST.finditer(text)}
    return "".join(char if at in kept else char.lower() for at, char in enumerate(text))


def _capitals_doubt(typed: str, line: str) -> Fault | None:
    """Returns a fault for a line all in capitals: whether its `R` is an `r` is not known."""
    found = _SET_REST.search(typed)
    if found is None or typed.upper() != typed or not re.search(r"[A-Z]", typed.replace("R", "")):
        return None
    set_rest = _lower_case(line)
    problem = "all in capitals: is `R` the rest between reps (`r`), or between sets (`R`)?"
    return Fault(
        "one-liner",
        1,
        found.start() + 1,
        problem,
        "",
        typed,
        1,
        lines=_offered((set_rest.lower(), set_rest), MAX_OFFER_DEPTH),
    )


def _check_doubts(line: str, depth: int) -> tuple[Fault, ...]:
    """Returns the warnings about a correct one-liner; raises `FaultsError` for what is hardly meant."""
    doubts = find_doubts(line)
    refusals = [doubt for doubt in doubts if not doubt.warning]
    if refusals:
        lines = _offered(meant_lines(line, doubts), depth)
        raise FaultsError(
            tuple(
                Fault(
                    "one-liner", 1, doubt.start + 1, doubt.problem, "", line, doubt.end - doubt.start,
                    lines=lines if doubt is refusals[-1] else (),
                )
                for doubt in refusals
            )
        )  # fmt: skip
    return tuple(
        Fault("one-liner", 1, doubt.start + 1, doubt.problem, "", line, doubt.end - doubt.start, warning=True)
        for doubt in doubts
    )


def _offered(lines: Iterable[str], depth: int) -> tuple[str, ...]:
    """Returns those of the lines that are read at once, and for one that is not what it offers in its turn."""
    found: list[str] = []
    for line in lines if depth else ():
        try:
            found.append(_read(line, depth - 1).strict)
        except FaultsError as error:
            found += [each for fault in error.faults for each in fault.lines]
    return tuple(dict.fromkeys(found))[:MAX_OFFERED_LINES]


def _with_lines(faults: tuple[Fault, ...], lines: tuple[str, ...]) -> tuple[Fault, ...]:
    last = faults[-1]
    return (
        *faults[:-1],
        Fault(last.file, last.line, last.column, last.problem, last.hint, last.source, last.width, lines=lines),
    )


def _lines_of_hints(line: str, faults: tuple[Fault, ...]) -> tuple[str, ...]:
    """Returns the line with what the hint of its only fault says in place of what is wrong."""
    if len(faults) != 1:
        return ()
    fault = faults[0]
    start, end = fault.column - 1, fault.column - 1 + fault.width
    sign = _SIGN.match(line, start, end)
    found = []
    for meant in _MEANT.findall(fault.hint):
        has_sign = sign is None or meant.startswith(sign[0])
        found.append(f"{line[:start]}{'' if has_sign or sign is None else sign[0]}{meant}{line[end:]}")
    return tuple(found)


def _with_points(text: str, starts: list[int]) -> str:
    """Returns the text with a point for the first comma after each of these places."""
    for start in starts:
        comma = text.index(",", start)
        thousands = re.match(r",[0-9]{3}(?![0-9])", text[comma:]) and not text[:comma].endswith(":")
        text = f"{text[:comma]}{'' if thousands else '.'}{text[comma + 1 :]}"
    return text


def _is_nearly_strict(plain: str, faults: tuple[Fault, ...]) -> bool:
    """Whether the one-liner's own fault says more than the note's: where an option's value is wrong."""
    return (
        bool(faults)
        and re.search(r"[A-Za-z]{3}", re.sub(r"closing|ready|free|kick|miles?|mins?|secs?|laps?", "", plain)) is None
    )


def _note_fault(text: str, plain: str, error: NoteError, lines: tuple[str, ...]) -> Fault:
    start = min(error.start, max(0, len(plain) - 1))
    hint = "" if lines else "a workout reads like `8x400 @1500 r30`, or `8 x 400m @ 1500 pace w/ 90s rest`"
    source = plain if remove_invisible(text).strip() != text else text
    return Fault(
        "one-liner", 1, start + 1, error.problem, hint, source, max(1, min(error.end, len(plain)) - start), lines=lines
    )
