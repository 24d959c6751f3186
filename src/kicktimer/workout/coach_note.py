"""Reads a workout as a coach writes it, and rewrites it as a one-liner: `8 x 400m @ 1500 pace w/ 90s rest`.

A note with one meaning becomes a `NoteReading`, which is always shown. One with two meanings raises `NoteError` with a
one-liner for each, ready to be used; one that is not understood raises it at the word that is not. Nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError
from kicktimer.workout.note_blocks import (
    NoteBlock,
    blocks_line,
    flat_blocks,
    flat_line,
    repeat_blocks,
    with_default_rest,
    with_the_rest_before,
)
from kicktimer.workout.note_clauses import EFFORTS, SEPARATORS
from kicktimer.workout.note_rests import RestReader
from kicktimer.workout.note_words import NoteError, UnknownWordsError
from kicktimer.workout.oneliner_parser import read_oneliner

if TYPE_CHECKING:
    from kicktimer.workout.note_words import NoteToken

__all__ = ["NoteError", "NoteReading", "read_note"]

MAX_NESTING = 4
_SETS_OF = re.compile("(?:set|round)s? *of", re.IGNORECASE)
WARM_UP = ("wu", "warm up", "warm-up", "warmup")
COOL_DOWN = ("cd", "wd", "cool down", "cool-down", "cooldown", "warm down", "warm-down", "warmdown")


@dataclass(frozen=True, slots=True)
class NoteReading:
    """What a note means: a one-liner, and a sentence for each thing that it says with less than the note."""

    line: str
    remarks: tuple[str, ...] = ()


def read_note(note: str) -> NoteReading:
    """Returns the reading of a note. Raises `NoteError` where it has no meaning, or more than one."""
    reader = _NoteReader(note)
    try:
        reading = reader.read()
    except UnknownWordsError as error:
        raise _without_unknown(note, reader, error) from None
    if reader.choices:
        choice = reader.choices[0]
        try:
            other: tuple[str, ...] = (_NoteReader(note, frozenset((choice.kind,))).read().line,)
        except NoteError:
            other = ()
        lines = tuple(dict.fromkeys((reading.line, *other)))
        raise NoteError(choice.start, choice.end, choice.problem, lines)
    if reader.refusal is not None:
        raise NoteError(reader.refusal.start, reader.refusal.end, reader.refusal.problem, (reading.line,))
    return reading


def _without_unknown(note: str, reader: _NoteReader, error: NoteError) -> NoteError:
    """Returns the error with the line that the note is without its end, where only that end is not understood."""
    begin = reader.clause_start
    if begin is None or any(token.kind in ("times", "ladder") for token in reader.tokens if token.start >= begin):
        return error
    try:
        lines: tuple[str, ...] = (read_note(note[:begin].rstrip(" ,;+.")).line,)
    except NoteError as other:
        lines = other.lines
    if not lines:
        return error
    unread = note[begin:].strip(" ,;")
    return NoteError(begin, len(note), f"`{unread}` cannot be said in a line; without it", lines)


def _is_strict(line: str) -> bool:
    """Whether a line is a one-liner: sets too deep inside each other are none."""
    try:
        read_oneliner(line)
    except FaultsError:
        return False
    return True


def _replaced(blocks: list[NoteBlock], old: NoteBlock, new: NoteBlock) -> list[NoteBlock]:
    return [new if block is old else block for block in blocks]


class _NoteReader(RestReader):
    """A recursive-descent reader over the tokens of a note."""

    def __init__(self, note: str, second_way: frozenset[str] = frozenset()) -> None:
        super().__init__(note, second_way)
        self.repeats = 1
        self.clause_start: int | None = None  # where the clause begins that is being read
        self._depth = 0
        self._ends: dict[str, str] = {}  # the warm-up and the cool-down

    def read(self) -> NoteReading:
        """Returns the reading. Raises `NoteError`."""
        blocks = self.read_list(close="")
        if self.at < len(self.tokens):
            raise self.not_understood()
        if not blocks:
            raise NoteError(0, len(self.note), "no distance and no duration")
        if self.repeats > 1:
            blocks = [repeat_blocks(self.repeats, blocks)]
        blocks = self._with_all_rests(blocks)
        self._refuse_lost_rests(blocks)
        if (
            not any(block.has_rest for block in [*flat_blocks(blocks), *blocks])
            and blocks_line(blocks) != blocks[0].mark
        ):
            self.remarks.append("no rest is said: 30 s")
        parts = [f"wu{self._ends['wu']}"] if "wu" in self._ends else []
        compact = blocks_line(blocks)
        parts.append(compact if _is_strict(compact) else flat_line(blocks))
        parts += [f"cd{self._ends['cd']}"] if "cd" in self._ends else []
        return NoteReading(", ".join(parts), tuple(dict.fromkeys(self.remarks)))

    def _refuse_lost_rests(self, blocks: list[NoteBlock]) -> None:
        """Raises `NoteError` where the rest after a set would take the place of the last rep's own."""
        for block in blocks:
            last = block.inner[-1] if block.inner else None
            if last is None or not block.set_rest or not last.is_single or not last.rest:
                continue
            if last.rest not in {each.rest for each in block.inner[:-1]}:
                between = replace(block, inner=[*block.inner[:-1], replace(last, rest="")])
                own = replace(block, set_rest="")
                lines = tuple(blocks_line(_replaced(blocks, block, each)) for each in (between, own))
                problem = f"after the last rep of a set: {last.rest}, or {block.set_rest}?"
                raise NoteError(0, len(self.note), problem, lines)
            self._refuse_lost_rests(block.inner)

    def _with_all_rests(self, blocks: list[NoteBlock]) -> list[NoteBlock]:
        """Returns the blocks with a rest for those that have none while others have one."""
        without = [block for block in blocks[:-1] if not block.has_any_rest]
        if not without or not any(block.has_any_rest for block in blocks):
            return blocks
        token = self.tokens[0]
        problem = f"`{without[0].text()}` has no rest: like its neighbour, or none said (30 s)?"
        if self.choose("missing", token, self.tokens[-1], problem):
            return with_default_rest(blocks)
        return with_the_rest_before(blocks)

    def read_list(self, close: str) -> list[NoteBlock]:
        """Reads blocks and the clauses that belong to them, up to the bracket `close` or the end."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.not_understood()
        blocks: list[NoteBlock] = []
        separator = ","
        while (token := self.peek()) is not None:
            if close and token.value == close:
                self.at += 1
                self._depth -= 1
                return blocks
            if self.accept(*SEPARATORS):
                following = self.peek()
                is_rest = token.value == "/" and following is not None and following.kind in ("time", "span")
                separator = "" if is_rest else token.value
                if token.value != "/":
                    self.clause_start = None if following is None or close else following.start
            elif not close and self._read_ends(blocks, separated=separator != ""):
                separator = ""
            elif self._begins_block(blocks, separated=separator != ""):
                blocks = self._with_block(blocks, separator)
                separator = ""
            elif self._read_repeats(blocks, close):
                separator = ""
            elif blocks:
                self._read_clause(blocks, separated=separator != "")
            else:
                raise self.not_understood()
        if close:
            raise NoteError(max(0, len(self.note) - 1), len(self.note), f"a `{close}` is missing")
        self._depth -= 1
        return blocks

    def _with_block(self, blocks: list[NoteBlock], separator: str) -> list[NoteBlock]:
        """Reads a block. After `4 x 300 +` or `4 x 300 /` one without a number may belong to the reps before."""
        start = self.peek()
        assert start is not None
        block = self._read_block()
        alone = separator == "/" and len(blocks) == 1  # in a longer list `/` is between the parts
        if (separator == "+" or alone) and blocks and blocks[-1].count > 1 and not blocks[-1].inner and block.is_single:
            before, end = blocks[-1], self.tokens[self.at - 1]
            problem = f"`{separator} {self.note[start.start : end.end]}`: each time, or once at the end?"
            if start.kind != "times" and not self.choose("plus", start, end, problem):
                return [*blocks[:-1], NoteBlock(before.count, inner=[replace(before, count=1), block])]
        return [*blocks, block]

    def _read_ends(self, blocks: list[NoteBlock], *, separated: bool) -> bool:
        """Reads a warm-up before the first block, or a cool-down; returns whether it is there."""
        if not separated:
            return False
        for kind, words in (("wu", WARM_UP), ("cd", COOL_DOWN)):
            if self.is_word(*words) and self.is_kind("distance", "time", ahead=1):
                place = 1
            elif self.is_kind("distance", "time") and self.is_word(*words, ahead=1):
                place = 0
            else:
                continue
            token = self.peek(place)
            assert token is not None
            if kind in self._ends or bool(blocks) == (kind == "wu"):
                raise self.not_understood()
            self._ends[kind] = token.value.removesuffix("m")
            self.at += 2
            return True
        return False

    def _read_repeats(self, blocks: list[NoteBlock], close: str) -> bool:
        """Reads `repeat`, `repeat 3 times` or `x 3` after the last block; returns whether it is there."""
        if self.is_word("x") and self.is_kind("number", ahead=1) and blocks and blocks[-1].count == 1:
            count = self._count(self.tokens[self.at + 1])
            self.at += 2
            blocks[-1].count = count
            return True
        if close or not self.is_word("repeat"):
            return False
        if self.peek(1) is None:
            self.at += 1
            self.repeats = 2
            return True
        return False

    def _count(self, token: NoteToken) -> int:
        if not token.value.isdecimal() or not 1 <= int(token.value) <= 500:
            raise NoteError(token.start, token.end, f"{token.text} times: from 1 to 500")
        return int(token.value)

    def _begins_block(self, blocks: list[NoteBlock], *, separated: bool) -> bool:
        """Whether a rep or a set begins here, and not the clause of the one before."""
        if self.is_kind("ladder") and (self.is_word("rest", "rec", "recovery", "jog", ahead=1)):
            return False
        if self.is_kind("times", "ladder") or (self.is_word("/", ahead=1) and self.is_word("for", ahead=3)):
            return True
        if self.is_word("(") and not blocks:
            return True
        if self.is_word("mile") and separated and not self.is_pace_list():
            return True
        if not self.is_kind("distance", "number", "time") or not separated or self.is_rest_amount():
            return False
        token = self.peek()
        assert token is not None
        if self.is_pace_list() or (blocks and self.is_word("easy", "slow", ahead=1)):
            return False
        if token.kind == "number":
            # After `in 64, 65`, or after `6x300`, a small number is a time, and no rep of 65 m.
            listed = not blocks or (blocks[-1].is_single and not blocks[-1].pace[:1].isdecimal())
            return float(token.value) >= (50 if listed else 100)
        # Between distances a time alone is a rest: `1200, 4min, 300`.
        return token.kind == "distance" or not any(block.mark or block.inner for block in blocks)

    def _read_block(self) -> NoteBlock:
        token = self.peek()
        assert token is not None
        self.at += 1
        if token.value == "(":
            return NoteBlock(1, inner=self._inner(")"))
        if token.kind == "times" and token.text[-1:] in (":", "("):  # `3 rounds: 800, 400, 200`
            return NoteBlock(self._count(token), inner=self._inner(")" if token.text[-1] == "(" else ""))
        if (
            token.kind == "times"
            and re.search("(?:set|round)s? *of", token.text.lower())
            and not self.is_word("(", "[")
        ):  # `3 sets of 2x400 + 200`
            inner = [self._read_block()]
            while True:
                while not self.is_word(*SEPARATORS) and self.peek() is not None:
                    self._read_clause(inner, separated=False)
                if not (self.is_word("+") and self.is_kind("times", "distance", "number", ahead=1)):
                    if len(inner) == 1 and inner[0].inner and inner[0].count == 1:  # `3 sets of 400-300-200`
                        return replace(inner[0], count=self._count(token))
                    return NoteBlock(self._count(token), inner=inner)
                self.at += 1
                inner.append(self._read_block())
        if token.kind == "times":
            return self._read_counted(self._count(token))
        if token.kind == "number" and self.is_word("/") and self.is_word("for", ahead=2):
            return self._read_on_off(token)
        if token.kind == "ladder":
            return NoteBlock(1, inner=[NoteBlock(1, mark) for mark in token.value.split("+")])
        return self._read_mark(NoteBlock(1), token)

    def _inner(self, close: str) -> list[NoteBlock]:
        token = self.tokens[self.at - 1]
        inner = self.read_list(close)
        if not inner:
            raise NoteError(token.start, token.end, "no distance and no duration in these brackets")
        return inner

    def _read_counted(self, count: int) -> NoteBlock:
        token = self.peek()
        if token is None:
            raise self.not_understood()
        if self.accept("(", "["):
            inner = self._inner(")" if token.value == "(" else "]")
            if len(inner) == 1 and inner[0].is_single and not inner[0].set_rest:
                return replace(inner[0], count=count)
            return NoteBlock(count, inner=inner)
        if token.kind == "times":  # `4 x 5 x 400`
            self.at += 1
            self._depth += 1
            if self._depth > MAX_NESTING:
                raise self.not_understood()
            inner = [self._read_counted(self._count(token))]
            self._depth -= 1
            return NoteBlock(count, inner=inner)
        if token.kind == "ladder":
            self.at += 1
            return NoteBlock(count, inner=[NoteBlock(1, mark) for mark in token.value.split("+")])
        if token.kind == "number" and self.is_word("/") and self.is_kind("number", ahead=1):
            return self._read_short_on_off(count, token)
        if token.kind not in ("distance", "number", "time") and token.value != "mile":
            raise self.not_understood()
        self.at += 1
        return self._read_mark(NoteBlock(count), token)

    def _read_short_on_off(self, count: int, on: NoteToken) -> NoteBlock:
        """Reads `20 x 30/30`: reps of 30 s with a rest of 30 s."""
        off = self.tokens[self.at + 2]
        if not all(10 <= float(each.value) < 100 for each in (on, off)):
            self.at += 1
            return self._read_mark(NoteBlock(count), on)
        self.at += 3
        self.remarks.append(f"{on.text}/{off.text}: {on.text} s on, {off.text} s off")
        return NoteBlock(count, f"{on.value}s", rest=f"{off.value}s")

    def _read_on_off(self, on: NoteToken) -> NoteBlock:
        """Reads `40/20 for 20min`: as many reps of 40 s on 20 s as fill the time."""
        off, total = self.peek(1), self.peek(3)
        if off is None or total is None or off.kind != "number" or total.kind != "time":
            raise self.not_understood()
        found = re.fullmatch(r"([0-9]+)min", total.value)
        seconds = [float(each.value) for each in (on, off)]
        if found is None or not all(10 <= each < 100 and each.is_integer() for each in seconds):
            raise self.not_understood()
        count, left = divmod(int(found[1]) * 60, int(sum(seconds)))
        if left or not 1 <= count <= 500:
            raise NoteError(on.start, total.end, f"how many times is that? {on.text}/{off.text} in {total.text}")
        self.at += 4
        return NoteBlock(count, f"{on.value}s", rest=f"{off.value}s")

    def _read_mark(self, block: NoteBlock, token: NoteToken) -> NoteBlock:
        seconds = re.fullmatch(r"([0-9]{3,4})s", token.value)
        block.mark = token.value.removesuffix("m") if re.fullmatch(r"[0-9.]+m", token.value) else token.value
        if token.value == "mile":
            block.mark = "1mi"
        elif token.kind == "number" and float(token.value) < 50:
            raise NoteError(token.start, token.end, f"`{token.text}`: metres, or minutes?")
        elif seconds and int(seconds[1]) % 50 == 0:
            problem = f"`{token.text}`: reps of {seconds[1]} m, or of {seconds[1]} s?"
            minutes, rest = divmod(int(seconds[1]), 60)
            as_time = self.choose("metres", token, token, problem)
            block.mark = f"{minutes}:{rest:02}" if as_time else seconds[1]
        elif re.fullmatch(r"[0-9.]+m", token.value) and float(token.value[:-1]) < 50:
            block.mark = token.value  # the plausibility rules ask whether these are minutes
        self.accept("repeats", "reps", "repetitions", "intervals")
        return block

    def _read_clause(self, blocks: list[NoteBlock], *, separated: bool) -> None:
        """Reads a pace, a rest or an effort, and gives it to the block before, or to the list."""
        start = self.peek()
        assert start is not None
        if self.accept("(", "["):
            self._read_brackets(blocks)
        elif pace := self.read_pace(blocks[-1]):
            if not self._read_listed_races(blocks, start, pace):
                self.give(blocks, start, for_all=separated, pace=pace)
        elif self.read_send_off(blocks, attached=not separated) or self.read_rest(blocks, separated=separated):
            return
        elif self.accept(*EFFORTS):
            self.remarks.append(f"`{start.text}` gives no pace: free")
            self.give(blocks, start, for_all=separated, pace="free")
        else:
            raise self.not_understood()

    def _read_listed_races(self, blocks: list[NoteBlock], start: NoteToken, first: str) -> bool:
        """Reads `, 3k, 1500` after a race: a race for each rep of a ladder. Returns whether that was it."""
        if not re.fullmatch(r"mile|[0-9.]+(?:k|km)?", first) or first in ("free", "kick") or re.search(r"\.0$", first):
            return False
        begin, races = self.at, [first]
        while (
            self.is_word(",")
            and self.is_kind("distance", "number", "word", ahead=1)
            and not self.is_rest_amount(self.at + 1)
        ):
            place = self.at
            self.at += 1
            race = self.read_race()
            if not race or self.is_word("@", "in", "x"):
                self.at = place
                break
            races.append(race)
        reps = flat_blocks(blocks)
        if len(races) == len(reps) > 1 and all(each.is_single and not each.pace for each in reps):
            for rep, race in zip(reps, races, strict=True):
                rep.pace = race
            return True
        if len(races) > 2:
            end = self.tokens[self.at - 1]
            what = self.note[start.start : end.end]
            raise NoteError(start.start, end.end, f"`{what}`: {len(races)} paces, or more reps?")
        self.at = begin
        return False

    def _read_brackets(self, blocks: list[NoteBlock]) -> None:
        """Reads a clause in brackets."""
        start = self.peek()
        if start is None:
            raise self.not_understood()
        if self.is_kind("number") and self.is_word("in", "@", ahead=1) and self.is_word(",", ahead=3):
            self._read_shares(blocks)
        elif not (pace := self.read_pace(blocks[-1])):
            if not self.read_rest(blocks, separated=False, in_brackets=True):
                self._read_clause(blocks, separated=False)
        else:
            self.give(blocks, start, pace=pace)
        if not self.accept(")", "]"):
            raise self.not_understood()

    def _read_shares(self, blocks: list[NoteBlock]) -> None:
        """Reads `6 in 50, 6 in 48` after 12 reps: parts of their own, with what the reps have."""
        whole = blocks.pop()
        while self.is_kind("number"):
            count = self._count(self.tokens[self.at])
            self.at += 1
            part = replace(whole, count=count)
            part.pace = self.read_pace(part)
            blocks.append(part)
            if not part.pace or not self.accept(",", "+", ";"):
                break
        shares = [block.count for block in blocks if block.mark == whole.mark and block.pace]
        if whole.inner or whole.pace or sum(shares) != whole.count:
            raise self.not_understood()
