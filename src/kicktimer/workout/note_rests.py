"""The rests and send-offs of a coach's note, and the reps or sets that each belongs to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.units import best_time_ms, format_duration, parse_duration
from kicktimer.workout.note_blocks import flat_blocks
from kicktimer.workout.note_clauses import (
    JOG_WORDS,
    REST_WORDS,
    SEPARATORS,
    STILL_WORDS,
    WITH,
    ClauseReader,
    target_text,
)
from kicktimer.workout.note_words import NoteError, UnknownWordsError

if TYPE_CHECKING:
    from kicktimer.workout.note_blocks import NoteBlock
    from kicktimer.workout.note_words import NoteToken

MIN_BARE_JOG_M = 100
"""In `60/3min` the first number is a time, in `200/75s` the length of a jog."""
LONG_REST_MS = 240_000
"""From here on a rest that stands between two blocks may be meant once, between them."""
_BETWEEN = (
    "between",
    "after",
    "each",
    "every",
    "the",
    "all",
    "sets",
    "set",
    "rounds",
    "round",
    "of",
    "reps",
    "rep",
    "them",
    "intervals",
)


class RestReader(ClauseReader):
    """Reads rests and send-offs, and gives them to the blocks that were read before."""

    def more_blocks(self) -> bool:
        """Whether another rep or set follows in the note."""
        return any(token.kind in ("times", "ladder") for token in self.tokens[self.at :]) or any(
            token.kind in ("distance", "number") and self.tokens[place - 1].value in SEPARATORS
            and not self.is_rest_amount(place)
            for place, token in enumerate(self.tokens) if place > self.at
        )  # fmt: skip

    def give(self, blocks: list[NoteBlock], start: NoteToken, *, for_all: bool = False, **options: str) -> None:
        """Gives options to the last block; of a list of single reps, and with `for_all`, to all.

        After several blocks of which none has the option, an attached one may be for all: a choice for the coach.
        """
        last = blocks[-1]
        names = ("pace",) if "pace" in options else ("rest", "send_off")
        if any(getattr(last, name) for name in names):
            raise NoteError(start.start, start.end, f"a second {names[0]}: `{start.text}`")
        if "|" in options.get("pace", ""):
            self._give_races(blocks, start, options["pace"].split("|"))
            return
        alone = (
            len(blocks) < 2 or self.more_blocks() or any(getattr(each, name) for each in blocks[:-1] for name in names)
        )
        to_all = not alone
        if not alone and not for_all:
            singles = all(block.is_single for block in blocks)
            sure = singles and (names[0] != "pace" or options["pace"] == "free")
            if not sure:
                end = self.tokens[self.at - 1]
                what = self.note[start.start : end.end]
                to_all = not self.choose("all", start, end, f"`{what}`: for all of it, or for the last part alone?")
        for block in blocks if to_all else [last]:
            for name, value in options.items():
                setattr(block, name, value)

    def _give_races(self, blocks: list[NoteBlock], start: NoteToken, races: list[str]) -> None:
        """Gives a race to each of the blocks."""
        if len(races) != len(blocks) or any(block.pace or not block.mark for block in blocks):
            end = self.tokens[self.at - 1]
            count = sum(block.count for block in blocks)
            raise NoteError(start.start, end.end, f"{len(races)} paces for {count} reps")
        for block, race in zip(blocks, races, strict=True):
            block.pace = race

    def read_send_off(self, blocks: list[NoteBlock], *, attached: bool) -> bool:
        """Reads `on 60`, `on the 2:00`, `every 2 min`, `2:00 cycle` or `off 2:00`; returns whether it is there."""
        start = self.peek()
        assert start is not None
        begin = self.at
        if self.is_kind("time") and self.is_word("cycle", "send-off", "sendoff", "send off", "send-offs", ahead=1):
            self.at += 2
            self.give(blocks, start, for_all=not attached, send_off=start.value)
            return True
        self.accept(*WITH)
        self.accept("start", "starting", "leave", "leaving", "go", "going", "cycle")
        word = self.peek()
        if not self.accept("on", "every", "off", "cycle") and not (
            self.at > begin and self.tokens[begin].value == "cycle"
        ):
            self.at = begin
            return False
        self.accept("the", "a")
        token = self.peek()
        if token is None or token.kind not in ("time", "number") or self.is_word("/", *JOG_WORDS, *REST_WORDS, ahead=1):
            self.at = begin
            off = self.is_kind("time", ahead=1) and self.is_word("off", *JOG_WORDS, "easy", ahead=2)
            if start.value == "on" and (self.is_word("/", ",", ahead=1) or off):  # `1min on / 30s off`
                self.at += 1
                return True
            return False
        self.at += 1
        self.accept("cycle", "send-off", "sendoff", "send off")
        is_off = word is not None and word.value == "off"
        is_rest = is_off and not (
            self._may_be_send_off(blocks[-1], token)
            and self.choose("off", start, token, f"`off {token.text}`: the rest, or from start to start?")
        )
        if is_rest:
            self.give(blocks, start, for_all=not attached, rest=token.value)
        else:
            self.give(blocks, start, for_all=not attached, send_off=token.value)
        return True

    def _may_be_send_off(self, block: NoteBlock, token: NoteToken) -> bool:
        """Whether the reps can be run within a send-off."""
        try:
            ms = parse_duration(token.value)
        except ScalarError:
            return False
        reps = [each for each in flat_blocks([block]) if each.metres]
        return all(best_time_ms(int(each.metres * 1000)) * 105 < ms * 100 for each in reps)

    def read_rest(self, blocks: list[NoteBlock], *, separated: bool, in_brackets: bool = False) -> bool:
        """Reads a rest in any order of its words; returns whether it is there."""
        start = self.peek()
        assert start is not None
        begin = self.at
        after_slash = begin > 0 and self.tokens[begin - 1].value == "/"
        introduced = self.accept(*WITH)
        self.accept("then")
        if self.read_relative_rest(blocks):
            return True
        capital = start.text == "R" and self.peek() is start and self.note.upper() != self.note
        is_rest = self.accept(*REST_WORDS, "r")
        self.accept("of")
        word = self.peek()
        is_jog = self.accept(*JOG_WORDS)
        token = self.peek()
        if (
            token is not None
            and token.kind == "ladder"
            and (is_rest or is_jog or self._word_after(*REST_WORDS, *JOG_WORDS))
        ):
            return self._read_rest_list(blocks, token)
        if token is None or token.kind not in ("time", "span", "distance", "number"):
            self.at = begin
            return False
        self.at += 1
        time = ""
        is_length = token.kind == "distance" or (token.kind == "number" and float(token.value) >= MIN_BARE_JOG_M)
        if is_length and self.is_word("in", "/") and self.is_kind("time", "span", ahead=1):
            time = self._take(1).value
        elif (
            token.kind == "time"
            and self.is_word("/")
            and self.is_kind("distance", "number", ahead=1)
            and self.is_rest_amount(self.at + 1)
        ):
            token, time = self._take(1), token.value  # `75s/200m jog`
        self.accept(*STILL_WORDS)
        slow = self.accept("easy", "slow")
        if not is_jog:
            word = self.peek()
            is_jog = self.accept(*JOG_WORDS)
        if not time and is_jog and self.is_word("in") and self.is_kind("time", "span", "number", ahead=1):
            amount = self._take(1)
            time = f"{amount.value}s" if amount.kind == "number" else amount.value
        if is_jog and word is not None and word.value.startswith("float") and not time:
            self.remarks.append("`float` is read as a jog; its own time is written as in r200m/45s")
        is_rest = self.accept(*REST_WORDS) or (introduced and self.accept("r")) or is_rest
        if slow and not (is_jog or is_rest) and token.kind in ("distance", "number"):
            self.at = begin  # `400 easy` is a rep, or a jog
            return self._read_easy(token)
        walk = is_jog and word is not None and word.value.startswith("walk")
        if capital and token.start == start.end and not (is_jog or walk):
            blocks[-1].set_rest = self.rest_amount(token, time, jog=False, walk=False)
            return True
        named = is_rest or is_jog or introduced
        if token.kind == "number" and not named and not after_slash and not in_brackets:
            self.at = begin
            return False
        unsaid = not (named or self._is_between())
        if unsaid and self.may_be_target(blocks[-1], token):
            problem = f"`{token.text}`: the rest after the rep, or the time for it?"
            if self.choose("target", token, token, problem):
                blocks[-1].pace = target_text(token.value)
                return True
        value = self.rest_amount(token, time, jog=is_jog or time != "", walk=walk)
        self._place_rest(blocks, start, value, separated=separated, named=named)
        return True

    def _take(self, ahead: int) -> NoteToken:
        """Returns the token that stands `ahead`, and goes on behind it."""
        token = self.peek(ahead)
        assert token is not None  # the caller has looked
        self.at += ahead + 1
        return token

    def _word_after(self, *words: str) -> bool:
        return self.is_word(*words, ahead=1)

    def _is_between(self) -> bool:
        return self.is_word("between", "after", "each") or self.is_word("sets", "set", "rounds")

    def _read_rest_list(self, blocks: list[NoteBlock], token: NoteToken) -> bool:
        """Reads `rest 1-2-3-4 min`: a rest for each gap."""
        self.at += 1
        is_jog = self.accept(*JOG_WORDS)
        self.accept(*REST_WORDS)
        values = token.value.split("+")
        last = blocks[-1]
        if len(values) not in (last.count - 1, last.count) or len(blocks) > 1 or last.inner or last.has_rest:
            raise NoteError(token.start, token.end, f"{len(values)} rests for {last.count} reps")
        if is_jog:
            values = [f"{value}m" if value.isdecimal() else value for value in values]
        last.rest = ">".join(values)
        return True

    def _read_easy(self, token: NoteToken) -> bool:
        """Reads `400 easy` between reps: a jog, or a rep of its own."""
        self.at += 2
        metres = self.rest_amount(token, "", jog=True, walk=False)
        raise NoteError(
            token.start, self.tokens[self.at - 1].end, f"`{token.text} easy`: a jog of {metres}, or a rep of its own?"
        )

    def read_relative_rest(self, blocks: list[NoteBlock]) -> bool:
        """Reads `equal recovery`, `equal jog`, `jog half`, `half time recovery`, `jog back`; returns whether it is."""
        words = []
        place = 0
        while (token := self.peek(place)) is not None and token.kind == "word" and place < 4:
            words.append(token.value)
            place += 1
        text = " ".join(words)
        found = re.match(
            r"(equal|half|same)(?: (?:time|distance))? (rest|recovery|rec|jog|float|walk)\b"
            r"|(jog|walk) (half|back|equal|the same)\b(?: (?:recovery|rest))?",
            text,
        )
        if found is None:
            return False
        begin = self.tokens[self.at]
        self.at += len(found[0].split())
        if self.is_word("up"):  # `equal up to 400`
            raise UnknownWordsError(begin.start, begin.end, f"`{begin.text}` has an end that cannot be said")
        kind, part = found[2] or found[3], found[1] or found[4]
        if kind == "walk" and part == "back":
            self.remarks.append(
                "`walk back`: GO when you say so, from the same start (the start lines do not know that)"
            )
            for block in (each for each in flat_blocks(blocks) if not each.has_rest):
                block.rest = "ready"
            return True
        if kind == "walk":
            raise UnknownWordsError(begin.start, begin.end, f"`{begin.text}`: how long is the walk?")
        percent = 50 if part == "half" else 100
        without = [block for block in flat_blocks(blocks) if not block.has_rest]
        is_jog = kind == "jog" and all(block.metres for block in without)
        for block in without:
            block.rest = f"{block.metres * percent / 100:g}m" if is_jog else _part_of_time(block, percent)
        return True

    def _place_rest(
        self, blocks: list[NoteBlock], start: NoteToken, value: str, *, separated: bool, named: bool
    ) -> None:
        """Gives a rest to the block before, to the list, or between the sets."""
        last, end = blocks[-1], self.tokens[self.at - 1]
        what = self.note[start.start : end.end]
        words: set[str] = set()
        while self.is_kind("word") and self.is_word(*_BETWEEN):
            words.add(self.tokens[self.at].value)
            self.at += 1
        sets = [each for each in blocks if each.inner]
        if words & {"set", "sets", "round", "rounds"}:
            for block in sets or [last]:
                block.set_rest = block.set_rest or value
            return
        if words & {"between", "after"} and self.is_kind("time", "distance", "number"):
            self._between_marks(blocks, value)
            return
        if words == {"between"} and sets and not self.choose("sets", start, end, f"`{what} between`: sets, or reps?"):
            last.set_rest = value
            return
        if words:
            self.give(blocks, start, for_all=True, rest=value)
            return
        has_inner_rest = last.has_rest or any(each.has_rest for each in flat_blocks(last.inner))
        if last.inner and has_inner_rest and not last.set_rest:
            last.set_rest = value
        elif last.has_rest and not last.set_rest and named and separated and last.count > 1:
            last.set_rest = value  # `5x50s, 1min rest, then 3min jog`
        elif separated and not named and not last.inner and self._may_be_rep(value):
            if self.choose("rep", start, end, f"`{what}`: a rest, or a rep of its own?"):
                blocks.append(type(last)(1, value, pace=last.pace if value[-1:].isdecimal() else "1500"))
            else:
                self.give(blocks, start, for_all=True, rest=value)
        elif separated and last.count > 1 and not last.has_rest and self.more_blocks() and _is_long(value):
            once = self.choose("once", start, end, f"`{what}`: after each rep, or once before what follows?")
            self.give(blocks, start, for_all=False, **({"set_rest": value} if once else {"rest": value}))
        else:
            self.give(blocks, start, for_all=separated and named, rest=value)

    def _may_be_rep(self, value: str) -> bool:
        """Whether an amount without a word, at the end of a list, may be a rep of its own: a range is none."""
        more = self.more_blocks() or any(token.value == "repeat" for token in self.tokens[self.at :])
        return not more and "-" not in value

    def _between_marks(self, blocks: list[NoteBlock], value: str) -> None:
        """Reads what follows `between`, as in `2min between 1Ks`, and gives the rest to the reps over that distance."""
        token = self.tokens[self.at]
        self.at += 1
        mark = token.value.removesuffix("s") if token.kind == "time" else token.value.removesuffix("m")
        if self.accept("ks", "k"):
            mark = f"{token.value}km"
        self.accept("s")
        marks = [block for block in flat_blocks(blocks) if block.mark == mark and not block.send_off]
        if not marks:
            raise UnknownWordsError(token.start, token.end, f"`{token.text}` is no rep of this workout")
        for block in marks:
            block.rest = value


def _is_long(value: str) -> bool:
    try:
        return parse_duration(value) >= LONG_REST_MS
    except ScalarError:
        return False


def _part_of_time(block: NoteBlock, percent: int) -> str:
    """Returns that part of a rep's time: for a rep by time its seconds, else a percentage."""
    if block.metres or not re.search(r":|min|s$", block.mark):
        return f"{percent}%"
    try:
        return format_duration(parse_duration(block.mark) * percent // 100)
    except ScalarError as error:
        raise NoteError(0, 1, error.message) from None
