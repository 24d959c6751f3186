"""Parses a user's YAML file into a tree of text nodes with positions, and collects the file's faults.

YAML's own typing never applies: every scalar stays the text in the file. The parser reads YAML events and constructs
no Python objects. It refuses input that can exhaust memory (tags, expanding aliases, deep nesting, large files) before
expanding it. Lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

from kicktimer.breaking_spaces import BreakingSpaces
from kicktimer.errors import Fault, FaultsError
from kicktimer.text import clean, plain_spaces, remove_invisible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FAULTS = 200  # a longer report helps nobody, and searching for hints takes time
MAX_BYTES = 64 * 1024
MAX_NODES = 10_000
MAX_DEPTH = 20
MAX_QUOTED_VALUES = 20  # how many text values with a colon are put in quotes

_LINE_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # the line breaks of YAML 1.1
# This pattern lists the characters that YAML forbids; one that negates the allowed characters takes 7 ms to compile.
_FORBIDDEN_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# libyaml's loader is twenty times faster than the Python one, but not every PyYAML wheel contains it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A line whose key takes free text, with that text unquoted: `about: Race pace. The last two: relax  # comment`.
_TEXT_VALUE = re.compile(r"(\s*(?:- +)*(?:name|about|by|relax|say): +)([^\s'\"\[\]{}>|&*!%@`#].*?)(\s+#.*|\s*)")
# A key without a space after its colon: `name:x`.
_KEY_WITHOUT_SPACE = re.compile(r"\s*(?:- +)*([a-z_]+):(?=[^\s:/])")


class _ColonInTextError(Exception):
    """Raised where YAML refuses a colon, which may belong to free text such as `about: The last two: relax`."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.line = line
        self.column = column


def _quote_value(line: str) -> str | None:
    """Returns the line with its free-text value in quotes; None unless the line has such a value with a colon in it."""
    found = _TEXT_VALUE.fullmatch(line)
    if found is None or ": " not in f"{found[2]} ":
        return None
    text = found[2].replace("'", "''")
    return f"{found[1]}'{text}'{found[3]}"


@dataclass(slots=True, eq=False)
class Node:
    """A YAML value at its position: a scalar has `text`, a list `items`, a mapping `entries` (key node, value node)."""

    kind: Literal["scalar", "list", "map"]
    line: int
    column: int
    width: int = 1
    text: str = ""
    plain: bool = True  # False for a quoted or block scalar
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    size: int = 1  # number of nodes in this subtree, with aliases expanded
    depth: int = 1  # number of levels in this subtree

    def get(self, name: str) -> Node | None:
        """Returns the mapping's value for the key `name`, None if it has no such key; of duplicate keys, the first."""
        return self.entries[name][1] if name in self.entries else None

    def key_node(self, name: str) -> Node | None:
        """Returns the node of the key `name` itself, for the position of a fault; None if there is no such key."""
        return self.entries[name][0] if name in self.entries else None

    def to_data(self) -> Any:
        """Returns the subtree as plain str, list and dict objects."""
        if self.kind == "scalar":
            return self.text
        if self.kind == "list":
            return [item.to_data() for item in self.items]
        return {name: value.to_data() for name, (_, value) in self.entries.items()}

    @property
    def is_empty(self) -> bool:
        """Whether this is YAML's empty value, as in `groups: {A: }`."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null")


class Document:
    """A parsed YAML file: its lines, its tree of nodes and the faults found in it so far."""

    def __init__(self, text: str | bytes, file: str) -> None:
        """Parses `text`; raises `FaultsError` if it is no YAML document or exceeds a limit."""
        self.file = file
        self.faults: list[Fault] = []
        self.removed_paths: list[tuple[int | str, ...]] = []  # where validation has removed faulty nodes
        self._reported: set[tuple[int, int, str]] = set()
        self.lines: list[str] = []
        self._breaking_spaces = BreakingSpaces()
        source = self._decode(text)
        self.lines = _LINE_BREAK.split(source)
        self._check_characters(source)
        self._breaking_spaces = BreakingSpaces(self.lines)
        self.root = self._parse(self._breaking_spaces.make_plain(source))

    # -- faults

    def add_fault(
        self, node: Node | None, problem: str, hint: str = "", *, warning: bool = False, offset: int = 0, width: int = 0
    ) -> None:
        """Records a fault at `offset` characters from the start of a node, once even if it is added again.

        Without a `node` the fault is at the start of the file; without a `width` it covers the node.
        """
        line, column = (node.line, node.column) if node else (1, 1)
        if node and node.kind == "scalar" and node.plain and not node.text:
            width = 1
        self._record(line, column + offset, width or (node.width if node else 1), problem, hint, warning=warning)

    def _record(
        self, line: int, column: int, width: int, problem: str, hint: str = "", *, warning: bool = False
    ) -> None:
        if len(self.faults) >= MAX_FAULTS:
            return
        space = None if warning else self._breaking_spaces.first_within(line, column, width)
        if space is not None:
            column, width, problem, hint = space.column, 1, space.problem, space.hint
        problem, hint = clean(problem), clean(hint)
        if (line, column, problem) in self._reported:
            return
        self._reported.add((line, column, problem))
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        width = max(1, min(width, len(source) - column + 1))
        self.faults.append(Fault(self.file, line, column, problem, hint, source, width, warning))

    def _fatal_error(self, line: int, column: int, problem: str, hint: str = "", width: int = 1) -> FaultsError:
        """Records a fault that ends the parsing; returns the exception for the caller to raise."""
        self._record(line, column, width, problem, hint)
        return self.to_error()

    def to_error(self) -> FaultsError:
        """Returns an exception that holds all faults, for the caller to raise."""
        return FaultsError(self.sorted_faults())

    def sorted_faults(self) -> tuple[Fault, ...]:
        """Returns the faults and warnings by their position in the file."""
        return tuple(sorted(self.faults, key=lambda fault: (fault.line, fault.column)))

    @property
    def has_errors(self) -> bool:
        """Whether any fault is an error and not a warning."""
        return any(not fault.warning for fault in self.faults)

    # -- parsing

    def _decode(self, given: str | bytes) -> str:
        data = given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass")
        if len(data) > MAX_BYTES:
            raise self._fatal_error(1, 1, "the file is longer than 64 KiB", "a workout or a squad is a page or two")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._fatal_error(1, 1, "the file is UTF-16", "save it as UTF-8")
        try:
            return data.decode("utf-8").lstrip("\ufeff")
        except UnicodeDecodeError as error:
            self.lines = _LINE_BREAK.split(data[: error.start].decode("utf-8") + "\N{REPLACEMENT CHARACTER}")
            problem = f"byte {data[error.start]:#04x} is not UTF-8"
            raise self._fatal_error(len(self.lines), len(self.lines[-1]), problem, "save the file as UTF-8") from None

    def _check_characters(self, text: str) -> None:
        found = _FORBIDDEN_CHARACTER.search(text)
        if found:
            before = _LINE_BREAK.split(text[: found.start()])
            name = "a NUL byte" if found[0] == "\0" else f"the control character U+{ord(found[0]):04X}"
            raise self._fatal_error(len(before), len(before[-1]) + 1, f"{name} is not allowed", "delete it")

    def _parse(self, source: str) -> Node:
        """Returns the root of the tree, after quoting free text that YAML refuses.

        `about: The last two: relax` is no YAML because of its second colon, but it can only be meant as text. The
        parser puts such a value in quotes, which keeps its column, and parses the file again.
        """
        lines = _LINE_BREAK.split(source)
        quoted_values = 0
        while True:
            try:
                return self._build_tree(source)
            except _ColonInTextError as error:
                quoted_values += 1  # each one parses the whole file again: without a limit that could take minutes
                quoted = _quote_value(lines[error.line - 1]) if quoted_values <= MAX_QUOTED_VALUES else None
                if quoted is None:
                    self._check_breaking_space(error.line)
                    self._check_missing_space(error.line)
                    raise self._fatal_error(
                        error.line, error.column, "a colon is not allowed here",
                        "put text with `: ` in quotes; keys of one level begin in one column",
                    ) from None  # fmt: skip
                lines[error.line - 1] = quoted
                source = "\n".join(lines)

    def _events(self, text: str) -> Iterator[Any]:
        loader = _LOADER(text)
        try:
            while loader.check_event():
                yield loader.get_event()
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            opened: Any = error.context_mark
            if opened and self._is_end_of_text(line, column) and self._char_at(opened) in "\"'[{":
                # YAML reports the end of the file; report the opening quote or bracket, which the user has to fix.
                word = "quote" if self._char_at(opened) in "\"'" else "bracket"
                raise self._fatal_error(
                    opened.line + 1, opened.column + 1, f"this {word} is never closed", "close it"
                ) from None
            if "mapping values" in str(error.problem):
                raise _ColonInTextError(line, column) from None
            self._check_breaking_space(line)
            if "find expected ':'" in str(error.problem):
                if opened:
                    self._check_breaking_space(opened.line + 1)
                self._check_missing_space(line)
                line, column = (opened.line + 1, opened.column + 1) if opened else (line, column)
            problem, hint = self._explain_syntax_error(str(error.problem or ""), str(error.context or ""), line, column)
            raise self._fatal_error(line, column, problem, hint) from None
        except yaml.YAMLError as error:
            raise self._fatal_error(1, 1, f"this is no YAML: {error}".split("\n")[0]) from None
        finally:
            loader.dispose()

    def _check_breaking_space(self, line: int) -> None:
        """Raises if this line, or the last non-empty one before it, has a space that is no ordinary one."""
        space = self._breaking_spaces.first_near(line)
        if space is not None:
            raise self._fatal_error(space.line, space.column, space.problem, space.hint)

    def _check_missing_space(self, line: int) -> None:
        """Raises if this line, or the last non-empty one before it, has a key without a space after its colon.

        YAML reads `name:x` as text, and then reports the colon of the line after it.
        """
        for number in range(min(line, len(self.lines)), 0, -1):
            found = _KEY_WITHOUT_SPACE.match(self.lines[number - 1])
            if found:
                raise self._fatal_error(number, found.end(), "a space is missing after the colon", f"{found[1]}: …")
            if number < line and self.lines[number - 1].strip():
                return

    def _is_end_of_text(self, line: int, column: int) -> bool:
        """Whether only white space follows this position."""
        rest = self.lines[line - 1 :]
        return not any(text.strip() for text in [rest[0][column - 1 :], *rest[1:]]) if rest else True

    def _char_at(self, mark: Any) -> str:
        return self.lines[mark.line][mark.column : mark.column + 1] if mark.line < len(self.lines) else ""

    def _explain_syntax_error(self, problem: str, context: str, line: int, column: int) -> tuple[str, str]:
        """Returns a problem and a hint for the user in place of the YAML library's `problem` and `context`."""
        source = self.lines[line - 1] if line <= len(self.lines) else ""
        char = source[column - 1 : column]
        if "\t" in source[: column + 1] and not source[:column].strip():
            return "a tab cannot indent", "use spaces"
        if "cannot start" in problem and char:
            return f"text cannot begin with `{char}`", 'put it in quotes: "…"'
        if "find expected ':'" in problem:
            return "this is no `key: value`", "write a key, a colon, a space and the value"
        if "unexpected ':'" in problem:
            return "a space is missing after the colon", "write `key: value`"
        if "nesting depth" in problem:  # the parser's own limit, which it meets before this one
            return f"nested over {MAX_DEPTH} levels deep", "a workout needs five"
        if "end of stream" in problem or "<stream end>" in problem:
            return "a quote or bracket is opened and never closed", "close it"
        if "flow" in context:
            return "a `,` or the closing bracket is missing before this", "check the brackets and the quotes"
        if "block" in context:
            return (
                "this line begins in the wrong column",
                "keys of one level begin in one column; items of a list with `- `",
            )
        return f"this is no YAML: {problem or context}", ""

    def _build_tree(self, text: str) -> Node:  # noqa: PLR0915 - one loop over the events, with its limits
        stack: list[Node] = []
        pending: list[Node | None] = []  # for each open node, the mapping key whose value comes next
        open_anchors: list[str | None] = []
        anchors: dict[str, Node] = {}
        root: Node | None = None
        total = 0
        documents = 0
        for event in self._events(text):
            start: Any = event.start_mark
            line, column = start.line + 1, start.column + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._fatal_error(
                        line, column, "a second document begins here", "one file holds one; delete the `---`", 3
                    )
                continue
            if getattr(event, "tag", None) is not None:
                raise self._fatal_error(
                    line, column, f"tags such as `{event.tag[:40]}` are not allowed", "write the plain value"
                )
            done: Node | None = None
            if isinstance(event, yaml.ScalarEvent):
                end: Any = event.end_mark
                width = end.column + 1 - column if end.line + 1 == line else len(self.lines[line - 1]) - column + 1
                done = Node("scalar", line, column, max(1, width), event.value, plain=not event.style)
                if event.anchor:
                    anchors[event.anchor] = done
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor in open_anchors:
                    raise self._fatal_error(line, column, f"`*{event.anchor}` contains itself")
                if event.anchor not in anchors:
                    raise self._fatal_error(
                        line, column, f"`*{event.anchor}` is not defined above", "write the value out"
                    )
                done = anchors[event.anchor]
            elif isinstance(event, yaml.CollectionStartEvent):
                kind: Literal["list", "map"] = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
                stack.append(Node(kind, line, column))
                pending.append(None)
                open_anchors.append(event.anchor)
                total += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                done = stack.pop()
                pending.pop()
                anchor = open_anchors.pop()
                if anchor:
                    anchors[anchor] = done
            if len(stack) + (done.depth - 1 if done else 0) > MAX_DEPTH:
                raise self._fatal_error(line, column, f"nested over {MAX_DEPTH} levels deep", "a workout needs five")
            if done is None:
                continue
            if not isinstance(event, yaml.CollectionEndEvent):
                total += done.size
            if total > MAX_NODES:
                raise self._fatal_error(
                    line, column, f"more than {MAX_NODES:,} values, with aliases expanded", "a workout is shorter"
                )
            if not stack:
                root = done
                continue
            self._attach_node(stack[-1], pending, done)
        if root is None or root.is_empty:
            raise self._fatal_error(
                1, 1, "the file is empty", "`kicktimer new workout` or `new squad` writes one to start from"
            )
        return root

    def _attach_node(self, parent: Node, pending: list[Node | None], done: Node) -> None:
        parent.size += done.size
        parent.depth = max(parent.depth, done.depth + 1)
        if parent.kind == "list":
            parent.items.append(done)
            return
        key = pending[-1]
        if key is None:
            done.text = remove_invisible(done.text)
            if done.kind != "scalar":
                raise self._fatal_error(
                    done.line, done.column, "a key is one word, no list and no mapping", "put text in quotes"
                )
            pending[-1] = done
            return
        pending[-1] = None
        if self._is_after_decimal_comma(key, done):
            return
        first = parent.key_node(key.text)
        if first is not None:
            self.add_fault(key, f"`{key.text[:40]}` stands twice", f"the first is in line {first.line}: delete one")
        elif key.text == "<<":
            self.add_fault(key, "merge keys (`<<`) are not supported", "write the keys out")
        else:
            parent.entries[key.text] = key, done

    def _is_after_decimal_comma(self, key: Node, value: Node) -> bool:
        """Whether a key is the rest of a number that a comma cuts in two, as in `{target: 64,5}`; records the fault."""
        ends_with_key = value.line == key.line and value.column == key.column + key.width
        if not (ends_with_key and value.is_empty and key.line <= len(self.lines)):
            return False
        line = self.lines[key.line - 1]
        before = re.search(r"([0-9][0-9:.]*),$", line[max(0, key.column - 20) : key.column - 1])
        after = re.match(r"[0-9]{1,9}", key.text)
        if not (before and after):
            return False
        number = f"{before[1]},{after[0]}"
        hint = f"decimals use a point: {before[1]}.{after[0]}"
        self._record(key.line, key.column - len(before[0]), len(number), f"`{number}` has a comma", hint)
        return True

    def nodes_on_path(self, loc: Sequence[int | str]) -> list[Node]:
        """Returns the nodes from the root down to the path `loc`, without steps that the tree does not have."""
        nodes = [self.root]
        for step in loc:
            node = nodes[-1]
            if isinstance(step, int) and node.kind == "list" and step < len(node.items):
                nodes.append(node.items[step])
            elif isinstance(step, str) and (below := node.get(step)):
                nodes.append(below)
        return nodes

    def source_text(self, node: Node) -> str:
        """Returns the characters of the file where a scalar is: its `text`, unless the scalar is quoted or folded."""
        return plain_spaces(self.lines[node.line - 1][node.column - 1 : node.column - 1 + node.width])
