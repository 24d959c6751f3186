"""A user's YAML as a tree of text with positions, and the list of its faults.

YAML's own guesses never apply: every scalar stays the text that was written. The text is read as a stream of events
and nothing is ever constructed from it; what could be used to harm (tags, aliases that expand, nesting, size) is
refused before it is expanded. All positions count from 1, columns in characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

from kicktimer.errors import Fault, FaultsError
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FAULTS = 200  # more are noise, and looking for hints takes time
MAX_BYTES = 64 * 1024
MAX_NODES = 10_000
MAX_DEPTH = 20
MAX_SENTENCES = 20

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # what YAML 1.1 takes for the end of a line
# What YAML forbids, by name: as "all but what it allows" the pattern takes 7 ms to compile at each start.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # twenty times faster, where the wheel has it


_SENTENCE = re.compile(r"(\s*(?:- +)*(?:name|about|by|relax|say): +)([^\s'\"\[\]{}>|&*!%@`#].*?)(\s+#.*|\s*)")


_GLUED = re.compile(r"\s*(?:- +)*([a-z_]+):(?=[^\s:/])")


class _ColonInTextError(Exception):
    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.line = line
        self.column = column


def _quoted(line: str) -> str | None:
    """A line whose value is a sentence with a colon in it, with that value in quotes; None where it is another line."""
    found = _SENTENCE.fullmatch(line)
    if found is None or ": " not in f"{found[2]} ":
        return None
    text = found[2].replace("'", "''")
    return f"{found[1]}'{text}'{found[3]}"


@dataclass(slots=True, eq=False)
class Node:
    """One value: `text` of a scalar, `items` of a list, `entries` (key and value) of a mapping."""

    kind: Literal["scalar", "list", "map"]
    line: int
    column: int
    width: int = 1
    text: str = ""
    plain: bool = True  # not in quotes
    flow: bool = False  # written with braces or brackets
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    size: int = 1  # nodes, with aliases expanded
    depth: int = 1

    def get(self, name: str) -> Node | None:
        """The value under a key; the first where it stands twice."""
        return self.entries[name][1] if name in self.entries else None

    def key(self, name: str) -> Node | None:
        """The key itself, to point at."""
        return self.entries[name][0] if name in self.entries else None

    def data(self) -> Any:
        """Plain str, list and dict."""
        if self.kind == "scalar":
            return self.text
        if self.kind == "list":
            return [item.data() for item in self.items]
        return {name: value.data() for name, (_, value) in self.entries.items()}

    @property
    def empty(self) -> bool:
        """A key without a value: `groups: {A: }`."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null")


class Document:
    """The text of one file, its tree, and what is wrong with it."""

    def __init__(self, text: str | bytes, file: str) -> None:
        """Read the tree; raises `FaultsError` where there is none to go on with."""
        self.file = file
        self.faults: list[Fault] = []
        self.cut: list[tuple[int | str, ...]] = []  # the paths of what had a fault and is gone from the tree
        self._told: set[tuple[int, int, str]] = set()
        self.lines: list[str] = []
        source = self._decode(text)
        self.lines = _BREAK.split(source)
        self._allowed(source)
        self.root = self._read(source)

    # -- faults

    def fault(
        self, node: Node | None, problem: str, hint: str = "", *, warning: bool = False, offset: int = 0, width: int = 0
    ) -> None:
        """Note a fault at a node (or `offset` characters into its text); the same fault is told once."""
        line, column = (node.line, node.column) if node else (1, 1)
        if node and node.kind == "scalar" and node.plain and not node.text:
            width = 1
        self._add(line, column + offset, width or (node.width if node else 1), problem, hint, warning=warning)

    def _add(self, line: int, column: int, width: int, problem: str, hint: str = "", *, warning: bool = False) -> None:
        if len(self.faults) >= MAX_FAULTS:
            return
        problem, hint = clean(problem), clean(hint)
        if (line, column, problem) in self._told:
            return
        self._told.add((line, column, problem))
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        width = max(1, min(width, len(source) - column + 1))
        self.faults.append(Fault(self.file, line, column, problem, hint, source, width, warning))

    def _stop(self, line: int, column: int, problem: str, hint: str = "", width: int = 1) -> FaultsError:
        self._add(line, column, width, problem, hint)
        return self.failure()

    def failure(self) -> FaultsError:
        """All that is wrong, in the order of the file."""
        return FaultsError(self.sorted())

    def sorted(self) -> tuple[Fault, ...]:
        """The faults in the order of the file."""
        return tuple(sorted(self.faults, key=lambda fault: (fault.line, fault.column)))

    @property
    def failed(self) -> bool:
        """Whether anything is wrong that is no mere warning."""
        return any(not fault.warning for fault in self.faults)

    # -- reading

    def _decode(self, given: str | bytes) -> str:
        data = given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass")
        if len(data) > MAX_BYTES:
            raise self._stop(1, 1, "the file is longer than 64 KiB", "a workout or a squad is a page or two")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._stop(1, 1, "the file is UTF-16", "save it as UTF-8")
        try:
            return data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            self.lines = _BREAK.split(data[: error.start].decode("utf-8") + "\N{REPLACEMENT CHARACTER}")
            problem = f"byte {data[error.start]:#04x} is not UTF-8"
            raise self._stop(len(self.lines), len(self.lines[-1]), problem, "save the file as UTF-8") from None

    def _allowed(self, text: str) -> None:
        found = _FORBIDDEN.search(text)
        if found:
            before = _BREAK.split(text[: found.start()])
            name = "a NUL byte" if found[0] == "\0" else f"the control character U+{ord(found[0]):04X}"
            raise self._stop(len(before), len(before[-1]) + 1, f"{name} is not allowed", "delete it")

    def _read(self, source: str) -> Node:
        """The tree, from text that is nearly YAML too.

        A sentence with a colon in it (`about: The last two: relax`) is no YAML, but can only be meant as text:
        it is put in quotes, in the same column, and read again.
        """
        lines = self.lines.copy()
        sentences = 0
        while True:
            try:
                return self._compose(source)
            except _ColonInTextError as error:
                sentences += 1  # each means reading it all again: a file of nothing else would take minutes
                quoted = _quoted(lines[error.line - 1]) if sentences <= MAX_SENTENCES else None
                if quoted is None:
                    self._glued(error.line)
                    raise self._stop(
                        error.line, error.column, "a colon stands where none can",
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
            if opened and self._ended(line, column) and self._char(opened) in "\"'[{":
                # Wherever it was missed: what is to be mended is where it was opened.
                word = "quote" if self._char(opened) in "\"'" else "bracket"
                raise self._stop(
                    opened.line + 1, opened.column + 1, f"this {word} is never closed", "close it"
                ) from None
            if "mapping values" in str(error.problem):
                raise _ColonInTextError(line, column) from None
            if "find expected ':'" in str(error.problem):
                self._glued(line)
                line, column = (opened.line + 1, opened.column + 1) if opened else (line, column)
            problem, hint = self._syntax(str(error.problem or ""), str(error.context or ""), line, column)
            raise self._stop(line, column, problem, hint) from None
        except yaml.YAMLError as error:
            raise self._stop(1, 1, f"this is no YAML: {error}".split("\n")[0]) from None
        finally:
            loader.dispose()

    def _glued(self, line: int) -> None:
        """Raise where a key without a space after its colon (`name:x`) is what makes a colon of the next line odd."""
        for number in range(min(line, len(self.lines)), 0, -1):
            found = _GLUED.match(self.lines[number - 1])
            if found:
                raise self._stop(number, found.end(), "a space is missing after the colon", f"{found[1]}: …")
            if number < line and self.lines[number - 1].strip():
                return

    def _ended(self, line: int, column: int) -> bool:
        """Whether nothing stands from here to the end of the text."""
        rest = self.lines[line - 1 :]
        return not any(text.strip() for text in [rest[0][column - 1 :], *rest[1:]]) if rest else True

    def _char(self, mark: Any) -> str:
        return self.lines[mark.line][mark.column : mark.column + 1] if mark.line < len(self.lines) else ""

    def _syntax(self, problem: str, context: str, line: int, column: int) -> tuple[str, str]:
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
        if "end of stream" in problem or "<stream end>" in problem:
            return "a quote or bracket is opened and never closed", "close it"
        if "flow" in context:
            return "a `,` or the closing bracket is missing before this", "check the brackets and the quotes"
        if "block" in context:
            return (
                "this line stands in the wrong column",
                "keys of one level begin in one column; items of a list with `- `",
            )
        return f"this is no YAML: {problem or context}", ""

    def _compose(self, text: str) -> Node:  # noqa: PLR0915 - one loop over the events, with its limits
        stack: list[Node] = []
        pending: list[Node | None] = []  # the key that waits for its value, one for each open node
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
                    raise self._stop(
                        line, column, "a second document begins here", "one file holds one; delete the `---`", 3
                    )
                continue
            if getattr(event, "tag", None) is not None:
                raise self._stop(
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
                    raise self._stop(line, column, f"`*{event.anchor}` stands inside of itself")
                if event.anchor not in anchors:
                    raise self._stop(line, column, f"`*{event.anchor}` is not defined above", "write the value out")
                done = anchors[event.anchor]
            elif isinstance(event, yaml.CollectionStartEvent):
                kind: Literal["list", "map"] = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
                stack.append(Node(kind, line, column, flow=bool(event.flow_style)))
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
                raise self._stop(line, column, f"nested over {MAX_DEPTH} levels deep", "a workout needs five")
            if done is None:
                continue
            if not isinstance(event, yaml.CollectionEndEvent):
                total += done.size
            if total > MAX_NODES:
                raise self._stop(
                    line, column, f"more than {MAX_NODES:,} values, with aliases expanded", "a workout is shorter"
                )
            if not stack:
                root = done
                continue
            self._attach(stack[-1], pending, done)
        if root is None or root.empty:
            raise self._stop(
                1, 1, "the file is empty", "`kicktimer new workout` or `new squad` writes one to start from"
            )
        return root

    def _attach(self, parent: Node, pending: list[Node | None], done: Node) -> None:
        parent.size += done.size
        parent.depth = max(parent.depth, done.depth + 1)
        if parent.kind == "list":
            parent.items.append(done)
            return
        key = pending[-1]
        if key is None:
            if done.kind != "scalar":
                raise self._stop(
                    done.line, done.column, "a key is one word, no list and no mapping", "put text in quotes"
                )
            pending[-1] = done
            return
        pending[-1] = None
        first = parent.key(key.text)
        if first is not None:
            self.fault(key, f"`{key.text[:40]}` stands twice", f"the first is in line {first.line}: delete one")
        elif key.text == "<<":
            self.fault(key, "merge keys (`<<`) are not supported", "write the keys out")
        else:
            parent.entries[key.text] = key, done

    def path(self, loc: Sequence[int | str]) -> list[Node]:
        """The nodes from the root to `loc`, as far as there are any."""
        nodes = [self.root]
        for step in loc:
            node = nodes[-1]
            if isinstance(step, int) and node.kind == "list" and step < len(node.items):
                nodes.append(node.items[step])
            elif isinstance(step, str) and (below := node.get(step)):
                nodes.append(below)
        return nodes

    def text_at(self, node: Node) -> str:
        """What stands in the file at a scalar: its text, unless it is quoted or folded."""
        return self.lines[node.line - 1][node.column - 1 : node.column - 1 + node.width]
