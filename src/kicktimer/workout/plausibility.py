"""The table of rules for one-liners that are correct and hardly meant: `6x800 r2`, `400x8`, `8x400s`.

Each rule yields `Doubt`s: what is strange, where, and the edits that make the line one that is meant. A doubt refuses
the line, or with `warning` is only said. What is refused can always be written so that it is no more in doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.units import STANDARD_LAP_MM, best_time_ms, format_race_time, parse_duration, parse_length
from kicktimer.workout.oneliner_parts import split_oneliner, walk_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kicktimer.workout.oneliner_parts import OptionText, PartText

MAX_BARE_REST_S = 9
"""`r2` is more likely 2 min than 2 s; `r0` is no rest, and meant."""
MIN_JOG_LIKE_S = 200
MIN_USUAL_REP_M = 50
MIN_SPRINT_M = 10
SLOW_S_PER_100_M = 35
"""A target that is slower is rather a time for a kilometre or a mile: 35 s for 100 m are 5:50 for a kilometre."""
SLOW_REP_S_PER_100_M = 30
MIN_END_M = 400
"""A warm-up or a cool-down of less is a number without its unit."""
MIN_LONG_END_M = 2000
USUAL_RACES_M = (100, 200, 400, 600, 800, 1000, 1500, 1600, 1609, 2000, 3000, 3200, 5000, 8000, 10_000, 15_000)
USUAL_REPS_M = (100, 150, 200, 250, 300, 350, 400, 500, 600, 700, 800, 900, 1000, 1200, 1500, 1600, 2000, 3000)

_BARE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_TIME_UNIT = re.compile(r":|[0-9] ?(?:min|s|sec|h|'|\")|[0-9]h[0-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replaces the characters from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is strange from `start` to `end`, and the edits of the one or two lines that may be meant."""

    start: int
    end: int
    problem: str
    first: tuple[TextEdit, ...] = ()
    second: tuple[TextEdit, ...] = ()
    warning: bool = False


def find_doubts(text: str, *, whole: bool = True) -> tuple[Doubt, ...]:
    """Returns what is hardly meant in a correct one-liner, in the order of its places.

    `whole` is false for a line in a file: what follows it, and the file's own recovery, are not known then.
    """
    parts = split_oneliner(text)
    rules = RULES if whole else tuple(rule for rule in RULES if rule not in _RULES_OF_WHOLE_LINES)
    found = [doubt for rule in rules for doubt in rule(parts)]
    kept: list[Doubt] = []
    for doubt in found:  # of several doubts about the same characters the first rule's counts
        if not any(doubt.start < other.end and other.start < doubt.end for other in kept):
            kept.append(doubt)
    return tuple(sorted(kept, key=lambda doubt: doubt.start))


def meant_lines(text: str, doubts: Sequence[Doubt]) -> tuple[str, ...]:
    """Returns the one or two lines that `text` may mean: with the first, and with the second edits of all doubts."""
    refusals = [doubt for doubt in doubts if not doubt.warning]
    if not all(doubt.first for doubt in refusals):
        return ()
    lines = [_apply(text, [edit for doubt in refusals for edit in doubt.first])]
    if any(doubt.second for doubt in refusals):
        lines.append(_apply(text, [edit for doubt in refusals for edit in doubt.second or doubt.first]))
    return tuple(dict.fromkeys(lines))


def _apply(text: str, edits: Sequence[TextEdit]) -> str:
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = f"{text[: edit.start]}{edit.text}{text[edit.end :]}"
    return text


def _metres(part: PartText) -> Fraction | None:
    """Returns the length of a part's mark in metres, a lap as 400 m; None for a time or a bracket."""
    if not part.mark or _TIME_UNIT.search(part.mark):
        return None
    try:
        return Fraction(parse_length(part.mark).to_mm(STANDARD_LAP_MM), 1000) or None
    except ScalarError:
        return None


def _is_time(part: PartText) -> bool:
    return bool(part.mark) and _TIME_UNIT.search(part.mark) is not None


def _option_edit(part: PartText, text: str) -> TextEdit:
    """Returns the edit that adds an option at the end of a part."""
    end = part.options[-1].end if part.options else part.end
    return TextEdit(end, end, f" {text}")


def _thousands_point(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        found = re.fullmatch(r"([0-9]{1,3})\.([0-9]{3}) ?m?", part.mark)
        if found:
            edit = TextEdit(part.mark_start, part.mark_end, f"{found[1]}{found[2]}")
            yield Doubt(part.mark_start, part.mark_end, f"`{part.mark}` has a point for the thousands?", (edit,))


def _swapped_count(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        if part.count is not None and part.count >= MIN_USUAL_REP_M and _BARE.fullmatch(part.mark):
            metres = _metres(part)
            if metres is not None and metres < MIN_USUAL_REP_M:
                edit = TextEdit(part.count_start, part.mark_end, f"{part.mark}x{part.count}")
                problem = f"{part.count} reps of {part.mark} m: the number of reps stands first"
                yield Doubt(edit.start, part.mark_end, problem, (edit,))


def _short_rep(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        metres = _metres(part)
        if metres is None or metres >= MIN_USUAL_REP_M or part.kind:
            continue
        start, end = part.mark_start, part.mark_end
        number = re.match(r"[0-9.]+", part.mark)
        bare = _BARE.fullmatch(part.mark) is not None
        if number is None or re.search(r"met|k|mi|lap", part.mark.lower()):
            continue
        if metres < MIN_SPRINT_M:
            texts = (f"{number[0]}min", f"{number[0]}km")
        elif (part.count or 1) <= 3:
            texts = (f"{number[0]}min", f"{number[0]}metres")
        elif bare:
            texts = (f"{number[0]}s", f"{number[0]}m")
        else:
            continue
        yield Doubt(
            start, end, f"a rep of {number[0]} m is hardly meant: `{part.mark}` of what?",
            (TextEdit(start, end, texts[0]),), (TextEdit(start, end, texts[1]),),
        )  # fmt: skip


def _seconds_for_metres(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        found = re.fullmatch(r"([0-9]{3,4}) ?s", part.mark)
        if found and part.count and int(found[1]) in USUAL_REPS_M:
            minutes, seconds = divmod(int(found[1]), 60)
            start, end = part.mark_start, part.mark_end
            yield Doubt(
                start, end, f"reps of {found[1]} s: metres, or seconds?",
                (TextEdit(start, end, found[1]),), (TextEdit(start, end, f"{minutes}:{seconds:02}"),),
            )  # fmt: skip


def _bare_short_rest(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        for option in part.options:
            found = re.fullmatch(r"[0-9](?:\.[0-9]+)?", option.value)
            if option.sign in ("r", "R", "on") and found and 0 < float(option.value) <= MAX_BARE_REST_S:
                start = option.value_start
                noun = "a send-off" if option.sign == "on" else "a rest"
                yield Doubt(
                    option.start, option.end, f"{noun} of {option.value} s: minutes, or seconds?",
                    (TextEdit(start, option.end, f"{option.value}min"),),
                    (TextEdit(start, option.end, f"{option.value}s"),) if option.sign != "on" else (),
                )  # fmt: skip


def _slash_pace(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        for option in part.options:
            found = re.fullmatch(r"([0-9]{2}(?:\.[0-9]+)?)/([0-9]{2}(?:\.[0-9]+)?)", option.value)
            if option.sign == "@" and found:
                low, high = sorted((found[1], found[2]), key=float)
                start, end = option.value_start, option.end
                yield Doubt(
                    option.start, end, f"`{option.value}`: from {low} to {high} s, or a change from rep to rep?",
                    (TextEdit(start, end, f"{low}-{high}"),), (TextEdit(start, end, f"{found[1]}>{found[2]}"),),
                )  # fmt: skip


def _bare_number_pace(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part, option in _paced_reps(parts):
        if not re.fullmatch(r"[0-9]{3,5}", option.value):
            continue
        number, metres = int(option.value), _metres(part)
        as_time = (
            metres is not None
            and 1000 * number >= best_time_ms(int(metres * 1000))
            and number * 100 <= SLOW_REP_S_PER_100_M * metres
        )
        if number in USUAL_RACES_M and not as_time:
            continue
        start, end = option.value_start, option.end
        race = (TextEdit(start, end, f"{number}m"),)
        time = (TextEdit(start, end, format_race_time(number * 1000).removesuffix(".0")),)
        problem = f"`@{number}`: the pace of a {number} m race{', or the time for the rep?' if as_time else '?'}"
        yield Doubt(option.start, end, problem, time if as_time else race, race if as_time else ())


def _paced_reps(parts: Sequence[PartText]) -> Iterator[tuple[PartText, OptionText]]:
    """Yields each part of reps with its option `@`."""
    for part in walk_parts(tuple(parts)):
        option = part.option("@")
        if option is not None and part.mark:
            yield part, option


def _target_out_of_reach(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part, option in _paced_reps(parts):
        metres = _metres(part)
        is_target = re.fullmatch(r"[0-9]+:[0-9]{2}(?:\.[0-9]+)?|[0-9]{1,2}|[0-9]+\.[0-9]+", option.value)
        if metres is None or metres < MIN_USUAL_REP_M or not is_target:
            continue
        ms = parse_duration(option.value)
        start, end = option.value_start, option.end
        if ms * 100 < best_time_ms(int(metres * 1000)) * 95:
            point = re.fullmatch(r"([0-9]{1,2})\.([0-5][0-9])", option.value)
            texts = []
            if point:
                texts.append(f"{point[1]}:{point[2]}")
            if metres > 400 and ms * 100 >= best_time_ms(400_000) * 95:
                texts.append(f"{option.value}/400m")
            if metres > 200 and ms * 100 >= best_time_ms(200_000) * 95 and ms < best_time_ms(400_000):
                texts.append(f"{option.value}/200m")
            edits = [(TextEdit(start, end, text),) for text in texts[:2]]
            first, second = (*edits, (), ())[:2]
            yield Doubt(option.start, end, f"nobody runs {part.mark} in {option.value}", first, second)
        elif ms > SLOW_S_PER_100_M * 10 * metres and re.search("[:.]", option.value):
            kilometre, mile = ((TextEdit(start, end, f"{option.value}/{unit}"),) for unit in ("km", "mi"))
            problem = f"{option.value} for {part.mark} is a walk: for a kilometre, or for a mile?"
            yield Doubt(option.start, end, problem, kilometre, mile)


def _lone_time(parts: Sequence[PartText]) -> Iterator[Doubt]:
    """A time alone after reps over a distance: `8x400 @63, 90s`."""
    for place, part in enumerate(parts):
        before = parts[place - 1] if place else None
        if before is None or before.kind or part.kind or part.count or part.options or not _is_time(part):
            continue
        if part.has_legs:
            continue
        if _is_time(before) or (before.inner and any(_is_time(each) for each in walk_parts(before.inner))):
            continue
        last = place == len(parts) - 1
        several = (before.count or 1) > 1
        used = {option.sign for option in before.options}
        gap = (before.end, part.end)
        rep = (TextEdit(part.mark_end, part.mark_end, " @1500"),)
        if not used & {"r", "on"} and (several or not last):
            first: tuple[TextEdit, ...] = (TextEdit(gap[0], gap[1], f" r{part.mark.replace(' ', '')}"),)
        elif not last and "R" not in used and (several or before.inner):
            first = (TextEdit(gap[0], gap[1], f" R{part.mark.replace(' ', '')}"),)
        elif last:
            first = (TextEdit(part.mark_start, part.mark_start, "cd"),)
        else:
            first = rep
        problem = f"`{part.mark}` is one more rep here: a rest, or a rep of {part.mark}?"
        yield Doubt(part.mark_start, part.mark_end, problem, first, rep if first != rep else ())


def _lone_number(parts: Sequence[PartText]) -> Iterator[Doubt]:
    """A small number alone after several reps: `6x300, 60`."""
    for before, part in pairwise(parts):
        is_number = re.fullmatch(r"[0-9]{1,2}", part.mark) is not None and part.count is None and not part.options
        if not is_number or int(part.mark) < MIN_USUAL_REP_M or (before.count or 1) < 2 or before.kind or part.kind:
            continue
        start, end = part.mark_start, part.mark_end
        metres = (TextEdit(start, end, f"{part.mark}m"),)
        problem = f"`{part.mark}` is one more rep here: a rest of {part.mark} s, or a rep of {part.mark} m?"
        if before.option("r", "on"):
            yield Doubt(start, end, problem, metres)
        else:
            yield Doubt(start, end, problem, (TextEdit(before.end, part.end, f" r{part.mark}"),), metres)


def _short_end(parts: Sequence[PartText]) -> Iterator[Doubt]:
    """A warm-up or a cool-down of a few metres: `wu15`."""
    for part in parts:
        metres = _metres(part)
        if part.kind and metres is not None and metres < MIN_END_M and _BARE.fullmatch(part.mark):
            what = "a warm-up" if part.kind == "wu" else "a cool-down"
            start, end = part.mark_start, part.mark_end
            yield Doubt(
                start, end, f"{what} of {part.mark} m is hardly meant",
                (TextEdit(start, end, f"{part.mark}min"),), (TextEdit(start, end, f"{part.mark}km"),),
            )  # fmt: skip


def _long_end(parts: Sequence[PartText]) -> Iterator[Doubt]:
    """A long run without options before or after reps that have their own rest: `3k, 6x1k r90, 2k`."""
    if len(parts) < 2:
        return
    for part, others, word in ((parts[0], parts[1:], "wu"), (parts[-1], parts[:-1], "cd")):
        metres = _metres(part)
        bare = part.count is None and not part.options and not part.kind and not part.has_legs
        rested = all(each.option("r", "on") or each.kind or each is parts[0] or each is parts[-1] for each in others)
        has_rest = any(each.option("r", "on") for each in others)
        if metres is None or metres < MIN_LONG_END_M or not (bare and rested and has_rest):
            continue
        start = part.mark_start
        what = "the warm-up" if word == "wu" else "the cool-down"
        free = (TextEdit(part.mark_end, part.mark_end, " @free"),)
        yield Doubt(
            start, part.mark_end, f"`{part.mark}`: {what}, or a rep of its own?", (TextEdit(start, start, word),), free
        )


def _set_rest_without_effect(parts: Sequence[PartText]) -> Iterator[Doubt]:
    runs = [part for part in parts if not part.kind]
    for place, part in enumerate(runs):
        option = part.option("R")
        if option is None or place < len(runs) - 1 or (part.inner and (part.count or 1) > 1):
            continue
        space = part.end and option.start - 1
        remove = TextEdit(space, option.end, "")
        if part.option("r", "on"):
            yield Doubt(option.start, option.end, f"`R{option.value}` has no effect: no other set follows", (remove,))
        else:
            rest = TextEdit(option.start, option.start + 1, "r")
            problem = f"`R{option.value}` has no effect here: `R` is the rest between sets, `r` between reps"
            yield Doubt(option.start, option.end, problem, (rest,), (remove,))


def _rest_on_last_part_alone(parts: Sequence[PartText]) -> Iterator[Doubt]:
    runs = [part for part in parts if not part.kind]
    if len(runs) < 2:
        return
    option = runs[-1].option("r", "on")
    if option is None or any(
        each.option("r", "on", "R") for part in runs[:-1] for each in (part, *walk_parts(part.inner))
    ):
        return
    text = f"{option.sign}{option.value}"
    every = tuple(_option_edit(part, text) for part in runs[:-1])
    default = tuple(_option_edit(part, "r30") for part in runs[:-1])
    yield Doubt(
        option.start, option.end, f"`{text}` stands at the last part alone: for all of them, or 30 s before it?",
        every, default,
    )  # fmt: skip


def _rest_like_a_jog(parts: Sequence[PartText]) -> Iterator[Doubt]:
    for part in walk_parts(tuple(parts)):
        for option in part.options:
            if option.sign in ("r", "R") and re.fullmatch(r"[0-9]{3,4}", option.value):
                seconds = int(option.value)
                if seconds >= MIN_JOG_LIKE_S and seconds % 100 == 0:
                    problem = (
                        f"`{option.sign}{seconds}` is {seconds} s; a jog of {seconds} m is {option.sign}{seconds}m"
                    )
                    yield Doubt(option.start, option.end, problem, warning=True)


RULES: tuple[Callable[[Sequence[PartText]], Iterator[Doubt]], ...] = (
    _thousands_point,
    _swapped_count,
    _short_rep,
    _seconds_for_metres,
    _bare_short_rest,
    _slash_pace,
    _bare_number_pace,
    _target_out_of_reach,
    _lone_time,
    _lone_number,
    _short_end,
    _long_end,
    _set_rest_without_effect,
    _rest_on_last_part_alone,
    _rest_like_a_jog,
)
"""In this order: of two rules about the same characters the first counts."""
_RULES_OF_WHOLE_LINES = (_long_end, _set_rest_without_effect, _rest_on_last_part_alone)
