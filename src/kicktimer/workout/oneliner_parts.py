"""Splits a one-liner that is known to be correct into its parts, each with its place in the text.

The plausibility rules look at a one-liner as it was typed: in its models `8x400s` and `8x6:40` are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(
    r"\s*(?:((?i:wu|cd))\s*)?(?:([0-9]+) *[x×X*] *(?=[(0-9mM]))?"
    r"([^\s(\[@,+)\]]*(?: ?(?=[a-zA-Z])(?!r|R|(?i:on|closing))[a-zA-Z]+)?)"
)
_OPTION = re.compile(r"(@|(?<=[\s)\]])(?:(?i:closing|on)|r|R))([^\s,)\]]*)")
_OPENING, _CLOSING = "([", ")]"


@dataclass(frozen=True, slots=True)
class OptionText:
    """An option as it was typed: its sign (`@`, `r`, `R`, `on`, `closing`), its value, and the place of both."""

    sign: str
    value: str
    start: int
    end: int

    @property
    def value_start(self) -> int:
        """Where the value begins in the text."""
        return self.end - len(self.value)


@dataclass(frozen=True, slots=True)
class PartText:
    """A part of a one-liner, or an entry of a bracket, as it was typed.

    `mark` is empty where a bracket stands in its place; `inner` are the bracket's entries. `has_legs`: a pattern
    follows the mark. `kind` is `wu` or `cd` for the warm-up or cool-down.
    """

    start: int
    end: int
    kind: str
    count: int | None
    count_start: int
    mark: str
    mark_start: int
    inner: tuple[PartText, ...]
    options: tuple[OptionText, ...]
    has_legs: bool = False

    def option(self, *signs: str) -> OptionText | None:
        """Returns the first option with one of these signs."""
        return next((each for each in self.options if each.sign in signs), None)

    @property
    def mark_end(self) -> int:
        """Where the mark ends in the text."""
        return self.mark_start + len(self.mark)


def split_oneliner(text: str) -> tuple[PartText, ...]:
    """Returns the parts of a one-liner."""
    return tuple(_read_part(text, start, end) for start, end in _split(text, 0, len(text), ","))


def walk_parts(parts: tuple[PartText, ...]) -> Iterator[PartText]:
    """Yields the parts, and after each the entries of its brackets."""
    for part in parts:
        yield part
        yield from walk_parts(part.inner)


def _split(text: str, start: int, end: int, separator: str) -> Iterator[tuple[int, int]]:
    depth, begin = 0, start
    for at in range(start, end):
        char = text[at]
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth or char != separator:
            continue
        # `@1500+1s` has a `+` of its own: after an option one that separates stands between spaces.
        if separator == "+" and "@" in text[begin:at] and text[at - 1 : at + 2] != " + ":
            continue
        yield begin, at
        begin = at + 1
    yield begin, end


def _read_part(text: str, start: int, end: int) -> PartText:
    head = _HEAD.match(text, start, end)
    assert head is not None  # every piece of the pattern may be empty
    mark, at = head[3].rstrip(), head.end()
    inner: tuple[PartText, ...] = ()
    has_legs = at < end and text[at] == "["
    if at < end and text[at] in _OPENING:
        closed = _closing_bracket(text, at, end)
        if text[at] == "(":
            inner = tuple(_read_part(text, *piece) for piece in _split(text, at + 1, closed, "+"))
        at = closed + 1
    found = _OPTION.finditer(text, max(start, at - 1), end)
    options = tuple(
        OptionText(each[1] if each[1] in "rR" else each[1].lower(), each[2], each.start(), each.end()) for each in found
    )
    count = int(head[2]) if head[2] else None
    kind = (head[1] or "").lower()
    return PartText(start, end, kind, count, head.start(2), mark, head.start(3), inner, options, has_legs)


def _closing_bracket(text: str, opened: int, end: int) -> int:
    depth = 0
    for at in range(opened, end):
        depth += (text[at] in _OPENING) - (text[at] in _CLOSING)
        if depth == 0:
            return at
    return end
