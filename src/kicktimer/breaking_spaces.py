"""Finds the Unicode spaces and invisible characters of a YAML file that break it, and makes the other ones plain.

YAML gives only the ordinary space a meaning. Text that was pasted often has a no-break space, which looks the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.text import INVISIBLE_CHARACTERS, UNICODE_SPACES, name_space, plain_spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where YAML expects an ordinary space: before the first word of a line, after a colon and before a comment.
_BREAKING_SPACE = re.compile(
    rf"^[ \t]*(?:- +)*-?(?P<indent>[{UNICODE_SPACES}{INVISIBLE_CHARACTERS}])"
    rf"|:(?P<colon>[{UNICODE_SPACES}{INVISIBLE_CHARACTERS}])"
    rf"|(?P<comment>[{UNICODE_SPACES}])(?=[ {UNICODE_SPACES}]{{0,8}}#)"
)
# White space that means nothing, and may be of any kind: before a comment that has the line for itself, and at the end
# of a line.
_BEFORE_COMMENT = re.compile(rf"[ \t{UNICODE_SPACES}]+(?=#)")
_AT_LINE_END = f" \t{UNICODE_SPACES}{INVISIBLE_CHARACTERS}"

_ONE_LINE_BREAK = re.compile(r"\r\n|.?", re.DOTALL)


class BreakingSpace(NamedTuple):
    """A character that breaks a line unless the line is free text. `line` and `column` count from 1."""

    line: int
    column: int
    problem: str
    hint: str = "replace it by a space"


class BreakingSpaces:
    """The breaking spaces of a file with these lines, for the report of its faults."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self._lines = lines
        self._columns: dict[int, list[int]] = {}  # by line

    def make_plain(self, source: str) -> str:
        """Returns the file's text with ordinary spaces for those that break nothing; columns stay the same.

        Spaces that may break their line stay as they are: in free text they are harmless.
        """
        if source.isascii():
            return source
        pieces: list[str] = []
        end = 0
        for number, line in enumerate(self._lines, start=1):
            end += len(line)
            pieces.append(self._make_line_plain(number, line))
            line_break = _ONE_LINE_BREAK.match(source, end)
            assert line_break is not None
            pieces.append(line_break[0])
            end = line_break.end()
        return "".join(pieces)

    def _make_line_plain(self, number: int, line: str) -> str:
        if line.isascii():
            return line
        before = _BEFORE_COMMENT.match(line)
        indent = before.end() if before else 0
        text = line[indent:].rstrip(_AT_LINE_END)
        line = f"{' ' * indent}{text}{' ' * (len(line) - indent - len(text))}"
        places = [found.start(found.lastgroup or 0) for found in _BREAKING_SPACE.finditer(line)]
        if places:
            self._columns[number] = [place + 1 for place in places]
        characters = list(plain_spaces(line))
        for place in places:
            characters[place] = line[place]
        return "".join(characters)

    def first_within(self, line: int, column: int, width: int) -> BreakingSpace | None:
        """Returns the first breaking space among the `width` characters from `column` on."""
        columns = self._columns.get(line, [])
        found = next((each for each in columns if column <= each < column + width), None)
        return None if found is None else self._describe(line, found)

    def first_near(self, line: int) -> BreakingSpace | None:
        """Returns the first breaking space of this line, or of the last non-empty line before it."""
        for number in range(min(line, len(self._lines)), 0, -1):
            if self._columns.get(number):
                return self._describe(number, self._columns[number][0])
            if number < line and self._lines[number - 1].strip():
                break
        return None

    def _describe(self, line: int, column: int) -> BreakingSpace:
        rest = self._lines[line - 1][column - 1 :]
        word = re.match(r"[^\s,{}\[\]]{1,20}", rest.lstrip(f" {UNICODE_SPACES}{INVISIBLE_CHARACTERS}"))
        where = f"before `{word[0].rstrip(':')}`" if word else "here"
        return BreakingSpace(line, column, f"there is a {name_space(rest[0])} {where}")
