"""Parses JSON into the tree of nodes that YAML files become, so that each value has its line and column.

`SourceText` in, `Node` out; a `FaultsError` for what is no JSON, or nested too deep, or too long. Every scalar stays
text; a string is a node that is not `plain`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from kicktimer.units import clip
from kicktimer.yaml_document import Node

if TYPE_CHECKING:
    from kicktimer.imports.source_text import SourceText

MAX_DEPTH = 40
MAX_NODES = 100_000
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"[-+.A-Za-z0-9]+")


def parse_json(source: SourceText) -> Node:
    """Returns the root of the tree."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.text = source.text
        self.position = 0
        self.nodes = 0
        self.starts = [0]
        for found in re.finditer(r"\r\n|\r|\n", self.text):
            self.starts.append(found.end())

    def parse(self) -> Node:
        root = self._value(0)
        self._skip()
        if self.position < len(self.text):
            self._fail("something stands after the end of the JSON", "delete it")
        return root

    def _fail(self, problem: str, hint: str = "") -> None:
        line, column = self._place()
        raise self.source.fatal(line, column, problem, hint)

    def _place(self) -> tuple[int, int]:
        line = bisect_right(self.starts, self.position)
        return line, self.position - self.starts[line - 1] + 1

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _value(self, depth: int) -> Node:
        self._skip()
        if depth > MAX_DEPTH:
            self._fail(f"nested over {MAX_DEPTH} levels deep", "a workout needs ten")
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._fail(f"more than {MAX_NODES:,} values", "one workout has fewer")
        line, column = self._place()
        char = self.text[self.position : self.position + 1]
        if char == "{":
            return self._map(Node("map", line, column), depth)
        if char == "[":
            return self._list(Node("list", line, column), depth)
        if char == '"':
            begin = self.position
            return Node("scalar", line, column, max(1, self.position - begin), self._string(), plain=False)
        found = _WORD.match(self.text, self.position)
        if found is None:
            self._fail("a value is missing here" if char else "the JSON ends too early", "export the file again")
            raise AssertionError
        self.position = found.end()
        return Node("scalar", line, column, len(found[0]), found[0])

    def _string(self) -> str:
        found = _STRING.match(self.text, self.position)
        if found is None:
            self._fail("this quote is never closed", "close it")
            raise AssertionError
        try:
            value = json.loads(found[0], strict=False)
        except ValueError:
            self._fail("a wrong escape in this string", "export the file again")
        self.position = found.end()
        return str(value)

    def _map(self, node: Node, depth: int) -> Node:
        self.position += 1
        while not self._closes("}", node.entries):
            self._skip()
            line, column = self._place()
            if self.text[self.position : self.position + 1] != '"':
                self._fail("a key in quotes is expected here", 'like "workoutName": "Tuesday"')
            text = self._string()
            key = Node("scalar", line, column, 1, text, plain=False)
            self._skip()
            if self.text[self.position : self.position + 1] != ":":
                self._fail(f"a colon is missing after `{clip(text)}`", "export the file again")
            self.position += 1
            node.entries[text] = key, self._value(depth + 1)
        return node

    def _list(self, node: Node, depth: int) -> Node:
        self.position += 1
        while not self._closes("]", node.items):
            node.items.append(self._value(depth + 1))
        return node

    def _closes(self, closer: str, so_far: object) -> bool:
        """Whether the list or mapping ends here; takes the comma before the next item."""
        self._skip()
        char = self.text[self.position : self.position + 1]
        if char == closer:
            self.position += 1
            return True
        if so_far:
            if char != ",":
                self._fail(f"a `,` or `{closer}` is missing here", "export the file again")
            self.position += 1
        return False
