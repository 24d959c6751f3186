"""The clauses of a coach's note that are values: paces, targets and amounts of rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.units import best_time_ms, parse_duration
from kicktimer.workout.note_words import NoteCursor, NoteError

if TYPE_CHECKING:
    from kicktimer.workout.note_blocks import NoteBlock
    from kicktimer.workout.note_words import NoteToken

WITH = ("w/", "with", "w", "and")
REST_WORDS = ("rest", "rests", "rec", "recs", "recovery", "recoveries", "recover", "break", "off", "ri")
STILL_WORDS = ("standing", "static", "passive", "active", "complete", "full", "total")
"""How one rests: a rest has no word for it."""
JOG_WORDS = ("jog", "jogs", "jogging", "float", "floats", "walk", "walks", "shuffle")
EFFORTS = (
    "easy", "steady", "tempo", "threshold", "hard", "fast", "cruise", "sprint", "sprints", "strides", "stride", "max",
    "hill", "hills", "uphill", "all out", "all-out", "full out", "full-out", "flat out", "flat-out", "relaxed",
    "strong", "quick", "r", "t", "i", "slow",
)  # fmt: skip
RACE_WORDS = {"mile": "mile", "half marathon": "half marathon", "marathon": "marathon"}
PACE_WORDS = ("pace", "race", "effort", "speed", "paced", "rp")
SEPARATORS = (",", ";", "+", "//", "/", "then", "&", ".")
USUAL_RACES = ("800", "1500", "3000", "5000", "10000", "1609", "2000", "1000", "400", "600", "200")
WALK_PER_400_S = 240
"""A walk is a jog at four minutes for 400 m."""
SLOW_REP_S_PER_100_M = 30
MIN_JOG_M = 50


@dataclass(frozen=True, slots=True)
class NoteChoice:
    """A place of the note that may be read in two ways. Places of one `kind` are read in the same way."""

    kind: str
    start: int
    end: int
    problem: str


class ClauseReader(NoteCursor):
    """Reads paces and amounts.

    `remarks` has a sentence for each thing that the one-liner says with less. `choices` are the places in doubt; those
    of the kinds `second_way` are read in their second way. `refusal` is set where the line
    must not run although it is known what is meant.
    """

    def __init__(self, note: str, second_way: frozenset[str] = frozenset()) -> None:
        super().__init__(note)
        self.remarks: list[str] = []
        self.choices: list[NoteChoice] = []
        self.refusal: NoteChoice | None = None
        self._second_way = second_way

    def choose(self, kind: str, first: NoteToken, last: NoteToken, problem: str) -> bool:
        """Returns whether the place is read in the second way, and remembers that it is in doubt."""
        self.choices.append(NoteChoice(kind, first.start, last.end, problem))
        return kind in self._second_way

    def is_pace_list(self) -> bool:
        """Whether what stands here is a race and a word for a pace, or several with slashes: `10k/5k pace`."""
        ahead = 1
        while self.is_word("/", ahead=ahead):
            ahead += 2
        return self.is_word(*PACE_WORDS, ahead=ahead)

    def is_rest_amount(self, place: int | None = None) -> bool:
        """Whether what stands here, or at `place`, is a rest: an amount and a word for it."""
        at, self.at = self.at, self.at if place is None else place
        ahead = 1
        if (
            self.is_word("in", "/") is False
            and self.is_word("in", "/", ahead=1)
            and self.is_kind("time", "span", ahead=2)
        ):
            ahead = 3
        words = (*REST_WORDS, *JOG_WORDS) if ahead == 1 or not self.is_kind("distance") else JOG_WORDS
        while self.is_word("of", "easy", "min", "slow", *STILL_WORDS, ahead=ahead):
            ahead += 1
        found = self.is_word(*words, ahead=ahead) or (
            self.is_kind("time", "span") and self.is_word("between", "after", ahead=1)
        )
        self.at = at
        return found

    def read_pace(self, block: NoteBlock) -> str:
        """Reads `@ 5k pace`, `in 46`, `at mile effort`; returns "" where there is none."""
        begin = self.at
        if not (
            self.accept("@", "at", "in") or (self.is_kind("distance", "word") and self.is_word(*PACE_WORDS, ahead=1))
        ):
            return ""
        self.accept("the")
        token = self.peek()
        if token is None:
            raise self.not_understood()
        self.at += 1
        value = ""
        if token.kind in ("time", "number") and (per := self._per_distance()):
            value = f"{token.value.removesuffix('s')}/{per}"
        elif token.kind == "time":
            value = self._targets(block, token)
        elif token.kind == "number":
            value = self._number_pace(token, block)
        elif token.kind == "span":
            value = token.value.removesuffix("s")
        elif token.kind == "ladder":
            values = token.value.split("+")
            if len(values) != block.count:
                raise NoteError(token.start, token.end, f"{len(values)} times for {block.count} reps")
            value = ">".join(values)
        elif token.kind == "percent":
            self.accept("of")
            race = self.read_race()
            value = f"{token.value}{race}" if race else ""
        elif token.value in EFFORTS:
            value = "free"
            self.remarks.append(f"`{token.text}` gives no pace: free")
        else:
            self.at -= 1
            value = self.read_race()
        if not value:
            self.at = begin + 1
            raise self.not_understood()
        if value not in ("free", "kick") and not re.search(r"[.:/>%]", value) and (value[-1:] != "s"):
            value = self._more_races(value, block)
        if self.is_word("pace") and token.kind in ("time", "number") and re.fullmatch(r"[0-9:]*[.:][0-9.]+", value):
            value = self._pace_of(token, value)
        while self.accept(*PACE_WORDS):
            pass
        return value

    def _pace_of(self, token: NoteToken, value: str) -> str:
        """Returns what `64 pace` means, the time for a lap; `5:00 pace` may be for a kilometre or for a mile."""
        bare = value.removesuffix(".0")
        if ":" not in value:
            self.remarks.append(f"`{token.text} pace`: {bare} s for each 400 m")
            return f"{bare}/400m"
        in_miles = self.choose("unit", token, token, f"`{token.text} pace`: for a kilometre, or for a mile?")
        return f"{bare}/{'mi' if in_miles else 'km'}"

    def _more_races(self, first: str, block: NoteBlock) -> str:
        """Reads `-5k` after a race, which makes a band, or `/3k/1500`: a race for each rep, or each block.

        Races for each block are returned with `|` between them.
        """
        if self.is_word("-") and self.is_kind("distance", ahead=1):
            self.at += 1
            return f"{first}-{self.read_race()}"
        races = [first]
        while self.is_word("/") and self.is_kind("distance", "number", "word", ahead=1):
            begin = self.at
            self.at += 1
            race = "" if self.is_rest_amount() else self.read_race()
            if not race:
                self.at = begin
                break
            races.append(race)
        if len(races) == 1:
            return first
        return (">" if len(races) == block.count else "|").join(races)

    def read_race(self) -> str:
        """Reads a race: a distance, a usual number, or `mile`; returns "" where there is none."""
        token = self.peek()
        if token is None:
            return ""
        value = ""
        if token.kind == "distance":
            value = {"1mi": "mile"}.get(token.value, token.value.removesuffix("m"))
        elif token.kind == "number" and token.value in USUAL_RACES:
            value = token.value
        else:
            value = RACE_WORDS.get(token.value, "")
        self.at += bool(value)
        return value

    def _per_distance(self) -> str:
        """Reads `/km` or `per 400m` after a time; returns "" where there is none."""
        if not self.is_word("/", "per", "a"):
            return ""
        token = self.peek(1)
        if token is None:
            return ""
        unit = {"km": "km", "k": "km", "kilometre": "km", "mile": "mi", "mi": "mi"}.get(token.value, "")
        if token.value in ("100m", "400m", "100", "400"):  # `/200m` may be a jog
            unit = f"{token.value.removesuffix('m')}m"
            if self.is_word(*JOG_WORDS, *REST_WORDS, ahead=2):
                return ""
        self.at += 2 if unit else 0
        return unit

    def _targets(self, block: NoteBlock, token: NoteToken) -> str:
        """Returns a target; of `4:24, 4:22, 4:20` for three reps one for each."""
        values = [token.value]
        while self.is_word(",", "/") and self.is_kind("time", ahead=1) and not self.is_rest_amount(self.at + 1):
            if len(values) == block.count:
                break
            following = self.peek(1)
            assert following is not None
            values.append(following.value)
            self.at += 2
        if len(values) == 2 and block.count > 2:  # `in 1:05, 60s`: a target and what comes after it
            self.at -= 2
            values = values[:1]
        if len(values) not in (1, block.count):
            raise NoteError(token.start, token.end, f"{len(values)} times for {block.count} reps")
        return ">".join(target_text(value) for value in values)

    def _number_pace(self, token: NoteToken, block: NoteBlock) -> str:
        """Returns the pace of a bare number: a target below 100 or with a point, else a usual race."""
        if "." in token.value or float(token.value) < 100:
            self.accept("s")
            values = [token.value]
            while (
                self.is_word(",", "/") and self.is_kind("number", ahead=1) and len(values) < block.count
                and not self.is_rest_amount(self.at + 1)
            ):  # fmt: skip
                following = self.peek(1)
                assert following is not None
                if not 0.5 * float(token.value) < float(following.value) < 2 * float(token.value):
                    break
                values.append(following.value)
                self.at += 2
            if len(values) not in (1, block.count):
                raise NoteError(token.start, token.end, f"{len(values)} times for {block.count} reps")
            return ">".join(target_text(value) for value in values)
        return token.value  # the plausibility rules refuse what is no usual race

    def may_be_target(self, block: NoteBlock, token: NoteToken) -> bool:
        """Whether a time may be what a rep without a pace is to be run in."""
        metres = block.metres
        if block.pace or block.inner or not metres or token.kind not in ("time", "number"):
            return False
        try:
            ms = parse_duration(token.value)
        except ScalarError:
            return False
        return best_time_ms(int(metres * 1000)) * 95 <= ms * 100 and ms <= SLOW_REP_S_PER_100_M * 10 * metres

    def rest_amount(self, token: NoteToken, time: str, *, jog: bool, walk: bool) -> str:
        """Returns an amount of rest as the options `r` and `R` have it."""
        value = token.value
        if token.kind == "number" and not jog:
            bare = float(value)
            if bare >= 100 and bare % 50 == 0:
                is_time = self.choose("jog", token, token, f"`{token.text}`: metres to jog, or seconds?")
                return f"{value}s" if is_time else f"{value}m"
            return value
        if token.kind not in ("distance", "number"):
            return value
        metres = value if token.kind == "distance" else f"{value}m"
        short = re.fullmatch(r"([0-9.]+)m", metres)
        if short and float(short[1]) < MIN_JOG_M:
            problem = f"a jog of {short[1]} m: metres, or minutes?"
            self.refusal = self.refusal or NoteChoice("minutes", token.start, token.end, problem)
            return f"{short[1]}min"
        if walk and not time and short:
            time = f"{round(float(short[1]) * WALK_PER_400_S / 400)}s"
            self.remarks.append(f"a walk of {metres} takes {time}: 4 min for 400 m")
        return f"{metres}/{time}" if time else metres


def target_text(value: str) -> str:
    """Returns a time as the option `@` has a target: seconds without a unit have a point."""
    seconds = value.removesuffix("s")
    return f"{seconds}.0" if seconds.isdecimal() else seconds
