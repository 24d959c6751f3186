"""Parses one-liners, the one-line form of a workout: `8x400 @1500 r30, 2x(200+300) r30 R4:00 closing2`.

A one-liner consists of parts with commas between them, a warm-up before and a cool-down after them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kicktimer.errors import Fault, FaultsError, ScalarFault, ScalarFaultsError
from kicktimer.text import INVISIBLE_CHARACTERS, clean, plain_spaces
from kicktimer.units import clip
from kicktimer.workout.model import MAX_REPS, OneLiner, Workout
from kicktimer.workout.oneliner_scanner import PartFaultError, PartScanner, ScannedPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.units import Length

MAX_CHARACTERS = 4000
MIN_LISTED_METRES = 50
"""In `300,80` both numbers are reps from this length on; in `1,5` and `64,5` the comma is a decimal one."""
MAX_NUMBER_CHARACTERS = 20
"""How far a number is searched for on either side of a comma."""
_TIME_AFTER = re.compile(r"[0-9]+ ?(?:min|s(?![a-z])|sec|')", re.IGNORECASE)
_WARMUP = re.compile(r"\s*(wu|cd) *(?=[0-9mM])", re.IGNORECASE)


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
    return Workout.model_construct(
        name=clip(line.text, 80),
        sets=line.sets,
        closing=line.closing,
        warmup=line.warmup,
        cooldown=line.cooldown,
    )


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
        if ":" in before[0] and _TIME_AFTER.match(text, part):
            continue  # `@2:45,5min`: a target and a rest
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


@dataclass(slots=True)
class _ScannedLine:
    """What has been scanned of a line: its parts, warm-up and cool-down, and the first fault of each part."""

    parts: list[ScannedPart] = field(default_factory=list)
    warmup: Length | int | None = None
    cooldown: Length | int | None = None
    faults: list[ScalarFault] = field(default_factory=list)


def _scan_plain(text: str, *, closing: bool) -> OneLiner:
    """Scans a one-liner without Unicode spaces and invisible characters."""
    if len(text) > MAX_CHARACTERS:
        problem = f"a one-liner of over {MAX_CHARACTERS} characters is too long"
        raise ScalarFaultsError((ScalarFault(0, 1, problem, "write a file"),))
    comma_faults = tuple(find_decimal_commas(text))
    line = _ScannedLine(faults=list(comma_faults))
    for fault in comma_faults:  # with a point in its place, the comma hides no other fault
        comma = text.index(",", fault.offset)
        text = f"{text[:comma]}.{text[comma + 1 :]}"
    start = 0
    # No comma is allowed in brackets, so an unclosed bracket does not hide the faults of later parts.
    pieces = text.split(",")
    for number, piece in enumerate(pieces):
        try:
            _scan_piece(line, text, (start, start + len(piece)), (number, len(pieces)), whole=closing)
        except PartFaultError as error:
            if not any(start <= fault.offset < start + len(piece) for fault in comma_faults):
                line.faults.append(error.fault)
        start += len(piece) + 1
    last = _find_total_faults(line, text)
    if line.faults:
        raise ScalarFaultsError(tuple(sorted(line.faults, key=lambda fault: fault.offset)))
    sets = tuple(part.set for part in line.parts)
    return OneLiner(clean(text), sets, last[0] if last else None, line.warmup, line.cooldown)


def _scan_piece(line: _ScannedLine, text: str, place: tuple[int, int], which: tuple[int, int], *, whole: bool) -> None:
    """Scans what stands between two commas, from and to `place`; it is piece `which[0]` of `which[1]`."""
    start, end = place
    found = _WARMUP.match(text, start, end)
    number, count = which
    if found is None:
        part = PartScanner(text, start, end).scan()
        rest_is_cooldown = number == count - 2 and _WARMUP.match(text, end + 1) is not None
        _check_closing(part, last=number == count - 1 or rest_is_cooldown, allowed=whole)
        line.parts.append(part)
        return
    word = found[1].lower()
    width = end - start
    if not whole:
        hint = "write `warmup:` or `cooldown:` at the top of the file"
        raise PartFaultError(found.start(1), 2, f"`{word}` belongs to the workout, not to a set", hint)
    if count == 1 or number != (0 if word == "wu" else count - 1):
        noun, hint = ("warm-up", "at the beginning") if word == "wu" else ("cool-down", "at the end")
        raise PartFaultError(
            found.start(1), width, f"the {noun} stands {hint} of a line with reps", "8x400 r30, cd10min"
        )
    mark = PartScanner(text, found.end(), end).scan_mark()
    if word == "wu":
        line.warmup = mark
    else:
        line.cooldown = mark


def _find_total_faults(line: _ScannedLine, text: str) -> tuple[int, int] | None:
    """Adds faults of the whole line, and returns the number of closing reps with the option's offset."""
    total = sum(part.reps for part in line.parts)
    if not line.faults and not line.parts:
        line.faults.append(ScalarFault(0, max(1, len(text)), "no reps", "8x400 r30"))
    if not line.faults and total > MAX_REPS:
        line.faults.append(ScalarFault(0, len(text), f"{total} reps are too many", f"at most {MAX_REPS}"))
    last = line.parts[-1].closing if line.parts else None
    if not line.faults and last and last[0] > total:
        problem = f"{last[0]} closing reps, but the workout has {total}"
        line.faults.append(ScalarFault(last[1], 7 + len(str(last[0])), problem, f"closing{min(2, total)}"))
    return last


def _check_closing(part: ScannedPart, *, last: bool, allowed: bool) -> None:
    """Raises `PartFaultError` for an option `closing` in a part that is not the last, or where it is not allowed."""
    if part.closing is None or (last and allowed):
        return
    position = part.closing[1]
    if allowed:
        raise PartFaultError(position, 7, "`closing` counts the whole workout", "write it once, at the very end")
    raise PartFaultError(
        position, 7, "`closing` belongs to the workout, not to a set", "write `closing:` at the top of the file"
    )
